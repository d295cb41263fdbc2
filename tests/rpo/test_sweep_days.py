"""Days on end: the same days whoever does them, in order, and failures in one line."""

from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from proximity import CONFIG, DAY, GEO, LEO, beside

from sda.errors import WorkerError
from sda.rpo.encounters.day import encounters
from sda.rpo.encounters.neighbours import neighbours
from sda.rpo.encounters.sweep import encounter_days, sweep_days
from sda.screening.executors import PROCESSES, executor_at

DAYS = [DAY + timedelta(days=k) for k in range(4)]
PAIRS = [
    (LEO, beside(LEO, mean_anomaly_deg=0.1)),
    (replace(GEO, norad_id=300), beside(GEO, 400, mean_anomaly_deg=0.05)),
]


def _catalogue(day):
    """Return sets that are renewed each day; the third day has none."""
    if day == DAYS[2]:
        return []
    return [replace(one, epoch=day) for pair in PAIRS for one in pair]


def _pairs(day):
    sets = _catalogue(day)
    return list(zip(sets[::2], sets[1::2], strict=True))


@pytest.mark.parametrize("at_a_time", [1, 3])
def test_threads_find_what_one_after_another_finds(at_a_time):
    one_by_one = list(sweep_days(DAYS, _catalogue, CONFIG))
    assert [day for day, _ in one_by_one] == DAYS
    assert [len(found) for _, found in one_by_one] == [2, 2, 0, 2]
    assert one_by_one[1][1] == neighbours(_catalogue(DAYS[1]), DAYS[1], DAYS[2], CONFIG)
    followed = list(encounter_days(DAYS, _pairs, CONFIG))
    assert followed[3][1] == encounters(_pairs(DAYS[3]), DAYS[3], CONFIG)
    fractions = []
    with ThreadPoolExecutor(at_a_time) as pool:
        shared = {"executor": pool, "at_a_time": at_a_time, "told": fractions.append}
        assert list(sweep_days(DAYS, _catalogue, CONFIG, **shared)) == one_by_one
        assert list(encounter_days(DAYS, _pairs, CONFIG, **shared)) == followed
    assert fractions == [0.25, 0.5, 0.75, 1.0] * 2


def test_processes_find_the_same():
    one_by_one = list(encounter_days(DAYS[:2], _pairs, CONFIG))
    with executor_at(PROCESSES, 1) as (executor, at_a_time):
        shared = {"executor": executor, "at_a_time": at_a_time}
        assert list(encounter_days(DAYS[:2], _pairs, CONFIG, **shared)) == one_by_one


class _Lost(Executor):
    """Loses what it is given."""

    def __init__(self, error):
        self.error = error

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        if self.error is None:
            future.cancel()
        else:
            future.set_exception(self.error)
        return future


@pytest.mark.parametrize("error", [None, BrokenExecutor()])
def test_lost_workers_are_told_in_one_line(error):
    with pytest.raises(WorkerError, match=r"^(the workers were lost|a worker ended)[^\n]*$"):
        list(sweep_days(DAYS, _catalogue, CONFIG, executor=_Lost(error), at_a_time=2))


def test_no_days_find_nothing():
    assert list(sweep_days([], _catalogue, CONFIG)) == []
