import re
from dataclasses import replace

import numpy as np
import pytest
from cdm_messages import KVN, sample

from sda.ccsds import Cdm, read_cdm_text
from sda.ccsds.conjunctions import combined_radius, conjunction_of, norad_id_of
from sda.errors import MessageError
from sda.frames import ric_axes
from sda.orbit.reference_frames import ReferenceFrame, from_gcrf, to_gcrf

SIGMAS_KM = (0.05, 0.4, 0.03)


def changed(cdm: Cdm, obj: int, **values: str) -> Cdm:
    """Return a message with other values of an object."""
    name = f"object_{obj}"
    entries = tuple(
        replace(one, value=values[one.keyword]) if one.keyword in values else one
        for one in getattr(cdm, name)
    )
    return replace(cdm, **{name: entries})


def test_states_and_covariances_come_in_km_and_in_the_frame_of_the_state():
    cdm = sample()
    conjunction = conjunction_of(cdm)
    assert conjunction.tca == cdm.time("TCA")
    assert conjunction.miss_km * 1000 == pytest.approx(cdm.number("MISS_DISTANCE"), abs=1e-3)
    assert conjunction.relative_speed_km_s * 1000 == pytest.approx(
        cdm.number("RELATIVE_SPEED"), abs=1e-3
    )
    for obj, state in ((1, conjunction.object_1), (2, conjunction.object_2)):
        axes = ric_axes(state.r_km, state.v_km_s)
        position = axes @ state.covariance[:3, :3] @ axes.T
        for row, name in enumerate("RTN"):
            for column, other in enumerate("RTN"[: row + 1]):
                assert position[row, column] * 1e6 == pytest.approx(
                    cdm.number(f"C{name}_{other}", obj), rel=1e-9, abs=1e-9
                )
        rates = axes @ state.covariance[3:, 3:] @ axes.T
        assert rates[1, 1] * 1e6 == pytest.approx(cdm.number("CTDOT_TDOT", obj), rel=1e-9)


@pytest.mark.parametrize("frame", ["GCRF", "ITRF", "EME2000"])
def test_geometry_does_not_depend_on_the_frame_that_states_are_given_in(frame):
    cdm = sample()
    known = conjunction_of(cdm)
    turned = cdm
    for obj, state in ((1, known.object_1), (2, known.object_2)):
        gcrf = to_gcrf(ReferenceFrame.EME2000, state.r_km, state.v_km_s, known.tca)
        r_km, v_km_s = from_gcrf(ReferenceFrame(frame), *gcrf, known.tca)
        names = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
        values = [f"{value:.15e}" for value in (*r_km, *v_km_s)]
        states = dict(zip(names, values, strict=True))
        turned = changed(turned, obj, REF_FRAME=frame, **states)
    found = conjunction_of(turned)
    assert found.miss_km == pytest.approx(known.miss_km, abs=1e-9)
    assert found.relative_speed_km_s == pytest.approx(known.relative_speed_km_s, abs=1e-9)
    one, other = (c.position_covariance_km2 for c in (found, known))
    assert np.linalg.eigvalsh(one) == pytest.approx(np.linalg.eigvalsh(other), rel=1e-9)
    along_1 = found.miss_vector_km @ one @ found.miss_vector_km
    along_2 = known.miss_vector_km @ other @ known.miss_vector_km
    assert along_1 == pytest.approx(along_2, rel=1e-8)


def test_a_centre_that_is_not_the_earth_and_states_without_a_plane_are_refused():
    with pytest.raises(MessageError, match="ORBIT_CENTER MOON of object 2"):
        conjunction_of(changed(sample(), 2, ORBIT_CENTER="MOON"))
    with pytest.raises(MessageError, match="state of object 1 has no plane"):
        conjunction_of(changed(sample(), 1, X_DOT="0", Y_DOT="0", Z_DOT="0"))


def radius(text: str, given_m: float | None = None) -> tuple[float, str]:
    (cdm,) = read_cdm_text(text, "made")
    found = combined_radius(cdm, 5.0, given_m)
    return found.radius_km * 1000, found.source


def test_the_radius_is_the_one_given_then_the_messages_then_by_size_then_assumed():
    assert radius(KVN, 7.0) == (7.0, "given")
    assert radius(KVN) == (12.0, "COMMENT HBR of the message")
    without = KVN.replace("COMMENT HBR = 12 [m]\n", "")
    size_m, source = radius(without)
    assert source.startswith("AREA_PC of object 1")
    (cdm,) = read_cdm_text(without, "made")
    assert size_m > np.sqrt(cdm.number("AREA_PC", 1) / np.pi)
    bare = "\n".join(line for line in without.splitlines() if not line.startswith("AREA_PC"))
    assert radius(bare) == (10.0, "assumed 5 m for object 1, of unknown size; "
                            "assumed 5 m for object 2, of unknown size")  # fmt: skip
    for nonsense in ("HBR = NaN", "HBR = -3 [m]", "HBR = unknown", "HBR = 0"):
        assert radius(KVN.replace("HBR = 12 [m]", nonsense))[1].startswith("AREA_PC")


def test_a_size_in_another_unit_is_turned_or_left_out():
    for same in ("HBR = 0.012 [km]", "HBR = 1200 cm", "HBR=12", "HBR = 12 m"):
        assert radius(KVN.replace("HBR = 12 [m]", same))[0] == pytest.approx(12.0)
    assert radius(KVN.replace("HBR = 12 [m]", "HBR = 12 [ft]"))[1].startswith("AREA_PC")
    without = KVN.replace("COMMENT HBR = 12 [m]\n", "")
    assert "m**2" in without
    in_km = re.sub(r"(AREA_PC .*)\[m\*\*2\]", r"\1[km**2]", without)
    assert radius(in_km)[1].startswith("assumed 5 m for object 1")


def test_a_covariance_beyond_any_orbit_is_refused_with_its_line():
    text = re.sub(r"(\nCT_T *= )\S+", r"\g<1>1e300", KVN, count=1)
    line = text[: text.index("1e300")].count("\n") + 1
    with pytest.raises(MessageError, match=rf"line {line}: CT_T = 1e\+300 of object 1"):
        conjunction_of(read_cdm_text(text, "made")[0])


def test_designators_of_a_catalogue_of_numbers_are_numbers():
    cdm = sample()
    assert norad_id_of(cdm, 1) == 900000901
    assert norad_id_of(changed(cdm, 1, OBJECT_DESIGNATOR="000020580"), 1) == 20580
    assert norad_id_of(changed(cdm, 1, OBJECT_DESIGNATOR="A1234"), 1) is None
    assert norad_id_of(changed(cdm, 1, OBJECT_DESIGNATOR="0"), 1) is None
    assert norad_id_of(changed(cdm, 1, CATALOG_NAME="COSPAR"), 1) is None
