"""Open what blocks of time are searched on: processes of this machine, or a Dask cluster.

A cluster is trusted as this machine is: it runs what it is sent, and so does whoever else reaches
its scheduler. Keep it on a closed network.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from os import cpu_count
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from sda.errors import WorkerError

if TYPE_CHECKING:  # What threads do without is not loaded: it takes a twentieth of a second.
    from multiprocessing.connection import Connection

__all__ = ["PROCESSES", "cluster", "executor_at", "processes"]

PROCESSES: Final = "processes"
_PATIENCE_S: Final = 3.0
"""How long a scheduler may take to answer, and to have a worker."""
_LOOK_S: Final = 2.0
_ALONE: Final = 5
"""Looks in a row that find a cluster without workers, after which it is given up."""


@contextmanager
def executor_at(place: str | None, workers: int | None) -> Iterator[tuple[Executor | None, int]]:
    """Yield what searches blocks, and how many at a time.

    `place` is None for threads of this process (there is no executor then), PROCESSES, or the
    address of a Dask scheduler as tcp://HOST:PORT. Raises WorkerError.
    """
    if place is None:
        yield None, workers or cpu_count() or 1
    elif place == PROCESSES:
        n = workers or cpu_count() or 1
        with processes(n) as executor:
            yield executor, n
    else:
        with cluster(place) as (executor, n):
            yield executor, workers or n


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Yield processes of their own, which end when the block does, however that comes about.

    After a failure nobody waits for what they are still at: they hold one end of a pipe, and end
    when the other is closed, as it also is when this process is killed.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _obey, (theirs,))
    try:
        with _interrupts_held():
            for _ in range(workers):
                pool.submit(int)  # starts a process
        yield pool
    except BaseException:
        ours.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: it goes to all, and one of them answers it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _obey(theirs: "Connection") -> None:
    """Set up a process to pass over Ctrl-C, and to end when the pipe does."""
    from multiprocessing.connection import wait

    def watch() -> None:
        wait([theirs])
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=watch, name="watch", daemon=True).start()


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """Yield a Dask cluster as an executor, and how many blocks it searches at a time.

    Takes tcp://HOST:PORT of its scheduler. Should all its workers leave for good, what they were
    at is cancelled. Raises WorkerError when it cannot be reached or has no workers.
    """
    import asyncio

    try:
        from distributed import Client
    except ImportError:
        raise WorkerError(
            "a cluster needs the package distributed: pip install tearline[cluster]"
        ) from None
    for name in ("distributed", "distributed.client"):  # WorkerError says it instead
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # A client that fails to start takes its time to stop. A notebook has a loop in its own thread.
    with ThreadPoolExecutor(1) as asking:
        asking.submit(asyncio.run, _require_scheduler(address)).result()
    client = Client(address, timeout=_PATIENCE_S, set_as_default=False)
    left = Event()
    try:
        n = sum(client.nthreads().values())
        if n == 0:
            raise WorkerError(f"the cluster at {address} has no workers: dask worker {address}")
        executor: Executor = client.get_executor(pure=False)
        watch = Thread(target=_watch, args=(client, executor, left), name="watch", daemon=True)
        watch.start()
        yield executor, n
    finally:
        left.set()
        client.close(_PATIENCE_S)


async def _require_scheduler(address: str) -> None:
    """Raise WorkerError unless something answers at an address as a scheduler does."""
    from asyncio import wait_for

    from distributed.comm.core import connect

    try:
        comm = await wait_for(connect(address, timeout=_PATIENCE_S), _PATIENCE_S)
    except Exception:  # whatever a stranger at the port may have answered
        raise WorkerError(
            f"no Dask scheduler answers at {address}: start one, or check the address"
        ) from None
    comm.abort()


def _watch(client: Any, executor: Executor, left: Event) -> None:
    """Give up what was submitted once a cluster has stayed without workers."""
    alone = 0
    while alone < _ALONE and not left.wait(_LOOK_S):
        alone = 0 if client.nthreads() else alone + 1
    if not left.is_set():
        executor.shutdown(wait=False)
