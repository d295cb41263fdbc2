"""How often a key may ask, and how often an address may fail to prove who it is.

Counted in fixed windows, in the memory of this process: several processes each count for
themselves. What is told of a limit depends on the use of that one key alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock

__all__ = ["Left", "Windows", "limit_headers", "network_of"]

WINDOW = timedelta(minutes=1)
_MOST_SUBJECTS = 100_000
"""Windows that are kept at once: one who comes from ever new addresses fills no memory."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a quota in the window that is open."""

    quota: int
    remaining: int
    seconds: int
    """Until the window ends, rounded up."""
    exceeded: bool


class Windows:
    """Counts what each subject does; its window opens with the first time and lasts a minute."""

    def __init__(self, quota: int) -> None:
        self.quota = quota
        self._lock = Lock()
        self._counts: dict[str, tuple[datetime, int]] = {}
        """When a window opened, and how often so far, the oldest window first."""

    def take(self, subject: str, now: datetime) -> Left:
        """Count one more, and return what is left after it."""
        with self._lock:
            self._forget(now)
            opened, count = self._counts.get(subject, (now, 0))
            self._counts[subject] = opened, count + 1
            return self._left(opened, count + 1, now)

    def look(self, subject: str, now: datetime) -> Left:
        """Return what would be left after one more, and count nothing."""
        with self._lock:
            self._forget(now)
            opened, count = self._counts.get(subject, (now, 0))
            return self._left(opened, count + 1, now)

    def _left(self, opened: datetime, count: int, now: datetime) -> Left:
        seconds = max(1, ceil((opened + WINDOW - now).total_seconds()))
        return Left(self.quota, max(0, self.quota - count), seconds, count > self.quota)

    def _forget(self, now: datetime) -> None:
        while self._counts:
            oldest = next(iter(self._counts))
            opened, _ = self._counts[oldest]
            if opened <= now < opened + WINDOW and len(self._counts) < _MOST_SUBJECTS:
                return
            del self._counts[oldest]


def limit_headers(left: Left) -> dict[str, str]:
    """Return the quota and what is left of it as headers.

    draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4: lists of named policies, with
    quota `q` in a window of `w` seconds, of which `r` remains for the next `t` seconds.
    """
    return {
        "RateLimit-Policy": f'"requests";q={left.quota};w={WINDOW // timedelta(seconds=1)}',
        "RateLimit": f'"requests";r={left.remaining};t={left.seconds}',
    }


def network_of(address: str) -> str:
    """Return whom an address stands for: in IPv6 one site has all addresses of its /64."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return address
    if read.ipv4_mapped:
        return str(read.ipv4_mapped)
    return f"{IPv6Address(int(read) >> 64 << 64)}/64"
