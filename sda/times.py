"""Read, write and convert UTC times.

Values carry aware `datetime`s, arrays carry split Julian dates (`jd`, `fr`), the pair that
SGP4 takes: `jd` ends in .5 (midnight) and `fr` is the fraction of the day, so that the sum
keeps better than a nanosecond.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sda.constants import SECONDS_PER_DAY
from sda.errors import TimeError

__all__ = ["add_seconds", "format_utc", "julian", "julian_grid", "parse_utc", "require_utc"]

_MIDNIGHT_2000 = datetime(2000, 1, 1)  # naive, like what is compared with it
_MIDNIGHT_2000_JD = 2451544.5
_MICROSECONDS_PER_DAY = 86_400_000_000


def require_utc(time: datetime) -> datetime:
    """Return an aware time in UTC.

    Raises TimeError for a naive one: nobody can tell which zone was meant.
    """
    if time.tzinfo is None:
        raise TimeError(f"time {time.isoformat()} has no zone: write it in UTC with a trailing Z")
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def parse_utc(text: str) -> datetime:
    """Read an ISO 8601 time with a zone, for example `2025-08-08T12:00:00Z`.

    Raises TimeError for a naive time or one that is not ISO 8601.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TimeError(f"cannot read the time {text!r}: write 2025-08-08T12:00:00Z") from None
    return require_utc(time)


def format_utc(time: datetime) -> str:
    """Write a time as ISO 8601 UTC to the microsecond, with a trailing Z."""
    return require_utc(time).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def add_seconds(time: datetime, seconds: float) -> datetime:
    """Return the time a number of (SI, leap-second-free) seconds later, to the microsecond."""
    return time + timedelta(microseconds=round(seconds * 1e6))


def julian(time: datetime) -> tuple[float, float]:
    """Return the split UTC Julian date of a time: midnight, and the fraction of the day."""
    elapsed = require_utc(time).replace(tzinfo=None) - _MIDNIGHT_2000
    within_us = elapsed.seconds * 1_000_000 + elapsed.microseconds
    return _MIDNIGHT_2000_JD + elapsed.days, within_us / _MICROSECONDS_PER_DAY


def julian_grid(
    start: datetime, offsets_s: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return split UTC Julian dates `(n,)` of times given in seconds after a start `(n,)`."""
    jd, fr = julian(start)
    days = fr + np.asarray(offsets_s, np.float64) / SECONDS_PER_DAY
    whole = np.floor(days)
    return jd + whole, days - whole
