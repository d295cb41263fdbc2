from datetime import UTC, datetime

import pytest

from sda.model import ElementSet
from sda.orbit import Regime, regime_of


def _orbit(mean_motion_rev_day, eccentricity, inclination_deg):
    return ElementSet(
        norad_id=1, name="", object_id="", epoch=datetime(2025, 1, 1, tzinfo=UTC),
        mean_motion_rev_day=mean_motion_rev_day, eccentricity=eccentricity,
        inclination_deg=inclination_deg, ra_of_asc_node_deg=0.0, arg_of_pericenter_deg=0.0,
        mean_anomaly_deg=0.0, bstar_per_earth_radius=0.0, mean_motion_dot_rev_day2=0.0,
        mean_motion_ddot_rev_day3=0.0, classification="U", ephemeris_type=0, element_set_no=1,
        rev_at_epoch=1, source="test",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("what", "orbit", "regime"),
    [
        ("ISS", _orbit(15.49, 0.0005, 51.6), Regime.LEO),
        ("LAGEOS 1", _orbit(6.39, 0.0045, 109.8), Regime.MEO),
        ("GPS", _orbit(2.0056, 0.005, 55.0), Regime.MEO),
        ("geostationary", _orbit(1.0027, 0.0002, 0.05), Regime.GEO),
        ("graveyard, 300 km above", _orbit(0.989, 0.001, 3.0), Regime.GEO),
        ("Molniya", _orbit(2.006, 0.72, 63.4), Regime.HEO),
        ("transfer to GEO", _orbit(2.3, 0.72, 27.0), Regime.HEO),
        ("VELA", _orbit(0.215, 0.1, 32.0), Regime.OTHER),
    ],
)
def test_known_orbits_fall_into_their_regime(what, orbit, regime):
    assert regime_of(orbit) is regime
