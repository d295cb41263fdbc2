"""Say how long to wait before asking again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["RETRIED", "Retries", "retry_after_s"]

RETRIED = frozenset({429, 502, 503, 504})
"""Answers that say nothing of the request: too many, or not just now."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is made again, and after what time."""

    attempts: int = 6
    first_s: float = 1.0
    longest_s: float = 60.0
    """Most that an interval grows to."""
    most_s: float = 900.0
    """Longest wait that the server may ask for; where it asks for more, that is told instead."""

    def wait_s(self, tried: int, told: str | None, now: datetime, chance: float) -> float:
        """Return the wait after `tried` attempts: as long as Retry-After says, else growing.

        `chance` from 0 to 1 spreads the waits of many readers over the upper half of the time.
        """
        grown: float = min(self.first_s * 2 ** min(tried - 1, 20), self.longest_s) * (
            0.5 + chance / 2
        )
        asked = retry_after_s(told, now)
        return grown if asked is None else max(asked, 0.0) + grown * chance / 2


def retry_after_s(text: str | None, now: datetime) -> float | None:
    """Return the seconds that Retry-After stands for (RFC 9110, section 10.2.3), None for none."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        # The reader of dates takes some nonsense apart before it finds out.
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return (aware - now).total_seconds()
