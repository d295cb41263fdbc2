"""Events made by hand: a pair that is near day after day, for tests of what becomes of events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sda.model import ElementSet
from sda.orbit import Regime, RelativeElements
from sda.rpo.model import (
    Approach,
    Encounter,
    Episode,
    Event,
    EventClass,
    Evidence,
    Score,
    Trend,
    Verdict,
)

DAY = timedelta(days=1)
OPENED = datetime(2026, 10, 1, tzinfo=UTC)
_SET = ElementSet(
    norad_id=11,
    name="INSPECTOR",
    object_id="2025-001A",
    epoch=OPENED,
    mean_motion_rev_day=1.0027,
    eccentricity=0.0002,
    inclination_deg=0.05,
    ra_of_asc_node_deg=80.0,
    arg_of_pericenter_deg=10.0,
    mean_anomaly_deg=20.0,
    bstar_per_earth_radius=0.0,
    mean_motion_dot_rev_day2=0.0,
    mean_motion_ddot_rev_day3=0.0,
    classification="U",
    ephemeris_type=0,
    element_set_no=1,
    rev_at_epoch=1,
    source="public",
)


def encounter(day, range_km=10.0, first=11, second=22, **changes):
    """Return a day on which a pair is near; `day` counts from `OPENED`."""
    start = OPENED + day * DAY
    made = Encounter(
        start=start,
        end=start + DAY,
        set_1=replace(_SET, norad_id=first, epoch=start - DAY / 4),
        set_2=replace(_SET, norad_id=second, name="TARGET", epoch=start),
        min_range_km=range_km,
        min_range_utc=start + DAY / 2,
        max_range_km=range_km + 50,
        min_hill_speed_km_s=0.0005,
        near_from=start,
        near_to=start + DAY,
        dwell_s=7200.0,
        approaches=(Approach(start + DAY / 2, range_km, 0.0005, (1.0, -range_km, -0.0)),),
        relative=RelativeElements(0.1, 10.0 + 2 * day, 0.0, 0.0, 0.3, 0.4),
        plane_rad=1e-5,
        sigma_km=4.0,
    )
    return replace(made, **changes)


def event(days, *, first=11, second=22, ranges_km=None, opened=None, **changes):
    """Return an event of days (counted from `OPENED`), one episode for each row of days on end."""
    days = list(days)
    ranges_km = ranges_km or {}
    near = [encounter(day, ranges_km.get(day, 10.0), first, second) for day in days]
    episodes = []
    for one in near:
        if episodes and episodes[-1][-1].end == one.start:
            episodes[-1].append(one)
        else:
            episodes.append([one])
    nearest = min(near, key=lambda one: one.min_range_km)
    opening = near[0].start if opened is None else OPENED + opened * DAY
    made = Event(
        event_id=f"{first}-{second}-{opening:%Y%m%d}",
        regime=Regime.GEO,
        norad_id_1=first,
        name_1="INSPECTOR",
        norad_id_2=second,
        name_2="TARGET",
        event_class=EventClass.LOITER,
        score=Score(
            65.5,
            (
                Evidence("least-range", nearest.min_range_km, "km", "10", 15.0),
                Evidence("arrival", "inspector came", "", "moved over 0.3 deg", 50.5),
            ),
            "",
        ),
        verdict=Verdict.PROBABLE,
        declared="",
        actor_norad_id=first,
        start=opening,
        end=near[-1].end,
        is_open=True,
        min_range_km=nearest.min_range_km,
        min_range_utc=nearest.min_range_utc,
        min_hill_speed_km_s=0.0005,
        dwell_s=7200.0 * len(near),
        resolvable=nearest.min_range_km > nearest.sigma_km,
        episodes=tuple(Episode(some[0].start, some[-1].end, tuple(some)) for some in episodes),
        trend=tuple(
            Trend(one.end, one.min_range_km, 65.5, EventClass.LOITER, Verdict.PROBABLE)
            for one in near
        ),
    )
    return replace(made, **changes)
