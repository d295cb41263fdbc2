"""The fast search finds in real catalogues what the exhaustive one finds, digit for digit."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sweeps import assert_same, needs_catalogues, real_sets, verification_sets

from sda.model import Kind
from sda.times import parse_utc

A_THIRD_H = 1 / 3


def _crowd(catalogue, low_rev_day, high_rev_day):
    """Return a crowded shell whole, and all that is not in low circular orbit."""
    return [
        e for e in catalogue
        if low_rev_day < e.mean_motion_rev_day < high_rev_day
        or e.mean_motion_rev_day < 11
        or e.eccentricity > 0.05
    ]  # fmt: skip


@needs_catalogues
@pytest.mark.parametrize(
    ("name", "start", "shell", "threshold_km"),
    [
        ("full-2025-08-08.3le.gz", "2025-08-08T12:00:00Z", (14.1, 14.35), 10.0),
        ("full-2024-10-31.omm.csv.gz", "2024-10-31T17:13:07Z", (14.3, 14.6), 10.0),
        # Three weeks old: many objects are gone.
        ("full-2025-03-03.3le.gz", "2025-03-24T23:53:40Z", (15.3, 17.0), 8.0),
    ],
    ids=["2025-08-08", "2024-10-31", "2025-03-24"],
)
def test_a_real_window_gives_the_rows_of_the_exhaustive_search(name, start, shell, threshold_km):
    elements = _crowd(real_sets(name), *shell)
    screening = assert_same(elements, A_THIRD_H, threshold_km, start=parse_utc(start))
    kinds = Counter(a.kind for a in screening.approaches)
    assert kinds[Kind.CROSSING] > 50
    assert len(kinds) > 1


@needs_catalogues
def test_objects_that_sgp4_gives_up_within_a_real_window_are_reported_with_the_moment():
    catalogue = real_sets("full-2025-03-03.3le.gz")
    start = datetime(2025, 3, 16, tzinfo=UTC)
    frail = [e for e in catalogue if e.mean_motion_rev_day > 15.75]
    screening = assert_same(frail, A_THIRD_H, 20.0, start=start)
    since = [u.since for u in screening.unusable if u.since is not None]
    assert max(since) > start + timedelta(minutes=1)
    assert screening.approaches


def test_the_sets_of_sgp4s_own_verification_give_the_rows_of_the_exhaustive_search():
    start = datetime(2006, 6, 25, tzinfo=UTC)
    screening = assert_same(verification_sets(), 3.0, 2000.0, start=start)
    assert len(screening.approaches) > 5
    assert screening.unusable


@needs_catalogues
def test_the_watched_window_holds_every_kind_of_row():
    elements = _crowd(real_sets("full-2025-08-08.3le.gz"), 15.48, 15.55)
    start = datetime(2025, 8, 8, 6, 0, 1, tzinfo=UTC)
    screening = assert_same(elements, A_THIRD_H, 20.0, start=start)
    assert {a.kind for a in screening.approaches} == set(Kind)
