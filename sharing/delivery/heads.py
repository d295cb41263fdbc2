"""Wake whoever listens to a feed when that feed has grown: one look for all of a process.

A listener is woken by what becomes of its own partner's feed, and by orders about sources, which
show and hide rows of any feed. It then reads, and may find nothing: being woken sends nothing.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine, func, select

from sda.errors import StoreError
from sharing.schema import partners, source_orders

__all__ = ["Head", "Heads", "Mark", "read_marks"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a feed looks like from outside; while it stays, there is nothing new to read."""

    entries: int
    suspended: bool
    orders: int
    """Of sources, ever given."""


def read_marks(engine: Engine, named: Collection[str]) -> dict[str, Mark]:
    """Return the mark of each partner; one without a feed yet has no entries."""
    query = select(partners.c.partner, partners.c.entries, partners.c.suspended)
    with engine.connect() as connection:
        orders = connection.scalar(select(func.max(source_orders.c.n))) or 0
        rows = connection.execute(query.where(partners.c.partner.in_(named)))
        found = {row.partner: Mark(row.entries, row.suspended, orders) for row in rows}
    return {name: found.get(name, Mark(0, False, orders)) for name in named}


@dataclass(slots=True, eq=False)
class Head:
    """The newest mark of a partner's feed, for those who listen to it in this process."""

    mark: Mark | None = None
    """None before the first look."""
    listeners: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seen: Mark | None, seconds: float) -> None:
        """Return when the mark is another than `seen`, or after so many seconds."""
        moved = self._moved
        if self.mark == seen:
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), max(0.0, seconds))

    def move(self, mark: Mark | None) -> None:
        """Note a new mark and wake all who wait."""
        self.mark, moved, self._moved = mark, self._moved, asyncio.Event()
        moved.set()


class Heads:
    """Looks at the feeds that somebody listens to, and only while somebody does."""

    def __init__(self, engine: Engine, reading: Executor, poll_s: float) -> None:
        self._engine = engine
        self._reading = reading
        self._poll_s = poll_s
        self._heads: dict[str, Head] = {}
        self._looking: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def listeners(self) -> int:
        """Return how many listen, all partners together: for the operator."""
        return sum(head.listeners for head in self._heads.values())

    def listening_to(self, partner: str) -> int:
        """Return how many listen to one feed."""
        head = self._heads.get(partner)
        return head.listeners if head else 0

    @contextmanager
    def listen(self, partner: str) -> Iterator[Head]:
        """Be one of those who are woken."""
        head = self._heads.setdefault(partner, Head())
        head.listeners += 1
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look())
        try:
            yield head
        finally:
            head.listeners -= 1
            if not head.listeners:
                del self._heads[partner]
            if not self._heads and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def close(self) -> None:
        """End every stream: each listener is woken and finds that this is over."""
        self.closed = True
        for head in self._heads.values():
            head.move(None)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            named = tuple(self._heads)
            try:
                marks: Mapping[str, Mark] = await loop.run_in_executor(
                    self._reading, read_marks, self._engine, named
                )
            except StoreError as error:
                # Nobody is woken: they find out for themselves, and are sent nothing meanwhile.
                structlog.get_logger().error("feeds cannot be looked at", reason=str(error))
                marks = {}
            for name, mark in marks.items():
                head = self._heads.get(name)
                if head is not None and head.mark != mark and not self.closed:
                    head.move(mark)
            await asyncio.sleep(self._poll_s)
