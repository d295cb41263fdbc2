"""Write a partner's feed as server-sent events (HTML standard, section 9.2), and go on as it grows.

The id of each event is the cursor after its item, so a client that comes back with it goes on
exactly there, whatever became of connection or server.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from sqlalchemy import Engine

from sda.errors import StoreError
from sharing.delivery.admission import Admission
from sharing.delivery.config import StreamConfig
from sharing.delivery.documents import item_bytes
from sharing.delivery.heads import Heads, Mark
from sharing.feeds import Filter, read_page, seal

__all__ = ["Listener", "Streams"]

_BATCH = 100
"""Items that are read, checked and sent at once."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens, to what, and from where on."""

    partner: str
    key_id: str
    expires: datetime
    chosen: Filter
    after: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events as they go over the wire, and the place in the feed after them."""

    events: bytes
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """What a batch depends on: listeners at one place are sent the same, read once."""

    partner: str
    chosen: Filter
    after: int
    mark: Mark | None


class Streams:
    """Carries all listeners of a process."""

    def __init__(
        self,
        database: Engine,
        secret: bytes,
        admission: Admission,
        config: StreamConfig,
        exercise: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._secret = secret
        self._admission = admission
        self._config = config
        self._exercise = exercise
        self._clock = clock
        self._reading = ThreadPoolExecutor(config.readers, "stream")
        self._under_way: dict[_Place, asyncio.Task[_Batch | None]] = {}
        self.heads = Heads(database, self._reading, config.poll_s)

    def is_full(self, partner: str) -> bool:
        """Return whether a partner has as many streams as this process gives it."""
        return self.heads.listening_to(partner) >= self._config.listeners_per_partner

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self.heads.close()

    def shut(self) -> None:
        """Let go of the threads."""
        self._reading.shutdown(wait=False, cancel_futures=True)

    async def events(self, listener: Listener) -> AsyncIterator[bytes]:
        """Yield events, and a comment while there is nothing to tell.

        Ends when the key expires or is revoked, the partner is suspended or leaves the registry,
        the feeds are to be decided again, or the database does not answer.
        """
        after = listener.after
        beat_s = self._config.heartbeat_s
        with self.heads.listen(listener.partner) as head:
            yield format_sse_event(comment="listening", retry=int(self._config.reconnect_s * 1000))
            # Comments follow what this listener was sent, never what woke it.
            beat = _time() + beat_s
            while not self.heads.closed:
                # The mark comes first: what is published after it wakes this listener again.
                seen, more = head.mark, True
                while more:
                    batch = await self._batch(
                        _Place(listener.partner, listener.chosen, after, seen)
                    )
                    if batch is None or not await self._holds(listener):
                        return
                    after, more = batch.last, batch.more
                    if batch.events:
                        yield batch.events
                        beat = _time() + beat_s
                while head.mark == seen and not self.heads.closed:
                    left_s = (listener.expires - self._clock()).total_seconds()
                    await head.wait(seen, min(beat - _time(), left_s))
                    if left_s <= 0 or (_time() >= beat and not await self._holds(listener)):
                        return
                    if _time() >= beat:
                        yield KEEPALIVE_COMMENT
                        beat = _time() + beat_s

    async def _holds(self, listener: Listener) -> bool:
        """Return whether the key is still good."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._reading,
                self._admission.holds,
                listener.key_id,
                listener.partner,
                self._clock(),
            )
        except StoreError:
            return False

    async def _batch(self, place: _Place) -> _Batch | None:
        """Return what comes next, read once for all who wait for the same."""
        task = self._under_way.get(place)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._read(place))
            self._under_way[place] = task
            task.add_done_callback(lambda _: self._under_way.pop(place))
        # A listener who leaves must not take it from the others.
        return await asyncio.shield(task)

    async def _read(self, place: _Place) -> _Batch | None:
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._written, place)

    def _written(self, place: _Place) -> _Batch | None:
        """Return the next events of a place, None where nothing may be sent now."""
        try:
            registry = self._admission.registry_for(place.partner)
            if registry is None:
                return None
            page = read_page(self._database, place.partner, place.after, _BATCH, place.chosen)
        except StoreError:
            return None
        now = self._clock()
        events = b"".join(
            format_sse_event(
                id=seal(item.seq, place.partner, place.chosen.text, self._secret),
                event="item",
                data_str=item_bytes(item, registry, now, self._exercise).decode(),
            )
            for item in page.items
        )
        return _Batch(events, page.last, page.more)


def _time() -> float:
    return asyncio.get_running_loop().time()
