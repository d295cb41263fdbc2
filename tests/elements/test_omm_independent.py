"""Element sets that we write as OMM are read alike by readers of other hands."""

import io
from datetime import UTC, datetime
from pathlib import Path

import ccsds_ndm
import pytest
from sgp4 import omm
from sgp4.api import Satrec

from sda.elements import OmmFormat, read_files, write_omm
from sda.model import ElementSet

REAL = Path(__file__).parents[2] / "tle_samples" / "real"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = {
    "MEAN_MOTION": "mean_motion_rev_day",
    "ECCENTRICITY": "eccentricity",
    "INCLINATION": "inclination_deg",
    "RA_OF_ASC_NODE": "ra_of_asc_node_deg",
    "ARG_OF_PERICENTER": "arg_of_pericenter_deg",
    "MEAN_ANOMALY": "mean_anomaly_deg",
    "BSTAR": "bstar_per_earth_radius",
    "MEAN_MOTION_DOT": "mean_motion_dot_rev_day2",
    "MEAN_MOTION_DDOT": "mean_motion_ddot_rev_day3",
    "NORAD_CAT_ID": "norad_id",
    "ELEMENT_SET_NO": "element_set_no",
    "REV_AT_EPOCH": "rev_at_epoch",
}


def sets() -> tuple[ElementSet, ...]:
    # Some TLE have no designator or no name, and neither reader takes a set without.
    elements = tuple(e for e in read_files([REAL]).elements if e.object_id and e.name)
    assert len(elements) > 5
    return elements


@pytest.mark.parametrize("format", [OmmFormat.KVN, OmmFormat.XML])
def test_ccsds_ndm_reads_our_omm_alike(format):
    for e in sets():
        text = write_omm([e], format, "EXERCISE", CREATED)
        read = ccsds_ndm.from_str(text)
        message = read.messages[0] if isinstance(read, ccsds_ndm.Ndm) else read
        assert (message.header.originator, message.header.creation_date) == (
            "EXERCISE", "2026-01-01T00:00:00.000000",
        )  # fmt: skip
        metadata, data = message.segment.metadata, message.segment.data
        assert metadata.object_name == e.name
        assert metadata.object_id == e.object_id
        assert (metadata.ref_frame, metadata.time_system) == ("TEME", "UTC")
        assert metadata.mean_element_theory == "SGP4"
        assert data.mean_elements.epoch == e.epoch.strftime("%Y-%m-%dT%H:%M:%S.%f")
        for keyword, name in FIELDS.items():
            holder = data.mean_elements
            if not hasattr(holder, keyword.lower()):
                holder = data.tle_parameters
            given = getattr(e, name)
            assert getattr(holder, keyword.lower()) == pytest.approx(given, rel=1e-15), keyword


@pytest.mark.parametrize("format", [OmmFormat.XML, OmmFormat.CSV])
def test_sgp4_reads_our_omm_alike(format):
    elements = sets()
    text = io.StringIO(write_omm(elements, format))
    parse = omm.parse_xml if format is OmmFormat.XML else omm.parse_csv
    found = list(parse(text))
    assert len(found) == len(elements)
    for e, fields in zip(elements, found, strict=True):
        assert fields["EPOCH"] == e.epoch.strftime("%Y-%m-%dT%H:%M:%S.%f")
        for keyword, name in FIELDS.items():
            assert float(fields[keyword]) == getattr(e, name), keyword
        satellite = Satrec()
        omm.initialize(satellite, fields)
        assert satellite.satnum == e.norad_id
