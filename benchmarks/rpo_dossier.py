"""What the element sets alone say of a pair: the dossier that a person judges by.

No score, verdict or class stands in it, and nothing of it comes from the code that is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import pi

from rpo_sets import DAY, Meeting, Sky, noon

from sda.constants import MU_KM3_S2
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.times import julian

BEFORE, AFTER = timedelta(days=2), timedelta(days=4)
"""Around a snapshot's date: its sets serve for these days."""
SIDEREAL_REV_DAY = 1.00273790935


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A pair around the date of one catalogue."""

    when: date
    set_1: ElementSet | None
    set_2: ElementSet | None
    meeting: Meeting | None
    """The day on which the older of the two is youngest; None when there is none."""
    least: Meeting | None
    """The day with the least range."""


def snapshots(sky: Sky, first: int, second: int, dates: Sequence[date]) -> list[Snapshot]:
    """Return how a pair stands at each date."""
    found = []
    for when in dates:
        sets = [near(sky, number, when) for number in (first, second)]
        seen = sky.meetings(first, second, when - BEFORE, when + AFTER)
        fresh = min(seen, key=lambda one: max(map(abs, one.ages_days())), default=None)
        least = min(seen, key=lambda one: one.min_range_km, default=None)
        found.append(Snapshot(when, sets[0], sets[1], fresh, least))
    return found


def near(sky: Sky, number: int, when: date) -> ElementSet | None:
    """Return an object's set of a catalogue: the nearest, if within ten days of its date."""
    one = sky.nearest(number, noon(when))
    return one if one is not None and abs(one.epoch - noon(when)) < 10 * DAY else None


def dossier(sky: Sky, first: int, second: int, dates: Sequence[date]) -> str:
    """Return the dossier of a pair as text."""
    lines = [f"{first} {described(sky, first)}", f"{second} {described(sky, second)}"]
    lines.append(
        "date       | a1 km  da1 | e1     i1      | lon1  drift | a2 km  da2 | i2      "
        "| lon2  drift | range km       | hill m/s | h near | da km  | plane deg | ages d"
    )
    last: dict[int, float] = {}
    for one in snapshots(sky, first, second, dates):
        cells = [one.when.isoformat()]
        for place, given in ((1, one.set_1), (2, one.set_2)):
            if given is None:
                cells.append("no set")
                continue
            change = sma_km(given) - last.get(place, sma_km(given))
            last[place] = sma_km(given)
            cells.append(f"{sma_km(given):8.1f} {change:+7.2f}")
            shape = f"{given.eccentricity:.5f} " if place == 1 else ""
            cells.append(f"{shape}{given.inclination_deg:7.3f}")
            if regime_of(given) is Regime.GEO:
                cells.append(f"{longitude_deg(given):6.2f} {drift_deg_day(given):+6.2f}")
        cells += met(one)
        lines.append(" | ".join(cells))
    return "\n".join(lines)


def met(one: Snapshot) -> list[str]:
    """Return the cells of a pair's meeting."""
    meeting, least = one.meeting, one.least
    if meeting is None or least is None:
        return ["not valid together"]
    ages = meeting.ages_days()
    return [
        f"{meeting.min_range_km:.2f}-{meeting.max_range_km:.0f}",
        f"{meeting.hill_speed_m_s:.2f}",
        f"{meeting.dwell_h:.1f}",
        f"{sma_km(meeting.set_2) - sma_km(meeting.set_1):+.3f}",
        f"{meeting.plane_deg:.4f}",
        f"{ages[0]:+.1f} {ages[1]:+.1f}",
        f"least {least.min_range_km:.2f} on {least.day:%m-%d}",
    ]


def described(sky: Sky, number: int) -> str:
    """Return name, launch, first set, and how much an object's semi-major axis moved."""
    sets = sky.tracks.get(number, [])
    if not sets:
        return "no sets"
    newest = sets[-1]
    launch = newest.object_id[:8]
    mates = sum(1 for track in sky.tracks.values() if launch and track[-1].object_id[:8] == launch)
    sizes = [sma_km(one) for one in sets]
    return (
        f"{newest.name} {newest.object_id} (launch of {mates} here), {len(sets)} sets from "
        f"{sets[0].epoch:%Y-%m-%d}, a {min(sizes):.1f} to {max(sizes):.1f} km"
    )


def sma_km(given: ElementSet) -> float:
    """Return the semi-major axis by Kepler's third law."""
    rate = given.mean_motion_rev_day * 2 * pi / 86400
    return float((MU_KM3_S2 / rate**2) ** (1 / 3))


def drift_deg_day(given: ElementSet) -> float:
    """Return the drift in longitude, east positive."""
    return (given.mean_motion_rev_day - SIDEREAL_REV_DAY) * 360


def longitude_deg(given: ElementSet) -> float:
    """Return the mean longitude at epoch, -180 to 180 east."""
    mean = given.ra_of_asc_node_deg + given.arg_of_pericenter_deg + given.mean_anomaly_deg
    return (mean - sidereal_deg(given.epoch) + 180) % 360 - 180


def sidereal_deg(when: datetime) -> float:
    """Return Greenwich mean sidereal time (IAU 1982, linear part)."""
    jd, fr = julian(when)
    return float((280.46061837 + 360.98564736629 * ((jd - 2451545.0) + fr)) % 360)
