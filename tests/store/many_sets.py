"""Element sets enough to fill several inserts, for this process and for one to be killed."""

from dataclasses import replace
from datetime import UTC, datetime

from sda.model import ElementSet
from sda.store import Ingestion

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
_FIRST = ElementSet(
    norad_id=1,
    name="OBJECT",
    object_id="",
    epoch=EPOCH,
    mean_motion_rev_day=15.0,
    eccentricity=0.001,
    inclination_deg=51.6,
    ra_of_asc_node_deg=0.0,
    arg_of_pericenter_deg=0.0,
    mean_anomaly_deg=0.0,
    bstar_per_earth_radius=1e-4,
    mean_motion_dot_rev_day2=0.0,
    mean_motion_ddot_rev_day3=0.0,
    classification="U",
    ephemeris_type=0,
    element_set_no=999,
    rev_at_epoch=1,
    source="public",
)
SETS = [replace(_FIRST, norad_id=n, mean_anomaly_deg=n % 360 / 7) for n in range(1, 12_001)]


def ingestion() -> Ingestion:
    """Return the record of one reading."""
    return Ingestion("catalogue.txt", "cd" * 32, "public", EPOCH)
