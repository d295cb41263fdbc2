"""Blocks searched in other processes give the bytes that threads give, or one clear error."""

import pickle
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from multiprocessing import active_children, get_context

import pytest
from orbits import START
from sweeps import CONFIG, population

from sda import __version__
from sda.errors import WorkerError
from sda.orbit.propagation import Propagator
from sda.screening import Sweep, executor_at
from sda.screening.rows import concatenated
from sda.screening.shards import search_shard

HOURS = 8.0
ELEMENTS = population(300, seed=7)


def _sweep(**roads):
    return Sweep(ELEMENTS, START, HOURS, 40.0, CONFIG, block_s=1.0, **roads)


def _answer(**roads):
    """Return the bytes of every row and of every object that ends."""
    sweep = _sweep(**roads)
    rows = concatenated([*sweep.blocks(), sweep.lingering()])
    assert len(rows) > 30
    return pickle.dumps((rows, sweep.unusable()))


@pytest.fixture(scope="module")
def by_threads():
    return _answer(workers=2)


def test_processes_give_the_bytes_that_threads_give(by_threads):
    with executor_at("processes", 2) as (executor, workers):
        assert workers == 2
        assert _answer(executor=executor, workers=workers) == by_threads
    assert active_children() == []


def test_a_process_that_was_not_sent_the_search_is_sent_it_when_it_says_so(by_threads):
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=5) as executor:
        assert _answer(executor=executor, workers=1) == by_threads


def test_no_more_blocks_are_in_flight_than_asked():
    submitted = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *call):
            submitted.append(call)
            return super().submit(*call)

    with Counting(1) as executor, closing(_sweep(executor=executor, workers=2).blocks()) as rows:
        next(rows)
        assert len(submitted) == 3


def test_a_propagator_travels_with_its_unusable_sets_and_keeps_its_places():
    propagator = Propagator([*ELEMENTS[:3], replace(ELEMENTS[3], eccentricity=0.99999)])
    assert len(propagator.unusable) == 1
    again = pickle.loads(pickle.dumps(propagator))
    assert (again.elements, again.unusable) == (propagator.elements, propagator.unusable)


def test_a_process_that_ends_is_one_error_and_leaves_none_behind():
    with executor_at("processes", 2) as (executor, workers):
        blocks = _sweep(executor=executor, workers=workers).blocks()
        next(blocks)
        for process in active_children():
            process.kill()
        with pytest.raises(WorkerError, match="a worker ended before its work was done"):
            list(blocks)
    assert active_children() == []


def test_processes_are_not_waited_for_after_a_failure():
    def fail_while_one_works():
        with executor_at("processes", 1) as (executor, _):
            hour = executor.submit(time.sleep, 3600)
            while not hour.running():
                time.sleep(0.01)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_while_one_works()
    assert active_children() == []


def test_a_worker_of_another_version_says_which_to_install():
    with pytest.raises(WorkerError, match=f"a worker has Tearline {__version__}, not 0.0.0"):
        search_shard("0.0.0", "", None, 0.0, 1.0)


def test_a_pool_that_is_closed_is_one_error():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(WorkerError, match="cannot schedule new futures after shutdown"):
        next(_sweep(executor=executor).blocks())


def test_work_that_is_taken_back_is_one_error():
    class Leaving(ThreadPoolExecutor):
        def submit(self, *call):
            future = Future()
            future.cancel()
            return future

    with Leaving() as executor, pytest.raises(WorkerError, match="the workers were lost"):
        next(_sweep(executor=executor).blocks())
