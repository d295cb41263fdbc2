"""What a message says of a pair, in the terms of the screening."""

import numpy as np
import pytest
from cdm_messages import KVN, sample

from sda.ccsds import read_cdm_text
from sda.ccsds.close_approaches import approach_of, oriented
from sda.ccsds.reading import holds_messages
from sda.configuration import packaged, read_toml
from sda.elements import files_of
from sda.errors import MessageError
from sda.model import Kind
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig

SCREENING = read_toml(packaged("config") / "screening.toml", ScreeningConfig)
RISK = read_toml(packaged("config") / "risk.toml", RiskConfig)
ten_micrometres_km = 1e-8


def changed(*changes):
    text = KVN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (cdm,) = read_cdm_text(text, "x")
    return cdm


def test_geometry_follows_from_the_states_as_the_message_itself_tells_it():
    told = approach_of(sample(), SCREENING, RISK, "SECRET")
    assert (told.norad_id_1, told.norad_id_2) == (900000901, 900000902)
    assert (told.name_1, told.name_2) == ("EXERCISE ALFA", "EXERCISE BRAVO DEB")
    assert told.kind is Kind.CROSSING
    assert told.miss_km == pytest.approx(0.179507, abs=1e-6)
    assert told.relative_speed_km_s == pytest.approx(11.240872, abs=1e-6)
    ric_km = [told.radial_km, told.in_track_km, told.cross_track_km]
    assert ric_km == pytest.approx([0.118037, -0.089519, -0.101373], abs=1e-6)
    assert told.marking == "SECRET"
    (minimum,) = told.minima
    assert (minimum.utc, minimum.range_km) == (told.tca, told.miss_km)
    assert told.max_probability == pytest.approx(
        SCREENING.probability.aspect_ratio * 0.01**2 / (np.e * told.miss_km**2), rel=1e-6
    )


def test_the_error_of_the_miss_is_that_of_the_covariance_along_it():
    conjunction = oriented(sample())
    miss, covariance = conjunction.miss_vector_km, conjunction.position_covariance_km2
    along = miss @ covariance @ miss / (miss @ miss)
    across = np.trace(covariance) - along
    range_km = np.linalg.norm(miss)
    expected = np.sqrt(along + (np.sqrt(range_km**2 + across) - range_km) ** 2)
    told = approach_of(sample(), SCREENING, RISK)
    assert told.sigma_km == pytest.approx(expected, abs=ten_micrometres_km)
    assert told.resolvable is (told.miss_km > told.sigma_km)


def test_the_lower_number_is_object_1_whichever_the_message_begins_with():
    numbers = ("900000901", "900000903"), ("900000902", "900000901")
    turned = approach_of(changed(*numbers), SCREENING, RISK)
    straight = approach_of(sample(), SCREENING, RISK)
    assert (turned.norad_id_1, turned.norad_id_2) == (900000901, 900000903)
    assert (turned.name_1, turned.name_2) == (straight.name_2, straight.name_1)
    assert turned.miss_km == pytest.approx(straight.miss_km, abs=ten_micrometres_km)
    assert turned.sigma_km == pytest.approx(straight.sigma_km, abs=ten_micrometres_km)
    assert turned.probability == pytest.approx(straight.probability, rel=1e-6)
    # The radial miss turns with the roles; in-track it is seen from another velocity.
    assert turned.radial_km == pytest.approx(-straight.radial_km, abs=1e-4)


def test_a_passage_below_the_slow_limit_is_a_proximity_without_an_episode():
    slow = changed(
        ("X_DOT                          = 1.780542130", "X_DOT = 0.088457000"),
        ("Y_DOT                          = -2.247477646", "Y_DOT = -6.782400000"),
        ("Z_DOT                          = -6.934988370", "Z_DOT = 3.210370000"),
    )
    told = approach_of(slow, SCREENING, RISK)
    assert told.kind is Kind.PROXIMITY
    assert (told.episode_start, told.episode_end, len(told.minima)) == (None, None, 1)


def test_what_cannot_be_weighed_is_refused():
    with pytest.raises(MessageError, match="no catalogue number"):
        approach_of(changed(("= EXERCISE\nOBJECT_NAME", "= OURS\nOBJECT_NAME")), SCREENING, RISK)


def test_an_approach_of_an_escaping_object_is_told_without_a_probability():
    unbound = changed(("Y_DOT                          = -6.782407687", "Y_DOT = -19.0"))
    told = approach_of(unbound, SCREENING, RISK)
    assert (told.probability, told.probability_method) == (None, None)
    assert told.miss_km == approach_of(changed(), SCREENING, RISK).miss_km


def test_messages_are_told_from_element_sets_by_content_alone():
    samples = packaged("tle_samples")
    told = {file: holds_messages(file) for file in files_of(samples)}
    assert sum(told.values()) == 4
    for file, is_message in told.items():
        assert is_message is (".cdm." in file.name), file
