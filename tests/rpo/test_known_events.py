"""Real operations are flagged and real neighbours are not, by the sets that were public then.

Each search sees the pair and a few others. Dates and what happened: ../shared/data/rpo/events.csv.
"""

import csv
import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from searching import FLAGGED, of_pair, searched

from sda.configuration import packaged
from sda.elements import read_text
from sda.model import ElementSet
from sda.rpo.context.declared import read_declared
from sda.rpo.model import EventClass, Verdict

DAY = timedelta(days=1)
DECLARED = read_declared(packaged("config"))
STAYING = {EventClass.LOITER, EventClass.INSPECTION_FLY_BY}
AT_CLIENT = {EventClass.MERGED, EventClass.SERVICING, EventClass.LOITER}
OTHERS = (28134, 32478, 25544)
"""Two of the belt and the station: near none of the pairs."""
LATEST = 450
"""Days of history that a search is given here."""

OPERATIONS = [
    ("SJ-25 at SJ-21", (62485, 49330), "2025-06-25", 20, Verdict.PROBABLE, AT_CLIENT, None),
    ("Luch-5X at IS-39", (55841, 44476), "2025-04-20", 20, Verdict.PROBABLE, STAYING, 55841),
    ("MEV-1 at IS-901", (44625, 26824), "2020-02-10", 20, Verdict.PROBABLE, AT_CLIENT, None),
    ("MEV-2 at IS-1002", (46113, 28358), "2021-02-25", 20, Verdict.PROBABLE, AT_CLIENT, 46113),
    ("Cosmos 2521 at 2519", (42919, 42798), "2018-04-15", 20, Verdict.PROBABLE, STAYING, 42919),
    ("Luch at IS-37E", (40258, 42950), "2022-12-15", 20, Verdict.PROBABLE, STAYING, 40258),
    ("Luch at IS-1002", (40258, 28358), "2016-05-15", 20, Verdict.PROBABLE, STAYING, 40258),
    ("Luch at Eutelsat 10A", (40258, 34710), "2016-12-01", 20, Verdict.PROBABLE, STAYING, 40258),
    ("Luch at IS-33E", (40258, 41748), "2021-12-10", 20, Verdict.PROBABLE, STAYING, 40258),
    ("SJ-17 at SJ-20", (41838, 44910), "2020-02-20", 20, Verdict.POSSIBLE, STAYING, 41838),
]
NEIGHBOURS = [
    ("TanDEM-X", (36605, 31698), "2019-01-25", 25),
    ("GRACE-FO", (43476, 43477), "2020-08-25", 30),
    ("PRISMA", (36599, 36827), "2011-04-01", 10),
    ("ISS and Tianhe", (25544, 48274), "2022-02-10", 30),
    ("IS-901 and IS-905", (26824, 27438), "2014-06-01", 30),
    ("Iridium 33 and Cosmos 2251", (24946, 22675), "2009-05-25", 10),
]


@pytest.fixture(scope="module")
def sky(shared) -> Mapping[int, list[ElementSet]]:
    file = shared / "rpo" / "element-sets.csv.gz"
    if not file.is_file():
        pytest.skip("the sets of known events are absent: ../shared/data/rpo")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        text = "".join(
            f"0 {row['name']}\n{row['line1']}\n{row['line2']}\n" for row in csv.DictReader(lines)
        )
    found: dict[int, list[ElementSet]] = {}
    for one in read_text(text, "known.3le").elements:
        found.setdefault(one.norad_id, []).append(one)
    return found


def searched_for(sky, pair, start, days, declared=DECLARED):
    """Search with what was public by the end of the window."""
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    sets = [
        one
        for number in {*pair, *OTHERS}
        for one in sky[number]
        if begin - LATEST * DAY < one.epoch < begin + (days + 1) * DAY
    ]
    return searched(sets, begin, days, declared)


@pytest.mark.parametrize(
    ("pair", "start", "days", "verdict", "classes", "actor"),
    [pytest.param(*row[1:], id=row[0]) for row in OPERATIONS],
)
def test_a_known_operation_is_flagged(sky, pair, start, days, verdict, classes, actor):
    found = searched_for(sky, pair, start, days)
    event = of_pair(found, *pair)[0]
    assert event.verdict in FLAGGED, event.score
    assert verdict is Verdict.POSSIBLE or event.verdict is verdict, event.score
    assert event.event_class in classes
    assert event.actor_norad_id == actor
    assert event.is_open
    assert [one for one in found.events if one.verdict in FLAGGED and one not in (event,)] == []


@pytest.mark.parametrize(
    ("pair", "start", "days"), [pytest.param(*row[1:], id=row[0]) for row in NEIGHBOURS]
)
def test_a_known_neighbour_is_not(sky, pair, start, days):
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert all(any(begin < one.epoch < begin + days * DAY for one in sky[n]) for n in pair)
    found = searched_for(sky, pair, start, days)
    assert len(found.days) > 2
    assert [one for one in found.events if one.verdict in FLAGGED] == []


def test_a_formation_needs_no_declaration_to_be_told(sky):
    (event,) = searched_for(sky, (36605, 31698), "2019-01-25", 25, ()).events
    assert (event.verdict, event.declared) == (Verdict.NONE, "")
    assert event.event_class is EventClass.FORMATION


def test_what_its_operators_announced_is_declared(sky):
    mev = of_pair(searched_for(sky, (44625, 26824), "2020-02-20", 10), 44625, 26824)[0]
    assert mev.declared == "mev-1-intelsat-901"
    assert mev.event_class is EventClass.SERVICING
    unannounced = searched_for(sky, (44625, 26824), "2020-02-20", 10, ())
    (same,) = of_pair(unannounced, 44625, 26824)
    assert (same.event_id, same.declared) == (mev.event_id, "")
    assert same.verdict is Verdict.PROBABLE
    assert same.event_class is EventClass.MERGED


def test_a_set_of_mev_1_with_the_orbit_of_the_station_makes_no_event(sky):
    found = searched_for(sky, (44625, 25544), "2020-02-20", 14)
    assert of_pair(found, 44625, 25544) == []


def test_an_inspector_that_stays_is_one_event_months_later(sky):
    early = of_pair(searched_for(sky, (55841, 44476), "2025-04-20", 30), 55841, 44476)[0]
    late = of_pair(searched_for(sky, (55841, 44476), "2025-08-01", 14), 55841, 44476)[0]
    assert (late.event_id, late.start) == (early.event_id, early.start)
    assert late.verdict is Verdict.PROBABLE
    assert late.min_range_km <= early.min_range_km
