"""What shows that somebody acted."""

from datetime import timedelta
from math import degrees, radians, sin
from statistics import median
from typing import Final

from sda.constants import GEO_RADIUS_KM
from sda.orbit import Regime
from sda.rpo.judgement.cases import Case, cross_track_km
from sda.rpo.judgement.foresight import surprise
from sda.rpo.judgement.signs import is_release, is_steered, stays, steering_m_s
from sda.rpo.model import Evidence

__all__ = [
    "active_body",
    "arrival",
    "coordinated",
    "drift_match",
    "held_plane",
    "manoeuvre",
    "release",
    "returned",
    "roamer",
]

_DAY: Final = timedelta(days=1)


def arrival(case: Case) -> Evidence | None:
    """Whether they were apart before, and one steered to the other and stays."""
    limits = case.config.limits
    apart = case.last_apart
    if apart is None or case.age_days < limits.arrival_min_age_days or all(case.is_passive):
        return None
    if case.are_slot_mates:
        return None
    stay = next((one for one in reversed(case.event) if stays(case, one)), None)
    if stay is None or not is_steered(case, apart, stay):
        return None
    points = case.config.points.arrival.of(case.regime)
    if case.regime is Regime.LEO:
        days = (case.opened - apart) / _DAY
        return Evidence("arrival", days, "d after apart", "stays in its plane", points)
    mover = _mover(case)
    moved_deg = case.moved_deg[mover]
    if moved_deg < limits.arrival_moved_deg or _comes_home(case, mover):
        return None
    beside_deg = median(
        degrees(abs(one.relative.dlambda_km) / GEO_RADIUS_KM)
        for one in case.event
        if stays(case, one)
    )
    if beside_deg > limits.arrival_beside_deg:
        points = case.config.points.arrival_beside
    return Evidence("arrival", moved_deg, "deg", f">= {limits.arrival_moved_deg:g}", points)


def _mover(case: Case) -> int:
    """Return which of the two went further in longitude, of those that can burn."""
    alive = [place for place, dead in enumerate(case.is_passive) if not dead]
    return max(alive or [0], key=lambda place: case.moved_deg[place])


def _comes_home(case: Case, mover: int) -> bool:
    """Return whether an object comes from its launch to its slot, and stays there.

    Nobody's slot lies off the ring, nor so near to another's satellite.
    """
    limits, histories = case.config.limits, [course.longitudes for course in case.courses]
    mine = histories[mover]
    up_days = (case.opened - case.ties.since[mover]) / _DAY
    if mine is None or up_days >= limits.arrival_new_days:
        return False
    on_ring = all(
        history is not None and abs(history.drift_deg_day) <= case.config.longitude.still_deg_day
        for history in histories
    )
    near = any(one.min_range_km < limits.arrival_home_km for one in case.event)
    been = any(one.end < case.opened for one in mine.held_stations)
    return on_ring and not near and not been


def drift_match(case: Case) -> Evidence | None:
    """Whether the difference of their periods has been taken out, in low orbit."""
    limits = case.config.limits
    if case.regime is not Regime.LEO or all(case.is_passive):
        return None
    for one in reversed(case.event):
        da_km = abs(one.relative.da_km)
        apart = [
            other
            for other in case.encounters
            if other.start < one.start
            and (one.start - other.start) / _DAY <= limits.drift_match_days
            and abs(other.relative.da_km)
            > max(limits.drift_match_before_km, da_km / limits.drift_match_ratio)
        ]
        matched = da_km < limits.drift_match_after_km and (
            cross_track_km(one) < limits.drift_match_plane_km
        )
        if matched and apart and is_steered(case, apart[-1].start, one):
            before_km = abs(apart[-1].relative.da_km)
            threshold = f"> {limits.drift_match_before_km:g}"
            points = case.config.points.drift_match
            return Evidence("drift-match", before_km, "km before", threshold, points)
    return None


def manoeuvre(case: Case) -> Evidence | None:
    """Whether one of the two changed its orbit beyond its usual upkeep to come near or stay.

    In the belt a burn that made an arrival is no second sign of it, nor one on the way home.
    """
    limits = case.config.limits
    near = case.config.tiers.manoeuvre_range_km.of(case.regime)
    points = next((points for limit, points in near if case.today.min_range_km < limit), None)
    if points is None or all(case.is_passive):
        return None
    is_low, matched_km = case.regime is Regime.LEO, limits.unsteered_da_km
    if is_low and (case.plane_km >= limits.drift_match_plane_km or case.da_km >= matched_km):
        # Nobody stays, and who raises its orbit passes many.
        return None
    size_m_s = max(steering_m_s(case))
    limit_m_s = limits.manoeuvre_m_s.of(case.regime)
    explained = not is_low and (
        case.are_slot_mates or arrival(case) is not None or _comes_home(case, _mover(case))
    )
    if case.last_apart is not None and size_m_s >= limit_m_s and not explained:
        return Evidence("manoeuvre", size_m_s, "m/s", f">= {limit_m_s:g}", points)
    earlier = [
        one
        for one in case.encounters[: case.day]
        # In a day or so errors of da outweigh what a burn has moved.
        if case.config.foresight.jump_days
        < (case.today.start - one.start) / _DAY
        <= limits.foresight_days
        and abs(one.relative.da_km) < matched_km
    ]
    if not (is_low and earlier and is_steered(case, earlier[-1].start, case.today)):
        return None
    off = surprise(earlier[-1], case.today, case.config.foresight)
    threshold = "not by drift and decay"
    return Evidence("manoeuvre", off.along_km, "km from where it would be", threshold, points)


def active_body(case: Case) -> Evidence | None:
    """Whether what is called a stage or a motor keeps its place in the belt by itself."""
    if not any(case.is_active_body):
        return None
    burns = max(
        len(course.longitudes.unnatural_changes)
        for course, active in zip(case.courses, case.is_active_body, strict=True)
        if active and course.longitudes is not None
    )
    threshold = f">= {case.config.limits.active_body_burns}"
    return Evidence("active-body", burns, "burns", threshold, case.config.points.active_body)


def returned(case: Case) -> Evidence | None:
    """Whether they were near once before, and apart for long since."""
    near = [one.end for one in case.before if one.is_near]
    if not near or all(case.is_passive) or not any(stays(case, one) for one in case.event):
        return None
    days = (case.opened - near[-1]) / _DAY
    limit = case.config.limits.returned_days
    if days < limit:
        return None
    return Evidence("returned", days, "d away", f">= {limit:g}", case.config.points.returned)


def held_plane(case: Case) -> Evidence | None:
    """Whether one keeps the other's plane though their periods would part them, in low orbit.

    The nodes of two orbits that differ in a alone part at -3.5 da / a of the node's own rate; who
    stays in the plane has tuned the inclination against it. So has every sun-synchronous orbit,
    for another reason: there it says nothing.
    """
    limits = case.config.limits
    if case.regime is not Regime.LEO or any(case.is_passive) or case.is_sun_synchronous:
        return None
    held = case.held_within(limits.held_plane_deg)
    days = (case.today.start - held[0].start) / _DAY if held else 0.0
    if days < limits.held_plane_days:
        return None
    da_km = sum(one.relative.da_km for one in held) / len(held)
    inclination_rad = radians(case.today.set_1.inclination_deg)
    apart_deg = abs(3.5 * da_km / case.a_km * case.node_deg_day * days * sin(inclination_rad))
    limit_deg = limits.held_plane_ratio * limits.held_plane_deg
    if apart_deg <= limit_deg:
        return None
    points = case.config.points.held_plane
    return Evidence("held-plane", apart_deg, "deg", f"> {limit_deg:g}", points)


def release(case: Case) -> Evidence | None:
    """Whether a payload appeared at another that was there before, long after their launch."""
    if not is_release(case) or any(case.is_passive):
        return None
    limits = case.config.limits
    appeared = max(course.first for course in case.courses)
    days = (appeared - min(case.ties.since)) / _DAY
    if days < limits.release_after_launch_days:
        return None
    threshold = f">= {limits.release_after_launch_days:g}"
    return Evidence("release", days, "d after launch", threshold, case.config.points.release)


def coordinated(case: Case) -> Evidence | None:
    """Whether companions of one launch hold one plane in the belt."""
    limits = case.config.limits
    if (
        case.regime is not Regime.GEO
        or not case.ties.same_launch
        or case.plane_deg >= limits.coordinated_plane_deg
        or case.dwell_h < limits.coordinated_dwell_h
    ):
        return None
    threshold = f"< {limits.coordinated_plane_deg:g}"
    points = case.config.points.coordinated
    return Evidence("coordinated", case.plane_deg, "deg", threshold, points)


def roamer(case: Case) -> Evidence | None:
    """Whether one of the two has had several places in the belt."""
    stations = case.stations
    limit = case.config.limits.roamer_stations
    if case.regime is not Regime.GEO or stations < limit:
        return None
    return Evidence("roamer", stations, "places", f">= {limit}", case.config.points.roamer)
