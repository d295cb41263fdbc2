"""Send the blocks of a search to other processes, here or on other machines.

A shard is a block of time of a search that is told by values. What all its shards share, the
element sets above all, travels with as many of them as there are workers; the others name it by
its digest. A process keeps what it was sent. One that has not met the search (it was started late,
or anew, or another had more than its share) says so, and is sent it. So any executor will do, and
the catalogue travels about once to each worker: 2 MB for 28,000 objects.
"""

import pickle
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from math import ceil
from threading import Lock
from typing import Final

from sda import __version__
from sda.errors import TearlineError, WorkerError
from sda.orbit.fleet import Fleet, fleets
from sda.screening.blocks import Found, Search, search_block
from sda.screening.knots import AFTER, BEFORE, SPACINGS_S, sort_groups
from sda.screening.refinement import LONGEST_PIECE_S

__all__ = ["Shard", "Shards", "fleets_of", "search_shard", "searching"]

_KEPT: Final = 2
"""Searches that a process keeps: those of two users of a cluster don't drive each other out."""
_KNOWN: Final = OrderedDict[str, tuple[Search, tuple[Fleet, ...]]]()
_LOCK: Final = Lock()
"""Held while a search is set up: a process may run many shards at a time, and wants one of it."""


def fleets_of(search: Search) -> tuple[Fleet, ...]:
    """Return the objects of a search, set up to be propagated over all its blocks."""
    groups = sort_groups(search.propagator.elements, search.reach_km)
    end_s = ceil(search.length_s / LONGEST_PIECE_S) * LONGEST_PIECE_S
    from_s, to_s = -BEFORE * max(SPACINGS_S), end_s + AFTER * max(SPACINGS_S)
    return fleets(search.propagator, groups, search.start, from_s, to_s)


@contextmanager
def searching(
    search: Search, executor: Executor | None, workers: int
) -> Iterator[Callable[[float, float], "Future[Found] | Shard"]]:
    """Yield what has a block of time searched: by an executor, or by threads of this process."""
    if executor is not None:
        yield Shards(search, executor, workers).submit
        return
    prepared = fleets_of(search)
    with ThreadPoolExecutor(workers, "screening") as pool:
        yield lambda from_s, to_s: pool.submit(search_block, search, prepared, from_s, to_s)


class Shards:
    """A search whose blocks are done by an executor; `workers` is how many it does at a time."""

    def __init__(self, search: Search, executor: Executor, workers: int) -> None:
        self._parcel = zlib.compress(pickle.dumps(search, pickle.HIGHEST_PROTOCOL), level=1)
        self._digest = sha256(self._parcel).hexdigest()
        self._executor = executor
        self._unsent = workers

    def submit(self, from_s: float, to_s: float) -> "Shard":
        """Have a block of time searched. Raises WorkerError."""
        self._unsent -= 1
        return Shard(self, from_s, to_s, self.ask(from_s, to_s, known=self._unsent < 0))

    def ask(self, from_s: float, to_s: float, *, known: bool) -> Future[Found | None]:
        """Have a block searched by a process that is believed to know the search, or not."""
        parcel = None if known else self._parcel
        with _failures_told():
            return self._executor.submit(
                search_shard, __version__, self._digest, parcel, from_s, to_s
            )


class Shard:
    """A block that is being searched elsewhere."""

    def __init__(
        self, shards: Shards, from_s: float, to_s: float, future: Future[Found | None]
    ) -> None:
        self._shards, self._from_s, self._to_s, self._future = shards, from_s, to_s, future

    def result(self) -> Found:
        """Wait for what was found. Raises WorkerError."""
        with _failures_told():
            found = self._future.result()
            if found is None:
                self._future = self._shards.ask(self._from_s, self._to_s, known=False)
                found = self._future.result()
        if found is None:
            raise WorkerError("a worker does not know what it was just sent: start it anew")
        return found

    def cancel(self) -> bool:
        """Give the block up, unless it has begun."""
        return self._future.cancel()


def search_shard(
    version: str, digest: str, parcel: bytes | None, from_s: float, to_s: float
) -> Found | None:
    """Search a block in the process that this runs in.

    Returns None for a search that the process does not know, and that comes without its parcel.
    Raises WorkerError when it was sent by another version.
    """
    if version != __version__:
        raise WorkerError(
            f"a worker has Tearline {__version__}, not {version}: install the same there"
        )
    with _LOCK:
        if digest not in _KNOWN:
            if parcel is None:
                return None
            search: Search = pickle.loads(zlib.decompress(parcel))  # noqa: S301 - like the call
            _KNOWN[digest] = search, fleets_of(search)
            if len(_KNOWN) > _KEPT:
                _KNOWN.popitem(last=False)
        _KNOWN.move_to_end(digest)
        search, prepared = _KNOWN[digest]
    return search_block(search, prepared, from_s, to_s)


@contextmanager
def _failures_told() -> Iterator[None]:
    """Turn whatever ends an executor's work into one line that says what to do."""
    try:
        yield
    except TearlineError:
        raise
    except BrokenExecutor:
        raise WorkerError(
            "a worker ended before its work was done, perhaps for want of memory: use fewer workers"
        ) from None
    except CancelledError:
        raise WorkerError("the workers were lost: see that they run, and start again") from None
    except Exception as error:
        said = str(error).partition("\n")[0]
        raise WorkerError(f"a worker failed: {type(error).__name__}: {said}") from error
