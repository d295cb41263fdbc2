"""Choose items of a feed by what its partner was given of them, and by nothing else.

An active item always says its two objects and its time, as they were released; an item without
facts (retracted or closed) says its kind alone. So filters on facts let every item without facts
by: whoever follows a filtered feed must learn of each retraction, and what was taken back must not
be found out by asking for it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Case, ColumnElement, Text, and_, case, cast, false, func, or_
from sqlalchemy.dialects.postgresql import JSONB

from sda.times import format_utc
from sharing.schema import bodies, items, statements

__all__ = ["EVERYTHING", "Filter", "Likelihood"]

_FIGURES = ("max_probability", "probability")


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A least probability, and the coarse values of each figure that are not below it."""

    least: float
    coarse: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What an item has to be; None asks for nothing."""

    kind: str | None = None
    objects: tuple[int, ...] | None = None
    """One of its two objects is one of these."""
    own: tuple[int, ...] | None = None
    """The same for the partner's own assets."""
    since: datetime | None = None
    """Time of closest approach, as released, from then on."""
    until: datetime | None = None
    """The same before then."""
    likelihood: Likelihood | None = None
    """Greatest or actual probability, as released: either is enough."""

    @property
    def text(self) -> str:
        """Return the filter in one form, for the seal of cursors; empty for everything."""
        parts = [
            self.kind or "",
            _listed("object", self.objects),
            _listed("own", self.own),
            f"since={format_utc(self.since)}" if self.since else "",
            f"until={format_utc(self.until)}" if self.until else "",
            f"min_probability={self.likelihood.least!r}" if self.likelihood else "",
        ]
        return " ".join(part for part in parts if part)

    def condition(self, dialect: str) -> ColumnElement[bool] | None:
        """Return what the rows of a feed have to fulfil, None for everything."""
        facts = [
            _involves(self.objects),
            _involves(self.own),
            None if self.since is None else statements.c.tca >= self.since,
            None if self.until is None else statements.c.tca < self.until,
            self._likely(dialect),
        ]
        asked = [one for one in facts if one is not None]
        conditions: list[ColumnElement[bool]] = []
        if self.kind is not None:
            conditions.append(statements.c.kind == self.kind)
        if asked:
            conditions.append(or_(items.c.status != "active", and_(*asked)))
        return and_(*conditions) if conditions else None

    def _likely(self, dialect: str) -> ColumnElement[bool] | None:
        if self.likelihood is None:
            return None
        coarse = dict(self.likelihood.coarse)
        return or_(
            *(_reaches(name, self.likelihood.least, coarse[name], dialect) for name in _FIGURES)
        )


EVERYTHING = Filter()


def _listed(name: str, numbers: tuple[int, ...] | None) -> str:
    return "" if numbers is None else f"{name}={','.join(map(str, sorted({*numbers})))}"


def _involves(numbers: tuple[int, ...] | None) -> ColumnElement[bool] | None:
    if numbers is None:
        return None
    if not numbers:
        return false()
    return or_(statements.c.norad_id_1.in_(numbers), statements.c.norad_id_2.in_(numbers))


def _reaches(fact: str, least: float, coarse: tuple[str, ...], dialect: str) -> Case[bool]:
    """Return whether the value of a fact in a body reaches a number; false where there is none."""
    if dialect == "sqlite":
        value = func.json_extract(cast(bodies.c.body, Text), f"$.facts.{fact}.value")
        kind, number, text = func.typeof(value), value >= least, value
    else:
        body = cast(func.convert_from(bodies.c.body, "UTF8"), JSONB)
        value = func.jsonb_extract_path(body, "facts", fact, "value")
        # Numbers are compared as numbers whatever their scale; casts might come before the case.
        kind, number = func.jsonb_typeof(value), value >= func.to_jsonb(least)
        text = func.jsonb_extract_path_text(body, "facts", fact, "value")
    return case(
        (kind.in_(("real", "integer", "number")), number),
        (kind.in_(("text", "string")), text.in_(coarse) if coarse else false()),
        else_=False,
    )
