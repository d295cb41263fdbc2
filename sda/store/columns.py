"""Column types that give back exactly the value that was stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Double
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from sda.times import require_utc

__all__ = ["Float64", "UtcTime", "microseconds", "time_of"]

_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Return a time as it is stored, in whole microseconds since 2000-01-01T00:00:00Z.

    Raises TimeError for a naive one.
    """
    return (require_utc(time) - _YEAR_2000) // _MICROSECOND


def time_of(microseconds: int) -> datetime:
    """Return the time that is stored so."""
    return _YEAR_2000 + timedelta(microseconds=microseconds)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored as whole microseconds since 2000-01-01T00:00:00Z.

    An integer orders, compares and keys alike on every database.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a time into microseconds; raises TimeError for a naive one."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn microseconds into a time."""
        return None if value is None else time_of(value)


class _UntouchedBySqlite(UserDefinedType[float]):
    """Get SQLite's BLOB affinity, which stores what it is given.

    Under REAL affinity SQLite stores whole numbers as integers, and -0.0 comes back as 0.0
    (https://www.sqlite.org/datatype3.html, section 3).
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "FLOAT64_BLOB"


class Float64(TypeDecorator[float]):
    """A double that keeps every bit, the sign of zero included."""

    impl = Double
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[float]:
        """Choose the column type of the database."""
        chosen = _UntouchedBySqlite() if dialect.name == "sqlite" else Double()
        return dialect.type_descriptor(chosen)

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """Store whole numbers as floats too."""
        return None if value is None else float(value)
