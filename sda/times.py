"""Read, write and convert UTC times.

Values carry aware `datetime`s, arrays carry split Julian dates (`jd`, `fr`), the pair that
SGP4 takes: `jd` ends in .5 (midnight) and `fr` is the fraction of the day, so that the sum
keeps better than a nanosecond.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sda.constants import SECONDS_PER_DAY
from sda.errors import TimeError

__all__ = [
    "add_seconds",
    "format_utc",
    "julian",
    "julian_grid",
    "parse_ccsds",
    "parse_utc",
    "require_utc",
]

_MIDNIGHT_2000 = datetime(2000, 1, 1)  # naive, like what is compared with it
_MIDNIGHT_2000_JD = 2451544.5
_MICROSECONDS_PER_DAY = 86_400_000_000
_CCSDS: Final = re.compile(
    r"([0-9]{4})-(?:([0-9]{2})-([0-9]{2})|([0-9]{3}))"
    r"T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?Z?"
)


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


def parse_ccsds(text: str) -> datetime:
    """Read a UTC time of a CCSDS message, to the nearest microsecond.

    By calendar, `YYYY-MM-DDThh:mm:ss.fff`, or by day of year, `YYYY-DDDThh:mm:ss.fff`, with or
    without a Z (CCSDS 301.0-B-4, ASCII codes A and B). Raises TimeError, which says why.
    """
    if text[4:5] == text[7:8] == "-" and text[10:11] == "T" and len(text) in (23, 26):
        # As most publishers write it; what is odd falls through to the careful way.
        with suppress(ValueError):
            time = datetime.fromisoformat(text)
            if time.tzinfo is None and text[19] == ".":
                return time.replace(tzinfo=UTC)
    match = _CCSDS.fullmatch(text.strip())
    if match is None:
        raise TimeError("is not a time of CCSDS")
    year, month, day, day_of_year, hour, minute, second, fraction = match.groups("")
    try:
        if day_of_year:
            start = datetime(int(year), 1, 1, tzinfo=UTC) + timedelta(int(day_of_year) - 1)
            if start.year != int(year):
                raise ValueError
        else:
            start = datetime(int(year), int(month), int(day), tzinfo=UTC)
        if int(hour) > 23 or int(minute) > 59 or int(second) > 60:
            raise ValueError
        microseconds = int(fraction.ljust(6, "0")[:6] or 0) + (fraction[6:7] >= "5")
        # Second 60 is a leap second; it has no time of its own here and becomes the next one.
        elapsed = (int(hour) * 60 + int(minute)) * 60 + int(second)
        return start + timedelta(0, elapsed, microseconds)
    except (ValueError, OverflowError):
        raise TimeError("is no such day or time") from None


def format_utc(time: datetime) -> str:
    """Write a time as ISO 8601 UTC to the microsecond, with a trailing Z."""
    return require_utc(time).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


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
