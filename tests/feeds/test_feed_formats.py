import csv
import re
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from io import StringIO

import orjson
import pandas as pd
import pytest
from czml3 import Document, Packet
from desks import NOW
from feed_items import ended, head_of, item_of, items_of, written
from hypothesis import given, settings
from hypothesis import strategies as st
from made_operations import CAME, STANDS, operation
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from sda.model import Kind
from sharing.feeds import FeedItem
from sharing.feeds.formats import (
    czml_packets,
    item_table,
    page_marking,
    spacetrack_records,
    udl_records,
)
from sharing.feeds.formats.told import Told
from sharing.markings import parse
from sharing.release.facts import solution_of

CDM_PUBLIC = [
    "CDM_ID",
    "CREATED",
    "EMERGENCY_REPORTABLE",
    "TCA",
    "MIN_RNG",
    "PC",
    *(
        name
        for n in (1, 2)
        for name in (
            f"SAT_{n}_ID",
            f"SAT_{n}_NAME",
            f"SAT{n}_OBJECT_TYPE",
            f"SAT{n}_RCS",
            f"SAT_{n}_EXCL_VOL",
        )
    ),
]
EPISODE = {
    "kind": Kind.PROXIMITY,
    "episode_start": NOW + timedelta(hours=9, seconds=1.5),
    "episode_end": NOW + timedelta(hours=12, seconds=2.5),
}


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class Conjunction(BaseModel):
    """What the library demands of a conjunction, and how it reads what we write."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=_camel)

    classification_marking: str
    data_mode: str
    source: str
    tca: AwareDatetime
    type: str
    event_id: str
    message_id: str
    originator: str
    descriptor: str
    comments: str
    sat_no1: int
    sat_no2: int
    miss_distance: float | None = None
    rel_vel_mag: float | None = None
    rel_pos_r: float | None = None
    rel_pos_t: float | None = None
    rel_pos_n: float | None = None
    collision_prob: float | None = None
    collision_prob_method: str | None = None


class CloselySpaced(BaseModel):
    """What the library demands of closely spaced objects, and how it reads what we write."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=_camel)

    classification_marking: str
    cso_state: str
    data_mode: str
    event_start_time: AwareDatetime
    event_type: str
    source: str
    event_end_time: AwareDatetime | None = None
    ext_id: str
    notes: str
    sat_no1: int
    sat_no2: int
    min_range_epoch: AwareDatetime | None = None
    rel_pos_mag: float | None = None
    rel_speed_mag: float | None = None


def _from_json(model, record):
    return TypeAdapter(model).validate_json(orjson.dumps(record))


@pytest.fixture
def exact(desk):
    return item_of(
        desk,
        "aus",
        "public",
        desk.approach(100, 10.123456789, probability=1.25e-6, probability_method="FOSTER-1992"),
    )


@pytest.fixture
def coarse(desk):
    item = item_of(desk, "aus", "commercial", desk.approach(100, 10.123456789))
    assert item.body["rendition"] == "tear-line"
    return item


@pytest.fixture
def bare():
    body = {
        "contact": "duty-officer",
        "facts": {
            "norad_id_1": {"marking": "(U)", "unit": "", "value": 100},
            "norad_id_2": {"marking": "(U)", "unit": "", "value": 90000},
            "tca": {"marking": "(U)", "unit": "", "value": "2026-11-01T00:00:00.000000Z"},
        },
        "kind": "undisclosed",
        "marking": {"banner": "UNCLASSIFIED", "portion": "(U)"},
        "rendition": "contact",
    }
    return FeedItem("abcdefghijklmnopqrstuvwx23", 1, 1, "active", body)


def test_spacetrack_has_the_fields_of_cdm_public_first_and_metres(desk, exact):
    (record,) = spacetrack_records([exact], head_of(desk), {exact.seq: NOW})
    assert list(record)[: len(CDM_PUBLIC)] == CDM_PUBLIC
    assert float(record["MIN_RNG"]) == 3250.0
    assert float(record["PC"]) == 1.25e-6
    assert (record["SAT_1_ID"], record["SAT_1_NAME"], record["SAT_2_ID"]) == (
        "100",
        "OBJECT 100",
        "90000",
    )
    tca = datetime.fromisoformat(exact.body["facts"]["tca"]["value"])
    assert datetime.fromisoformat(record["TCA"] + "+00:00") == tca
    assert record["MARKING"] == "UNCLASSIFIED"
    assert record["CREATED"] == "2026-11-01T12:00:00.000000"
    for unknown in ("EMERGENCY_REPORTABLE", "SAT1_RCS", "SAT_2_EXCL_VOL"):
        assert record[unknown] is None


def test_spacetrack_reads_as_a_table_of_numbers_and_times(desk, exact, coarse):
    text = orjson.dumps(spacetrack_records([exact, coarse], head_of(desk), {})).decode()
    table = pd.read_json(StringIO(text), dtype={"CDM_ID": "int64", "MIN_RNG": "float64"})
    assert table["CDM_ID"].is_unique
    assert table["MIN_RNG"].isna().tolist() == [False, True]
    assert table["MIN_RNG"][0] == 3250.0
    assert pd.to_datetime(table["TCA"][0]) > pd.Timestamp(2026, 11, 1)


def test_csv_reads_as_a_table_of_numbers_and_times(desk, exact, coarse, bare):
    table = pd.read_csv(StringIO(item_table([exact, coarse, bare], head_of(desk))))
    numbers = ["NORAD_CAT_ID_1", "DSE_1", "TCA_RANGE", "TCA_RELATIVE_SPEED", "MAX_PROB", "DILUTION"]
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in numbers)
    assert table["TCA_RANGE"].isna().tolist() == [False, True, True]
    assert table["TCA"].isna().tolist() == [False, True, True]
    assert table["TCA_RANGE_COARSE"][1] == "<5 km"
    assert pd.isna(table["TCA_COARSE"][0])
    lengths = [
        end - start
        for start, end in (
            map(datetime.fromisoformat, told.split("/")) for told in table["TCA_COARSE"][1:]
        )
    ]
    assert lengths == [timedelta(minutes=desk.registry.rules.time_grid_min), timedelta(days=1)]


def test_a_cdm_id_is_of_its_item_and_revision_alone(desk, exact):
    head = head_of(desk)

    def cdm_id(item, others=()):
        return spacetrack_records([*others, item], head, {})[-1]["CDM_ID"]

    other = replace(exact, item_id="b" * 26)
    assert cdm_id(exact) == cdm_id(replace(exact, seq=99)) == cdm_id(exact, [other])
    assert len({cdm_id(exact), cdm_id(other), cdm_id(replace(exact, revision=2))}) == 3
    assert 0 <= int(cdm_id(exact)) < 2**53


def test_what_is_coarse_is_text_and_never_a_number(desk, coarse):
    (record,) = spacetrack_records([coarse], head_of(desk), {})
    assert (record["MIN_RNG"], record["PC"], record["TCA"]) == (None, None, None)
    assert record["MIN_RNG_COARSE"] == "<5 km"
    start, end = map(datetime.fromisoformat, record["TCA_COARSE"].split("/"))
    assert end - start == timedelta(minutes=desk.registry.rules.time_grid_min)
    assert start <= desk.approach(100, 10.123456789).tca < end
    assert udl_records([coarse], head_of(desk)) == []


def test_a_bare_contact_tells_a_day(desk, bare):
    assert Told(bare, desk.registry.rules).coarse("tca") == (
        "2026-11-01T00:00:00.000000Z/2026-11-02T00:00:00.000000Z"
    )
    (record,) = spacetrack_records([bare], head_of(desk), {})
    assert (record["TCA"], record["KIND"]) == (None, "undisclosed")
    assert udl_records([bare], head_of(desk)) == []


def test_an_exact_time_of_a_tear_line_stays_exact(desk, coarse):
    body = orjson.loads(orjson.dumps(coarse.body))
    body["facts"]["tca"]["value"] = "2026-11-01T12:00:00.000001Z"
    told = Told(replace(coarse, body=body), desk.registry.rules)
    assert (told.coarse("tca"), told.text("tca")) == (None, "2026-11-01T12:00:00.000001Z")


def test_a_crossing_is_a_conjunction_of_the_library_in_metres(desk, exact):
    (record,) = udl_records([exact], head_of(desk))
    read = _from_json(Conjunction, record)
    assert (read.miss_distance, read.rel_vel_mag) == (3250.0, 11500.0)
    assert (read.rel_pos_r, read.rel_pos_t, read.rel_pos_n) == (1250.0, -2000.0, 2236.0)
    assert (read.sat_no1, read.sat_no2) == (100, 90000)
    assert (read.collision_prob, read.collision_prob_method) == (1.25e-6, "FOSTER-1992")
    assert (read.classification_marking, read.data_mode) == ("U", "EXERCISE")
    assert read.tca == datetime.fromisoformat(exact.body["facts"]["tca"]["value"])
    assert udl_records([exact], head_of(desk, exercise=False))[0]["dataMode"] == "REAL"


def test_a_slow_pair_is_closely_spaced_objects_in_kilometres(desk):
    item = item_of(desk, "aus", "public", desk.approach(300, 10, **EPISODE))
    (record,) = udl_records([item], head_of(desk))
    read = _from_json(CloselySpaced, record)
    assert (read.cso_state, read.event_type, read.rel_pos_mag) == ("PREDICTED", "PROXIMITY", 3.25)
    assert (read.event_start_time, read.event_end_time) == (
        EPISODE["episode_start"],
        EPISODE["episode_end"],
    )
    assert read.min_range_epoch == NOW + timedelta(hours=10)


@pytest.mark.parametrize(
    ("name", "event_type"),
    [
        ("loiter", "RENDEZVOUS"),
        ("merged", "DOCK"),
        ("release", "SEPARATION"),
        ("shadow", "PROXIMITY"),
    ],
)
def test_an_operation_is_closely_spaced_objects_that_were_detected(desk, name, event_type):
    one = operation(operation_class=name)
    (record,) = udl_records([item_of(desk, "per", "public", one)], head_of(desk))
    read = _from_json(CloselySpaced, record)
    assert (read.cso_state, read.event_type, read.rel_pos_mag) == ("DETECTED", event_type, 3.171)
    assert (read.event_start_time, read.event_end_time) == (one.episode_start, one.episode_end)
    assert read.min_range_epoch == one.tca
    assert f"operation_class {name}; verdict probable; score 98.5; actor 100" in record["notes"]


def test_every_format_but_a_message_has_an_operation(desk):
    item = item_of(desk, "per", "public", operation())
    (row,) = csv.DictReader(StringIO(written([item], desk)["csv"]))
    assert (row["KIND"], row["TCA_RANGE"], row["TCA_RELATIVE_SPEED"]) == ("rpo", "3.171", "")
    (record,) = spacetrack_records([item], head_of(desk), {})
    assert (record["KIND"], record["MIN_RNG"], record["PC"]) == ("rpo", "3171.000", None)
    _, packet = czml_packets([item], head_of(desk))
    start, end = (f"{one:%Y-%m-%dT%H:%M:%S.%fZ}" for one in (CAME, STANDS))
    assert packet["availability"] == f"{start}/{end}"
    assert "evidence_arrival" in packet["description"]


def test_a_slow_pair_whose_start_is_not_told_starts_at_its_closest_approach(desk):
    approach = desk.approach(300, 10, kind=Kind.PROXIMITY)
    (record,) = udl_records([item_of(desk, "aus", "public", approach)], head_of(desk))
    assert _from_json(CloselySpaced, record).event_start_time == NOW + timedelta(hours=10)
    assert "the start is not told" in record["notes"]


@pytest.mark.parametrize("kind", [Kind.COINCIDENT, Kind.EDGE])
def test_no_closest_approach_is_claimed_where_there_is_none(desk, kind):
    approach = desk.approach(300, 10, kind=kind, max_probability=None, dilution_km=None)
    (record,) = udl_records([item_of(desk, "aus", "public", approach)], head_of(desk))
    assert _from_json(CloselySpaced, record).min_range_epoch is None


def test_the_librarys_own_client_reads_the_records(desk, exact):
    types = import_module("unifieddatalibrary.types")  # some seconds: not for each collection
    slow = item_of(desk, "aus", "public", desk.approach(300, 10, **EPISODE))
    crossing, spaced = udl_records([exact, slow], head_of(desk))
    for model, record in (
        (types.ConjunctionAbridged, crossing),
        (types.CloselyspacedobjectsAbridged, spaced),
    ):
        read = model.model_validate_json(orjson.dumps(record), strict=True)
        assert not read.model_extra
        assert orjson.loads(read.model_dump_json(by_alias=True, exclude_unset=True)).keys() == (
            record.keys()
        )


def _packets(items, desk):
    """Return the document as an independent library reads it."""
    packets = czml_packets(items, head_of(desk))
    read = [Packet(**packet) for packet in orjson.loads(orjson.dumps(packets))]
    return Document(packets=read).packets, packets


def test_a_globe_reads_a_document_and_a_packet_for_each_item(desk, exact):
    read, packets = _packets([exact], desk)
    assert (read[0].id, read[0].version) == ("document", "1.0")
    assert read[0].name == "UNCLASSIFIED, EXERCISE: TEARLINE"
    assert packets[0]["clock"]["interval"] == packets[1]["availability"]
    assert read[1].id == exact.item_id
    assert "3.25 km" in read[1].description
    start, end = map(datetime.fromisoformat, packets[1]["availability"].split("/"))
    assert start < datetime.fromisoformat(exact.body["facts"]["tca"]["value"]) < end


def test_a_globe_shows_an_episode_while_it_lasts_and_the_belt_where_it_is(desk):
    approach = desk.approach(300, 10, longitude_deg=135.25, **EPISODE)
    read, packets = _packets([item_of(desk, "aus", "public", approach)], desk)
    assert packets[1]["position"] == {"cartographicDegrees": [135.25, 0.0, 0.0]}
    assert read[1].point is not None
    start, end = map(datetime.fromisoformat, packets[1]["availability"].split("/"))
    assert (start, end) == (EPISODE["episode_start"], EPISODE["episode_end"])


def test_a_globe_is_told_to_drop_what_ended(desk, exact):
    for status in ("retracted", "closed"):
        _, packets = _packets([ended(exact, status)], desk)
        assert packets[1] == {"id": exact.item_id, "delete": True}


def test_text_cannot_run_in_a_globe(desk):
    approach = desk.approach(100, 10, name_1="<script>alert(1)</script>")
    (_, packet) = czml_packets([item_of(desk, "aus", "public", approach)], head_of(desk))
    assert "<script>" not in packet["description"]
    assert "&lt;script&gt;" in packet["description"]


def test_what_ended_is_seen_to_have_ended_in_each_format(desk, exact):
    item = ended(exact)
    texts = written([item], desk)
    assert orjson.loads(texts["json"])["items"][0]["status"] == "retracted"
    (row,) = csv.DictReader(StringIO(texts["csv"]))
    assert row["STATUS"] == "retracted"
    (record,) = orjson.loads(texts["spacetrack"])
    assert (record["STATUS"], record["TCA"], record["SAT_1_ID"]) == ("retracted", None, None)
    assert orjson.loads(texts["czml"])[1]["delete"] is True
    assert orjson.loads(texts["udl"]) == []
    for text in texts.values():
        assert "OBJECT 100" not in text


def test_a_page_is_marked_by_the_roll_up_of_its_items(desk, exact):
    register = desk.registry.register
    secret = item_of(desk, "aus", "trilateral", desk.approach(200, 20))
    assert page_marking([exact], register).banner == "UNCLASSIFIED"
    assert page_marking([], register).banner == "UNCLASSIFIED"
    whole = page_marking([exact, secret], register)
    assert whole.banner == secret.body["marking"]["banner"] != "UNCLASSIFIED"
    for text in written([exact, secret], desk).values():
        assert whole.banner in text or whole.portion.strip("()") in text


def test_every_record_carries_the_marking_of_its_item(desk, exact):
    secret = item_of(desk, "aus", "trilateral", desk.approach(200, 20))
    banner, portion = secret.body["marking"].values()
    texts = written([exact, secret], desk)
    assert orjson.loads(texts["spacetrack"])[1]["MARKING"] == banner
    assert f"({orjson.loads(texts['udl'])[1]['classificationMarking']})" == portion
    assert parse(banner).portion == portion
    assert orjson.loads(texts["czml"])[2]["properties"]["marking"] == banner
    assert list(csv.DictReader(StringIO(texts["csv"])))[1]["MARKING"] == banner


_digits = st.integers(100_001, 999_983).filter(lambda n: n % 10)


@settings(deadline=None)
@given(
    digits=st.lists(_digits, min_size=8, max_size=8, unique=True),
    partner=st.sampled_from(["aus", "bra", "deu", "jpn", "fra", "per"]),
    source=st.sampled_from(["public", "commercial", "trilateral"]),
    hours=st.integers(2, 60),
    slow=st.booleans(),
)
def test_nothing_withheld_or_coarse_appears_in_any_format(
    desk, digits, partner, source, hours, slow
):
    """Numbers are of digits that nothing else has, so that finding them means a leak."""
    miss, speed, radial, along, across, sigma, dilution, day = digits
    tca = NOW + timedelta(hours=hours, microseconds=miss)
    changed = EPISODE | {
        "episode_start": tca - timedelta(hours=1, microseconds=speed),
        "episode_end": tca + timedelta(hours=1, microseconds=radial),
    }
    approach = desk.approach(
        100,
        hours,
        tca=tca,
        miss_km=4 + miss / 1e6,
        relative_speed_km_s=3 + speed / 1e6,
        radial_km=2 + radial / 1e6,
        in_track_km=2 + along / 1e6,
        cross_track_km=2 + across / 1e6,
        sigma_km=1 + sigma / 1e6,
        dilution_km=1 + dilution / 1e6,
        age_days_1=1 + day / 1e6,
        **(changed if slow else {}),
    )
    items = items_of(desk, partner, source, approach)
    told = {name: fact["value"] for item in items for name, fact in item.body["facts"].items()}
    secrets = [
        fact.value
        for fact in solution_of(source, [source], approach, desk.registry).facts
        if told.get(fact.name) != fact.value
        and not (
            isinstance(told.get(fact.name), float) and abs(told[fact.name] - fact.value) < 1e-6
        )
    ]
    needles = {needle for value in secrets for needle in _needles(value)}
    for form, text in written(items, desk).items():
        for needle in needles:
            assert needle not in text, (form, needle)


def _needles(value):
    """Return how a value would look in any unit or spelling."""
    if isinstance(value, float):
        return {f"{value:.6f}".rstrip("0"), f"{value * 1000:.3f}".rstrip("0")}
    if isinstance(value, str) and re.fullmatch(r"\d{4}-.*Z", value):
        return {value.removesuffix("Z")}
    return set()
