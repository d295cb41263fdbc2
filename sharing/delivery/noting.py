"""Note calls that were made, those of several webhooks in one transaction.

A transaction costs the same whether it holds one note or thirty. Nothing waits for others to come:
those that come while one transaction is under way are the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from sda.errors import StoreError
from sharing.delivery.log import Attempt

__all__ = ["Noting"]


class Noting:
    """Writes what was noted since it last wrote."""

    def __init__(
        self, write: Callable[[Sequence[Attempt]], Awaitable[None]], pause_s: float
    ) -> None:
        self._write = write
        self._pause_s = pause_s
        self._waiting: list[Attempt] = []
        self._lock = asyncio.Lock()

    async def note(self, attempt: Attempt) -> None:
        """Return once an attempt is in the database, however long that is busy.

        Until then its message must not be sent again, nor the next one.
        """
        self._waiting.append(attempt)
        async with self._lock:
            while attempt in self._waiting:
                try:
                    await self._write_all()
                except StoreError as error:
                    structlog.get_logger().error("a delivery cannot be noted", reason=str(error))
                    await asyncio.sleep(self._pause_s)

    async def finish(self) -> None:
        """Write what still waits when those who noted it are gone; what cannot be is sent again."""
        with suppress(StoreError):
            await self._write_all()

    async def _write_all(self) -> None:
        some = tuple(self._waiting)
        await self._write(some)
        del self._waiting[: len(some)]
