"""Names that no file and no database can hold are refused when they are read."""

import json

import pytest

from sda.elements import read_text

OMM = {
    "OBJECT_NAME": "INVENTED 1",
    "OBJECT_ID": "2020-001A",
    "EPOCH": "2025-08-08T12:00:00.000000",
    "MEAN_MOTION": 15.2,
    "ECCENTRICITY": 0.001,
    "INCLINATION": 53.0,
    "RA_OF_ASC_NODE": 40.0,
    "ARG_OF_PERICENTER": 90.0,
    "MEAN_ANOMALY": 10.0,
    "NORAD_CAT_ID": 1,
    "BSTAR": 1e-5,
    "CLASSIFICATION_TYPE": "U",
}


@pytest.mark.parametrize("keyword", ["OBJECT_NAME", "OBJECT_ID", "CLASSIFICATION_TYPE"])
@pytest.mark.parametrize("text", ["\ud800", "HALF \udfff A PAIR", "NUL \0"])
def test_half_a_surrogate_pair_or_a_nul_is_a_reject_that_can_be_written(keyword, text):
    good = {**OMM, "NORAD_CAT_ID": 2}
    reading = read_text(json.dumps([{**OMM, keyword: text}, good]), "file")
    assert [one.norad_id for one in reading.elements] == [2]
    (reject,) = reading.rejects
    assert "half a surrogate pair" in reject.reason
    assert (reject.reason + reject.expected + reject.text).encode()


@pytest.mark.parametrize("name", ["ÉTOILE", "北斗", "🛰", "\ufffd"])
def test_a_name_in_any_script_is_kept(name):
    reading = read_text(json.dumps([{**OMM, "OBJECT_NAME": name}]), "file")
    assert [one.name for one in reading.elements] == [name]
