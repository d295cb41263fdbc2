"""Tell which facts of an item are exact and which are coarse, for formats that have numbers alone.

Feeds hold a coarse number as text, `<5`, but a coarse time as the start of its interval. So a time
is taken to be exact only where its rendition says so, or where it is on no grid: one exact time in
six hundred million lies on it too, and is then told as an interval, which is not false either.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sda.ccsds.spelling import spelled_covariance, spelled_state
from sda.orbit.reference_frames import ReferenceFrame
from sda.times import format_utc, parse_utc
from sharing.feeds.entries import FeedItem
from sharing.registry import ReleaseRules
from sharing.release import FACTS, Rendition, Scalar
from sharing.release.facts import Coarse
from sharing.release.grids import time_on_grid

__all__ = ["ACTIVE", "Told"]

Floats = NDArray[np.float64]

ACTIVE: Final = "active"
"""The status of an item that stands; retracted and closed ones have no facts."""


@dataclass(frozen=True, slots=True)
class Told:
    """An item, and what its facts are worth."""

    item: FeedItem
    rules: ReleaseRules

    @property
    def kind(self) -> str:
        """Return the kind of the item."""
        return str(self.item.body["kind"])

    @property
    def rendition(self) -> str:
        """Return the rung of the ladder that the item stands on."""
        return str(self.item.body["rendition"])

    @property
    def banner(self) -> str:
        """Return the marking of the item as a banner."""
        return str(self.item.body["marking"]["banner"])

    @property
    def portion(self) -> str:
        """Return the marking of the item as a portion, without parentheses."""
        return str(self.item.body["marking"]["portion"]).strip("()")

    def number(self, name: str) -> float | None:
        """Return an exact number; None where it is coarse, or not there."""
        value = self.exact(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def text(self, name: str) -> str | None:
        """Return an exact value as text; None where it is coarse, or not there."""
        value = self.exact(name)
        return None if value is None else str(value)

    def exact(self, name: str) -> Scalar:
        """Return an exact value; None where it is coarse, or not there."""
        return None if self.coarse(name) is not None else self._value(name)

    def coarse(self, name: str) -> str | None:
        """Return a coarse value as text with its unit, a time as the interval that it lies in.

        None where it is exact, or not there.
        """
        value = self._value(name)
        form = FACTS[name].coarse if name in FACTS else Coarse.NOTHING
        if not isinstance(value, str) or form in (Coarse.SAME, Coarse.NOTHING):
            return None
        if form is not Coarse.TIME:
            return f"{value} {self._facts[name]['unit']}".strip()
        length = self._interval_min(name, value)
        if length is None:
            return None
        start = parse_utc(value)
        return f"{format_utc(start)}/{format_utc(start + timedelta(minutes=length))}"

    def state(self, n: int) -> tuple[ReferenceFrame, Floats, Floats] | None:
        """Return frame, position in km and velocity in km/s of an object; None where not told."""
        text = self.text(f"state_{n}")
        return None if text is None else spelled_state(text)

    def covariance(self, n: int) -> tuple[str, Floats] | None:
        """Return method and covariance `(6, 6)`, RTN in km and s, of an object's state."""
        text = self.text(f"covariance_{n}")
        return None if text is None else spelled_covariance(text)

    @property
    def coarse_facts(self) -> dict[str, str]:
        """Return the coarse facts by name."""
        found = {name: self.coarse(name) for name in self._facts}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def intervals(self) -> dict[str, str]:
        """Return the intervals that the coarse times of the item lie in, by name of the fact."""
        if self.rendition == Rendition.FULL:
            return {}
        coarse = self.coarse_facts.items()
        return {name: value for name, value in coarse if FACTS[name].coarse is Coarse.TIME}

    @property
    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.item.body["facts"]
        return facts

    def _value(self, name: str) -> Scalar:
        fact = self._facts.get(name)
        value: Scalar = None if fact is None else fact["value"]
        return value

    def _interval_min(self, name: str, value: str) -> int | None:
        """Return how long the interval of a time is, in minutes; None where it is exact."""
        rendition = self.rendition
        if rendition == Rendition.CONTACT:
            return self.rules.existence_grid_min
        known = rendition == Rendition.FULL or (rendition == Rendition.NOTICE and name == "tca")
        time, grid_min = parse_utc(value), self.rules.time_grid_min
        return None if known or time_on_grid(time, grid_min) != time else grid_min
