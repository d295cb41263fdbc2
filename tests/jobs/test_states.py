"""States and covariances of near approaches, against the messages that we write of the same."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from made_messages import AT, PAIR, public_sets

from sda.ccsds.approaches import Judging, Subject, message_of
from sda.ccsds.config import MessagesConfig
from sda.ccsds.spelling import spelled_covariance, spelled_state
from sda.configuration import packaged, read_toml
from sda.elements import newest
from sda.jobs.states import with_states
from sda.model import Kind
from sda.risk import CovarianceConfig
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig, screen

CONFIG = packaged("config")
SCREENING = read_toml(CONFIG / "screening.toml", ScreeningConfig)
ten_micrometres_km = 1e-8
STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT")


@pytest.fixture(scope="module")
def sets():
    return tuple(newest(one for one in public_sets([PAIR]) if one.epoch <= AT))


@pytest.fixture(scope="module")
def found(sets):
    return screen(sets, AT, 6.0, 20.0, SCREENING).approaches


@pytest.fixture(scope="module")
def near(found, sets):
    within = SCREENING.model_copy(update={"states_within_km": 20.0})
    told = with_states(found, sets, within)
    assert told
    assert all(one.state_1 for one in told)
    return told


def test_states_and_covariances_are_those_of_our_own_messages(near, sets):
    judging = Judging(
        read_toml(CONFIG / "messages.toml", MessagesConfig),
        read_toml(CONFIG / "risk.toml", RiskConfig),
        read_toml(CONFIG / "covariance.toml", CovarianceConfig),
        SCREENING,
    )
    by_number = {one.norad_id: one for one in sets}
    for one in near:
        subjects = tuple(
            Subject(by_number[number], (), None) for number in (one.norad_id_1, one.norad_id_2)
        )
        cdm = message_of(subjects, one.tca, AT, judging)
        for obj, state, covariance in (
            (1, one.state_1, one.covariance_1),
            (2, one.state_2, one.covariance_2),
        ):
            frame, r_km, v_km_s = spelled_state(state)
            assert frame.value == cdm.text("REF_FRAME", obj)
            stated = [cdm.number(keyword, obj) for keyword in STATE]
            assert [*r_km, *v_km_s] == pytest.approx(stated, abs=ten_micrometres_km)
            method, matrix = spelled_covariance(covariance)
            assert method == cdm.text("COVARIANCE_METHOD", obj) == "DEFAULT"
            scale = np.sqrt(np.diagonal(matrix))
            for row, name in enumerate(AXES):
                for column, other in enumerate(AXES[: row + 1]):
                    told = (cdm.number(f"C{name}_{other}", obj) or 0.0) / 1e6
                    apart = abs(matrix[row, column] - told)
                    assert apart <= 1e-8 * scale[row] * scale[column]


def test_the_miss_of_the_states_is_that_of_the_approach(near):
    for one in near:
        (_, r_1, _), (_, r_2, _) = spelled_state(one.state_1), spelled_state(one.state_2)
        assert np.linalg.norm(r_2 - r_1) == pytest.approx(one.miss_km, abs=ten_micrometres_km)


def test_only_near_approaches_at_a_minimum_have_states(found, sets):
    limit_km = sorted(one.miss_km for one in found)[0]
    config = SCREENING.model_copy(update={"states_within_km": limit_km})
    told = with_states(found, sets, config)
    assert [one.state_1 is not None for one in told] == [one.miss_km <= limit_km for one in found]
    changed = [replace(one, kind=Kind.EDGE) for one in found]
    assert with_states(changed, sets, config) == tuple(changed)


def test_an_object_that_sgp4_loses_leaves_the_approach_as_it_was(found, sets):
    lost = [replace(one, bstar_per_earth_radius=0.5) for one in sets]
    far = [replace(one, tca=one.tca + timedelta(days=300)) for one in found]
    config = SCREENING.model_copy(update={"states_within_km": 20.0})
    assert with_states(far, lost, config) == tuple(far)
