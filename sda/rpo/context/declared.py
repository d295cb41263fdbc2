"""Read the operations that those who fly them have announced, and find who covers a pair.

One file an operation in config/declared; the file name is the identifier. A declared operation is
shown as declared, not as a threat. It covers the pair alone: a third object that comes to a
declared pair is covered by nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sda.configuration import read_toml
from sda.errors import TimeError
from sda.times import require_utc

__all__ = ["SERVICING", "Declared", "DeclaredKind", "covering", "hosts", "read_declared"]


class DeclaredKind(StrEnum):
    """What was announced."""

    SERVICING = "servicing"
    REFUELLING = "refuelling"
    DOCKING = "docking"
    INSPECTION = "inspection"
    VISITING = "visiting"
    FORMATION = "formation"
    CO_LOCATION = "co-location"
    DEBRIS_REMOVAL = "debris-removal"


SERVICING: Final = frozenset(
    {
        DeclaredKind.SERVICING,
        DeclaredKind.REFUELLING,
        DeclaredKind.DOCKING,
        DeclaredKind.DEBRIS_REMOVAL,
    }
)
"""Kinds in which one object works on the other."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An announced operation and when it may be taken for granted."""

    id: str
    title: str
    kind: DeclaredKind
    norad_ids: tuple[int, ...]
    """Any two of them are covered, or one with anybody."""
    anybody: bool
    """Whether anybody may be the other one, as at a station."""
    start: datetime
    end: datetime | None
    """From then on it is over, or lapsed because nobody has reviewed it; None when neither."""
    announced_by: str
    source: str
    illustrative: bool
    """Whether it is invented, for the exercise."""

    def covers(self, pair: tuple[int, int], time: datetime) -> bool:
        """Return whether this operation covers a pair at a time."""
        if pair[0] == pair[1] or time < self.start or (self.end and time >= self.end):
            return False
        n_named = len({*pair} & {*self.norad_ids})
        return n_named == 2 or (self.anybody and n_named == 1)


def read_declared(config: Path) -> tuple[Declared, ...]:
    """Return the declared operations of a configuration directory, by identifier.

    Without the folder `declared` there are none. Raises ConfigError that names file and field.
    """
    return tuple(
        read_toml(path, _DeclaredFile).declared(path.stem)
        for path in sorted((config / "declared").glob("*.toml"))
    )


def covering(
    declared: Iterable[Declared], pair: tuple[int, int], time: datetime
) -> Declared | None:
    """Return the operation that covers a pair at a time, None when nothing does.

    Of several, one that names both goes before one that admits anybody, then by identifier.
    """
    found = (one for one in declared if one.covers(pair, time))
    return min(found, key=lambda one: (one.anybody, one.id), default=None)


def hosts(declared: Iterable[Declared], time: datetime) -> frozenset[int]:
    """Return whom anybody may visit at a time: the stations."""
    return frozenset(
        norad_id
        for one in declared
        if one.anybody and one.kind is DeclaredKind.VISITING and one.start <= time
        if one.end is None or time < one.end
        for norad_id in one.norad_ids
    )


def _once(norad_ids: tuple[int, ...]) -> tuple[int, ...]:
    if len({*norad_ids}) < len(norad_ids):
        raise ValueError("a number stands there twice")
    return norad_ids


def _at(given: datetime | date) -> datetime:
    """Return a time; a date is its midnight, for what begins or ends on it."""
    if isinstance(given, datetime):
        try:
            return require_utc(given)
        except TimeError as error:
            raise ValueError(str(error)) from None
    return datetime.combine(given, time_of_day(), UTC)


_Number = Annotated[int, Field(gt=0, le=999_999_999, strict=True)]
_Time = Annotated[datetime | date, AfterValidator(_at)]


class _DeclaredFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    kind: DeclaredKind
    norad_ids: Annotated[tuple[_Number, ...], Field(min_length=1), AfterValidator(_once)]
    anybody: bool = False
    start: _Time = Field(alias="from")
    until: _Time | None = None
    review: date | None = None
    announced_by: str = Field(min_length=1)
    source: str = Field(min_length=1)
    illustrative: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.anybody and len(self.norad_ids) > 1:
            raise ValueError("norad_ids: one number goes with anybody = true")
        if not self.anybody and len(self.norad_ids) < 2:
            raise ValueError("norad_ids: give two numbers or more, or anybody = true")
        if self.until is None and self.review is None:
            raise ValueError("review: what has no end must be reviewed, give a date")
        for name, end in (("until", self.until), ("review", self.review)):
            if end is not None and _at(end) <= _at(self.start):
                raise ValueError(f"{name}: it ends before it begins")
        if not self.illustrative and not self.source.startswith("https://"):
            raise ValueError("source: give the https address of the announcement")
        return self

    def declared(self, id: str) -> Declared:
        ends = [_at(end) for end in (self.until, self.review) if end is not None]
        return Declared(
            id=id,
            title=self.title,
            kind=self.kind,
            norad_ids=self.norad_ids,
            anybody=self.anybody,
            start=_at(self.start),
            end=min(ends, default=None),
            announced_by=self.announced_by,
            source=self.source,
            illustrative=self.illustrative,
        )
