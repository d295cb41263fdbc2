from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import ccsds_ndm
import numpy as np
import orjson
import pytest
from desks import NOW
from feed_items import ended, head_of, item_of, items_of, near, written
from hypothesis import given
from hypothesis import strategies as st

from sda.ccsds import CdmFormat, read_cdm_text, warnings_of, write_cdm
from sda.ccsds.close_approaches import oriented
from sda.ccsds.config import MessagesConfig
from sda.ccsds.spelling import spelled_covariance, spelled_state
from sda.configuration import packaged, read_toml
from sharing.feeds.bodies import is_news
from sharing.feeds.formats import czml_packets, message_of_item, udl_records

MESSAGES = read_toml(packaged("config") / "messages.toml", MessagesConfig)
CREATED = NOW - timedelta(hours=1)
STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
a_micrometre_km = 1e-9
NEEDED = (
    *("norad_id_1", "norad_id_2", "tca", "miss_distance"),
    *("state_1", "state_2", "covariance_1", "covariance_2"),
)


@pytest.fixture
def item(desk):
    return item_of(desk, "aus", "public", near(desk))


def _message(desk, item, exercise=True):
    return message_of_item(item, CREATED, head_of(desk, exercise), MESSAGES)


@pytest.mark.parametrize("form", CdmFormat)
def test_a_message_says_what_the_facts_say(desk, item, form):
    facts = {name: fact["value"] for name, fact in item.body["facts"].items()}
    (cdm,) = read_cdm_text(write_cdm([_message(desk, item)], form), "x")
    assert not warnings_of(cdm)
    assert cdm.number("MISS_DISTANCE") / 1000 == pytest.approx(facts["miss_distance"], abs=2e-6)
    assert cdm.number("RELATIVE_SPEED") / 1000 == pytest.approx(facts["relative_speed"], abs=1e-6)
    assert cdm.number("COLLISION_PROBABILITY") == pytest.approx(facts["probability"], rel=1e-9)
    assert cdm.text("COLLISION_PROBABILITY_METHOD") == facts["probability_method"]
    assert cdm.time("TCA") == near(desk).tca
    assert cdm.time("CREATION_DATE") == CREATED
    for obj in (1, 2):
        assert cdm.text("OBJECT_DESIGNATOR", obj) == str(facts[f"norad_id_{obj}"])
        assert cdm.text("OBJECT_NAME", obj) == facts[f"name_{obj}"]
        frame, r_km, v_km_s = spelled_state(facts[f"state_{obj}"])
        assert cdm.text("REF_FRAME", obj) == frame.value
        assert [cdm.number(keyword, obj) for keyword in STATE] == [*r_km, *v_km_s]
        method, matrix = spelled_covariance(facts[f"covariance_{obj}"])
        assert cdm.text("COVARIANCE_METHOD", obj) == method
        sizes = np.sqrt(np.diagonal(matrix)) * 1000
        for row, name in enumerate(AXES):
            for column, other in enumerate(AXES[: row + 1]):
                apart = cdm.number(f"C{name}_{other}", obj) - matrix[row, column] * 1e6
                assert abs(apart) <= 1e-9 * sizes[row] * sizes[column]
    assert oriented(cdm).miss_km == pytest.approx(facts["miss_distance"], abs=1e-6)


@pytest.mark.parametrize("form", [CdmFormat.KVN, CdmFormat.XML])
def test_a_reader_of_other_hands_reads_the_same(desk, item, form):
    cdm = _message(desk, item)
    read = ccsds_ndm.Cdm.from_str(write_cdm([cdm], form))
    relative = read.body.relative_metadata_data
    assert relative.miss_distance == cdm.number("MISS_DISTANCE")
    assert relative.tca == cdm.text("TCA")
    assert read.header.message_id == f"{item.item_id}-1"
    for obj, segment in enumerate(read.body.segments, 1):
        state, covariance = segment.data.state_vector, segment.data.covariance_matrix
        assert [getattr(state, keyword.lower()) for keyword in STATE] == [
            cdm.number(keyword, obj) for keyword in STATE
        ]
        assert covariance.ct_r == cdm.number("CT_R", obj)
        assert covariance.cndot_tdot == cdm.number("CNDOT_TDOT", obj)
        office = desk.registry.offices[item.body["contact"]]
        assert segment.metadata.operator_contact_position == office.role


def test_a_message_names_its_item_its_marking_and_the_office_to_ask(desk, item):
    cdm = _message(desk, replace(item, revision=4))
    assert cdm.text("MESSAGE_ID") == f"{item.item_id}-4"
    assert cdm.text("ORIGINATOR") == "TEARLINE"
    assert cdm.comments()[:2] == ("EXERCISE", "Marking: UNCLASSIFIED")
    office = desk.registry.offices[item.body["contact"]]
    for obj in (1, 2):
        assert cdm.text("OPERATOR_CONTACT_POSITION", obj) == office.role
        assert cdm.text("OPERATOR_ORGANIZATION", obj) == office.channel
    assert "EXERCISE" not in _message(desk, item, exercise=False).comments()


def test_a_message_carries_the_banner_of_a_marked_item(desk):
    item = item_of(desk, "aus", "trilateral", near(desk))
    banner = item.body["marking"]["banner"]
    assert banner.startswith("SECRET")
    assert f"Marking: {banner}" in _message(desk, item).comments()


@pytest.mark.parametrize("fact", NEEDED)
def test_there_is_no_message_without_all_that_it_needs(desk, item, fact):
    body = orjson.loads(orjson.dumps(item.body))
    del body["facts"][fact]
    assert _message(desk, replace(item, body=body)) is None


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("miss_distance", "<1"),
        ("state_1", "GCRF 1 2 3"),
        ("state_1", "EME2000 1 2 3 4 5 6"),
        ("covariance_2", "GUESSED 1"),
        ("name_1", "two\nlines"),
    ],
)
def test_there_is_no_message_of_what_is_coarse_or_cannot_be_read(desk, item, fact, value):
    body = orjson.loads(orjson.dumps(item.body))
    for n in (1, 2):
        _, _, numbers = body["facts"][f"state_{n}"]["value"].partition(" ")
        body["facts"][f"state_{n}"]["value"] = f"GCRF {numbers}"
    assert _message(desk, replace(item, body=body)) is not None
    body["facts"][fact]["value"] = value
    assert _message(desk, replace(item, body=body)) is None


def test_there_is_no_message_of_what_ended_or_came_coarse(desk, item):
    for status in ("retracted", "closed"):
        assert _message(desk, ended(item, status)) is None
    coarse = item_of(desk, "aus", "commercial", near(desk))
    assert not {"state_1", "covariance_1"} & coarse.body["facts"].keys()
    assert _message(desk, coarse) is None


def test_one_without_a_probability_has_all_else(desk):
    item = item_of(desk, "aus", "public", near(desk, probability=None, probability_method=None))
    assert _message(desk, item).text("COLLISION_PROBABILITY") is None


def test_the_library_gets_states_and_covariances_in_its_units(desk, item):
    (record,) = udl_records([item], head_of(desk))
    facts = item.body["facts"]
    for n in (1, 2):
        vector = record[f"stateVector{n}"]
        frame, r_km, v_km_s = spelled_state(facts[f"state_{n}"]["value"])
        assert vector["referenceFrame"] == {"GCRF": "GCRF", "EME2000": "J2000"}[frame]
        assert [vector[axis] for axis in ("xpos", "ypos", "zpos")] == r_km.tolist()
        assert [vector[axis] for axis in ("xvel", "yvel", "zvel")] == v_km_s.tolist()
        method, matrix = spelled_covariance(facts[f"covariance_{n}"]["value"])
        assert (vector["covMethod"], vector["covReferenceFrame"]) == (method, "UVW")
        assert len(vector["cov"]) == 21
        assert vector["cov"][1:3] == [matrix[1, 0], matrix[1, 1]]
        assert vector["classificationMarking"] == record["classificationMarking"]
    types = import_module("unifieddatalibrary.types")  # some seconds: not for each collection
    read = types.ConjunctionAbridged.model_validate_json(orjson.dumps(record), strict=True)
    assert not read.model_extra
    assert not read.state_vector1.model_extra


def test_a_globe_draws_object_1_and_a_line_to_object_2_in_inertial_space(desk, item):
    packet = czml_packets([item], head_of(desk))[1]
    assert packet["position"]["referenceFrame"] == "INERTIAL"
    line = np.array(packet["polyline"]["positions"]["cartesian"])
    assert packet["position"]["cartesian"] == line[:3].tolist()
    miss_m = np.linalg.norm(line[3:] - line[:3])
    assert miss_m == pytest.approx(item.body["facts"]["miss_distance"]["value"] * 1000, abs=0.01)


@pytest.mark.parametrize("partner", ["aus", "bra", "deu", "jpn", "per"])
@pytest.mark.parametrize("source", ["public", "commercial", "trilateral"])
def test_no_state_or_covariance_that_is_withheld_is_in_any_format(desk, partner, source):
    approach = near(desk)
    items = items_of(desk, partner, source, approach)
    told = {name for item in items for name in item.body["facts"]}
    texts = written(items, desk)
    for name in ("state_1", "state_2", "covariance_1", "covariance_2"):
        numbers = getattr(approach, name).split(" ")[1:]
        for text in texts.values():
            assert (name in text) <= (name in told)
            for number in numbers:
                if name not in told and float(number):
                    assert number not in text
                    assert repr(float(number)) not in text


def _body(state, covariance="DEFAULT" + " 4.0" * 21):
    facts = {
        "state_1": {"marking": "(U)", "unit": "km, km/s", "value": state},
        "covariance_1": {
            "marking": "(U)",
            "unit": "m**2, m**2/s, m**2/s**2",
            "value": covariance,
        },
    }
    return orjson.dumps({"facts": facts})


@given(st.floats(-0.09, 0.09), st.floats(-0.005, 0.005))
def test_a_state_moved_along_its_path_by_what_is_no_news_is_none(along_s, across_km):
    before = _body("GCRF 7000 0 0 0 7.5 0")
    after = _body(f"GCRF {7000 + across_km!r} {7.5 * along_s!r} 0 0 7.5 0")
    assert not is_news(before, after)


@pytest.mark.parametrize(
    "state",
    [
        "GCRF 7000.011 0 0 0 7.5 0",
        "GCRF 7000 0.8 0 0 7.5 0",
        "GCRF 7000 0 0 0 7.5011 0",
        "EME2000 7000 0 0 0 7.5 0",
        "nothing",
    ],
)
def test_a_state_that_moved_by_more_is_news(state):
    assert is_news(_body("GCRF 7000 0 0 0 7.5 0"), _body(state))


def test_a_covariance_is_news_beyond_a_hundredth_of_its_axes():
    state = "GCRF 7000 0 0 0 7.5 0"
    before = _body(state)
    assert not is_news(before, _body(state, "DEFAULT 4.03" + " 4.0" * 20))
    for other in ("DEFAULT 4.1" + " 4.0" * 20, "CALCULATED" + " 4.0" * 21, "DEFAULT 1"):
        assert is_news(before, _body(state, other))
