"""Read when an office is open, where its hours are written in one of two ways."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sda.times import require_utc

__all__ = ["Hours", "read_hours"]

_DAY_MIN: Final = 24 * 60
_FORM: Final = re.compile(
    r"(?:24 hours|([01]\d|2[0-3]):([0-5]\d) to ([01]\d|2[0-3]):([0-5]\d) UTC), "
    r"(every day|working days)"
)
_WORKING_DAYS: Final = range(5)
"""Monday to Friday; holidays differ from nation to nation and are not known here."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when, in minutes of the UTC day; an end before the start is the next day's."""

    start_min: int
    end_min: int
    every_day: bool

    def is_open(self, now: datetime) -> bool:
        """Return whether a moment lies in them. Raises TimeError for one that is not in UTC."""
        now = require_utc(now)
        minute = now.hour * 60 + now.minute
        if self.start_min < self.end_min:
            return self.start_min <= minute < self.end_min and self._counts(now)
        if minute >= self.start_min:
            return self._counts(now)
        return minute < self.end_min and self._counts(now - timedelta(days=1))

    def _counts(self, day: datetime) -> bool:
        return self.every_day or day.weekday() in _WORKING_DAYS


def read_hours(text: str) -> Hours | None:
    """Return hours such as `24 hours, every day` or `07:00 to 19:00 UTC, working days`.

    None for hours in other words: whether that office is open is not known.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    every_day = found[5] == "every day"
    if found[1] is None:
        return Hours(0, _DAY_MIN, every_day)
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return Hours(start, end, every_day) if start != end else None
