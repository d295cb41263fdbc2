"""Any pair whatever, in low orbit or in the belt, for laws that hold of all."""

from dataclasses import replace

from hypothesis import strategies as st
from made_cases import (
    APART,
    DEAD,
    TOGETHER,
    away,
    case,
    high,
    hulk,
    inclined,
    level,
    low,
    related,
    slot,
    visitor,
)

from sda.orbit import Regime

SETS_OF_DAYS = st.lists(
    st.tuples(
        st.booleans(),
        st.floats(0, 199),
        st.floats(0, 60),
        st.floats(-6, 6),
        st.floats(0, 30),
        st.floats(0, 86400),
        st.floats(0, 0.02),
        st.floats(0, 6),
    ),
    min_size=1,
    max_size=6,
)
COURSES = {
    Regime.LEO: (level(1), level(2, raised_at=110), level(2, 110), level(1, raised_at=100)),
    Regime.GEO: (slot(1), visitor(1), visitor(1, places=3), hulk(2), slot(2, 20.3)),
}


@st.composite
def cases(draw):
    """Any pair whatever, near on the last day."""
    regime = draw(st.sampled_from([Regime.LEO, Regime.GEO]))
    tilt_deg = draw(st.sampled_from([0.05, 5.0, 65.0]))
    first, days = 114.0, []
    drawn = draw(SETS_OF_DAYS)
    gap = draw(st.sampled_from([1, 5, 40]))
    for place, (is_near, range_km, more_km, da_km, di_km, dwell_s, plane, speed) in enumerate(
        drawn
    ):
        day = (low if regime is Regime.LEO else high)(
            first - gap * (len(drawn) - 1 - place),
            range_km,
            max_range_km=range_km + more_km,
            dwell_s=dwell_s,
            plane_rad=plane,
            min_hill_speed_km_s=speed / 1000,
        )
        day = related(inclined(day, tilt_deg), da_km=da_km, dix_km=di_km)
        last = place == len(drawn) - 1
        days.append(day if is_near or last else away(day, 500 + range_km))
    ties = draw(st.sampled_from([APART, TOGETHER, DEAD]))
    ties = replace(
        ties,
        passive=draw(st.tuples(st.booleans(), st.booleans())),
        same_family=draw(st.booleans()),
        since=draw(st.sampled_from([ties.since, (days[0].start, days[0].start)])),
    )
    if ties.same_launch:
        ties = replace(ties, launch_objects=draw(st.integers(2, 20)))
    one = draw(st.sampled_from(COURSES[regime]))
    two = draw(st.sampled_from(COURSES[regime]))
    return case(
        days,
        courses=(one, two),
        ties=ties,
        right=draw(st.sampled_from(["", "", "station 5"])),
    )
