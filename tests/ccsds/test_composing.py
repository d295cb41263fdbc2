"""Messages of our own: what goes in comes out, for us and for a reader of other hands."""

from datetime import UTC, datetime

import ccsds_ndm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cdm_independent import assert_read_alike

from sda.ccsds import CdmFormat, read_cdm_text, warnings_of, write_cdm
from sda.ccsds.composing import (
    Contact,
    MessageHeader,
    ObjectDescription,
    Probability,
    compose,
)
from sda.ccsds.conjunctions import conjunction_of
from sda.errors import MessageError
from sda.orbit.reference_frames import ReferenceFrame
from sda.risk.conjunction import Conjunction, State, turned_from_ric

TCA = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
HEADER = MessageHeader("EXERCISE-1", TCA, "TEARLINE", "ALFA", ("EXERCISE",))
DESK = Contact("Flight dynamics desk (EXERCISE)", "Exercise operator", email="desk@op.example")
ONE = ObjectDescription(
    "900000901", "ALFA", "2020-001A", DESK, "DEFAULT", "ROCKET_BODY",
    comments=("SGP4",), covariance_comments=("assumed",),
)  # fmt: skip
OTHER = ObjectDescription("900000902", "", "", DESK, "CALCULATED")
a_millimetre_km = 1e-6


def made(seed: int) -> Conjunction:
    rng = np.random.default_rng(seed)
    r_km = rng.normal(size=3)
    r_km *= 7000 / np.linalg.norm(r_km)
    states = []
    for _ in range(2):
        v_km_s = np.cross(r_km, rng.normal(size=3))
        v_km_s *= 7.5 / np.linalg.norm(v_km_s)
        root = rng.normal(size=(6, 6)) * np.array([[0.1, 0.5, 0.1, 1e-4, 1e-4, 1e-4]]).T
        covariance = turned_from_ric(root @ root.T, r_km, v_km_s)
        states.append(State(r_km + rng.normal(0, 0.1, 3), v_km_s, covariance))
    return Conjunction(TCA, *states)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), format=st.sampled_from(CdmFormat))
def test_what_is_composed_is_read_back(seed, format):
    conjunction = made(seed)
    cdm = compose(
        HEADER, conjunction, ReferenceFrame.GCRF, (ONE, OTHER),
        Probability(1.25e-5, "FOSTER-1992", 0.01),
    )  # fmt: skip
    (again,) = read_cdm_text(write_cdm([cdm], format), "made")
    found = conjunction_of(again)
    assert found.tca == TCA
    for one, known in (
        (found.object_1, conjunction.object_1),
        (found.object_2, conjunction.object_2),
    ):
        assert one.r_km == pytest.approx(known.r_km, abs=1e-9)
        assert one.v_km_s == pytest.approx(known.v_km_s, abs=1e-12)
        scale = np.sqrt(np.outer(np.diagonal(known.covariance), np.diagonal(known.covariance)))
        assert np.abs((one.covariance - known.covariance) / scale).max() < 1e-9
    assert again.number("MISS_DISTANCE") / 1000 == pytest.approx(
        conjunction.miss_km, abs=a_millimetre_km
    )
    assert again.number("COLLISION_PROBABILITY") == 1.25e-5
    assert warnings_of(again) == ()


def test_an_independent_reader_reads_the_same():
    cdm = compose(
        HEADER, made(1), ReferenceFrame.GCRF, (ONE, OTHER),
        Probability(1.25e-5, "FOSTER-1992", 0.01),
    )  # fmt: skip
    for format in (CdmFormat.KVN, CdmFormat.XML):
        theirs = ccsds_ndm.from_str(write_cdm([cdm], format))
        theirs = getattr(theirs, "message", theirs)
        assert assert_read_alike(cdm, theirs) > 80


def test_without_a_probability_none_is_stated_and_the_radius_still_is():
    cdm = compose(
        HEADER, made(2), ReferenceFrame.EME2000, (ONE, OTHER),
        Probability(None, None, 0.012, ("2-D not valid",)),
    )  # fmt: skip
    assert cdm.entry("COLLISION_PROBABILITY") is None
    assert {"HBR = 12 [m]", "2-D not valid", "EXERCISE"} <= set(cdm.comments())
    assert (cdm.text("OBJECT_NAME", 2), cdm.text("INTERNATIONAL_DESIGNATOR", 2)) == (
        "UNKNOWN", "UNKNOWN",
    )  # fmt: skip


def test_a_name_that_would_break_the_lines_is_refused():
    broken = ObjectDescription("1", "A\nTCA = now", "", DESK, "DEFAULT")
    with pytest.raises(MessageError, match="control character"):
        compose(
            HEADER, made(3), ReferenceFrame.GCRF, (broken, OTHER), Probability(None, None, 0.01)
        )
