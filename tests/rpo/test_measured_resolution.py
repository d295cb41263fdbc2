"""The least range of an event has the error that both objects' own histories show."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from made_events import event
from proximity import CONFIG, LEO, NOON, beside

from sda.cli.showing import explanation
from sda.orbit import Propagator
from sda.risk import ErrorOrigin, errors_of
from sda.rpo.documents import document
from sda.rpo.encounters.day import encounter
from sda.rpo.encounters.resolution import measured

DAYS = 120
HOUR = timedelta(hours=1)


def history(newest, along_m, seed):
    """Return a set a day up to the newest, wrong along the orbit by a Gaussian error."""
    rates = Propagator([newest]).record(0)
    errors_deg = np.degrees(np.random.default_rng(seed).normal(0, along_m / 6.9e6, DAYS))
    return [
        replace(
            newest,
            epoch=newest.epoch - timedelta(days=k),
            ra_of_asc_node_deg=(newest.ra_of_asc_node_deg - turned(rates.nodedot, k)) % 360,
            arg_of_pericenter_deg=(newest.arg_of_pericenter_deg - turned(rates.argpdot, k)) % 360,
            mean_anomaly_deg=(newest.mean_anomaly_deg - turned(rates.mdot, k) + error) % 360,
        )
        for k, error in enumerate(errors_deg)
    ]


def turned(rate_rad_min, days):
    return np.degrees(rate_rad_min) * 1440 * days


TWO = beside(LEO, mean_anomaly_deg=0.05)
FOUND = encounter(LEO, TWO, NOON, NOON + 6 * HOUR, CONFIG)
TRACKS = history(LEO, 20.0, 1), history(TWO, 30.0, 2)


def test_an_encounter_begins_with_the_error_of_the_table():
    assert FOUND.sigma_origin is ErrorOrigin.TABLE


def test_what_both_histories_show_goes_before_the_table():
    known = measured(FOUND, TRACKS, CONFIG.covariance)
    assert known == replace(FOUND, sigma_km=known.sigma_km, sigma_origin=ErrorOrigin.MEASURED)
    # The miss is along the orbit, and each measure holds two sets' errors.
    in_track_km = [
        errors_of(one, track, CONFIG.covariance).at(0.1)[0][1]
        for one, track in zip((LEO, TWO), TRACKS, strict=True)
    ]
    assert known.sigma_km == pytest.approx(np.hypot(*in_track_km), rel=0.02)
    assert known.sigma_km < FOUND.sigma_km / 3


@pytest.mark.parametrize("tracks", [(TRACKS[0], TRACKS[1][:5]), ([], TRACKS[1]), ([], [])])
def test_where_one_history_says_too_little_the_table_holds(tracks):
    assert measured(FOUND, tracks, CONFIG.covariance) == FOUND


def test_a_reader_is_told_whose_error_it_is():
    told = {**document(event([0])), "sigma_km": 4.0}
    of_table = "\n".join(explanation(told, {}))
    assert "(1 sigma 4 km)" in of_table
    assert "(1 sigma 4 km, measured)" in "\n".join(
        explanation({**told, "sigma_origin": "measured"}, {})
    )
