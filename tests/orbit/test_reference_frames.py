from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.framelib import itrs

from sda.elements import read_text
from sda.orbit.inspection import satellite, skyfield_time
from sda.orbit.reference_frames import ReferenceFrame, from_gcrf, teme_to_gcrf, to_gcrf
from sda.times import julian

a_micrometre_km = 1e-9
a_tenth_of_a_millimetre_km = 1e-7
UTC_TIME = datetime(2006, 6, 26, 3, 4, 5, 678900, tzinfo=UTC)
# AIAA 2006-6753, the first of the verification sets.
SET = read_text(
    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n"
    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n",
    "vanguard",
).elements[0]


def teme() -> tuple[np.ndarray, np.ndarray]:
    _, r_km, v_km_s = satellite(SET).model.sgp4(*julian(UTC_TIME))
    return np.array(r_km), np.array(v_km_s)


def test_teme_to_gcrf_and_itrf_is_as_skyfield_has_it():
    at = satellite(SET).at(skyfield_time([UTC_TIME])[0])
    r_km, v_km_s = to_gcrf(ReferenceFrame.TEME, *teme(), UTC_TIME)
    assert r_km == pytest.approx(at.position.km, abs=a_micrometre_km)
    assert v_km_s == pytest.approx(at.velocity.km_per_s, abs=1e-12)
    fixed_km, fixed_km_s = from_gcrf(ReferenceFrame.ITRF, r_km, v_km_s, UTC_TIME)
    known_km, known_km_s = at.frame_xyz_and_velocity(itrs)
    assert fixed_km == pytest.approx(known_km.km, abs=a_micrometre_km)
    assert fixed_km_s == pytest.approx(known_km_s.km_per_s, abs=1e-11)


def test_eme2000_is_gcrf_turned_by_the_frame_bias():
    r_km, v_km_s = to_gcrf(ReferenceFrame.TEME, *teme(), UTC_TIME)
    biased_km, _ = from_gcrf(ReferenceFrame.EME2000, r_km, v_km_s, UTC_TIME)
    angle_arcsec = np.linalg.norm(biased_km - r_km) / np.linalg.norm(r_km) * 206265
    assert 0.001 < angle_arcsec < 0.025
    # Conventional values of IERS 2010, 5.4.4: dalpha0 = -14.6 mas turns x towards y.
    turned = from_gcrf(ReferenceFrame.EME2000, np.array([1.0, 0, 0]), np.zeros(3), UTC_TIME)[0]
    assert turned[1] * 206265e3 == pytest.approx(14.6, abs=0.1)


@pytest.mark.parametrize("frame", ReferenceFrame)
def test_there_and_back_is_nothing(frame):
    r_km, v_km_s = teme()
    there = from_gcrf(frame, r_km, v_km_s, UTC_TIME)
    back = to_gcrf(frame, *there, UTC_TIME)
    assert back[0] == pytest.approx(r_km, abs=a_micrometre_km)
    assert back[1] == pytest.approx(v_km_s, abs=1e-12)


def test_many_states_are_turned_as_each_alone():
    times = [UTC_TIME + timedelta(hours=hours) for hours in (0, 0.25, 7.5, 8.0, 100.1, 167.99)]
    r_km, v_km_s = (np.tile(one, (len(times), 1)) * 4 for one in teme())
    turned_km, turned_km_s = teme_to_gcrf(r_km, v_km_s, times)
    for k, time in enumerate(times):
        alone_km, alone_km_s = to_gcrf(ReferenceFrame.TEME, r_km[k], v_km_s[k], time)
        assert turned_km[k] == pytest.approx(alone_km, abs=a_tenth_of_a_millimetre_km)
        assert turned_km_s[k] == pytest.approx(alone_km_s, abs=1e-10)
    nothing = np.empty((0, 3))
    assert teme_to_gcrf(nothing, nothing, [])[0].shape == (0, 3)
