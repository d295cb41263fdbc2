import numpy as np
import pytest
from cdm_messages import sample
from hypothesis import given
from hypothesis import strategies as st

from sda.ccsds.close_approaches import approach_of
from sda.ccsds.spelling import spell_covariance, spell_state, spelled_covariance, spelled_state
from sda.configuration import packaged, read_toml
from sda.errors import MessageError
from sda.orbit.reference_frames import ReferenceFrame
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig

SCREENING = read_toml(packaged("config") / "screening.toml", ScreeningConfig)
RISK = read_toml(packaged("config") / "risk.toml", RiskConfig)
micrometre_km, nanometre_s_km = 1e-9, 1e-12
numbers = st.floats(-5e4, 5e4)


@given(
    st.sampled_from([ReferenceFrame.GCRF, ReferenceFrame.EME2000]),
    st.lists(numbers, min_size=3, max_size=3),
    st.lists(st.floats(-20, 20), min_size=3, max_size=3),
)
def test_a_state_is_read_as_it_was_spelled(frame, r_km, v_km_s):
    text = spell_state(frame, r_km, v_km_s)
    read = spelled_state(text)
    assert read[0] is frame
    np.testing.assert_allclose(read[1], r_km, rtol=0, atol=micrometre_km)
    np.testing.assert_allclose(read[2], v_km_s, rtol=0, atol=nanometre_s_km)
    assert spell_state(*read) == text


@given(st.lists(st.floats(-1e3, 1e3), min_size=36, max_size=36))
def test_a_covariance_is_read_as_it_was_spelled(values):
    root = np.array(values).reshape(6, 6)
    covariance = root @ root.T
    text = spell_covariance("DEFAULT", covariance)
    method, read = spelled_covariance(text)
    assert method == "DEFAULT"
    np.testing.assert_array_equal(read, read.T)
    np.testing.assert_allclose(read, covariance, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize(
    "text", ["", "GCRF", "GCRF 1 2 3 4 5", "TEME 1 2 3 4 5 6", "GCRF 1 2 3 4 5 nan", "1 2 3 4 5 6"]
)
def test_what_is_no_state_is_refused(text):
    with pytest.raises(MessageError, match="expected"):
        spelled_state(text)


@pytest.mark.parametrize(
    "text", ["", "DEFAULT 1 2", "GUESSED" + " 1" * 21, "DEFAULT" + " inf" * 21]
)
def test_what_is_no_covariance_is_refused(text):
    with pytest.raises(MessageError, match="expected"):
        spelled_covariance(text)


def test_a_message_keeps_its_states_and_covariances_to_the_digit():
    cdm = sample()
    found = approach_of(cdm, SCREENING, RISK)
    frame, r_km, v_km_s = spelled_state(found.state_1)
    assert frame.value == cdm.text("REF_FRAME", 1)
    keywords = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    assert [*r_km, *v_km_s] == [cdm.number(keyword, 1) for keyword in keywords]
    method, covariance = spelled_covariance(found.covariance_2)
    assert method == cdm.text("COVARIANCE_METHOD", 2)
    assert covariance[1, 0] * 1e6 == pytest.approx(cdm.number("CT_R", 2), rel=1e-9)
    assert covariance[5, 4] * 1e6 == pytest.approx(cdm.number("CNDOT_TDOT", 2), rel=1e-9)
