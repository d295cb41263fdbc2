"""Say what speaks for and against an operation: one pure function an observation.

Each takes a `Case` and returns an `Evidence`, or None where there is nothing to say. Limits and
points stand in config/rpo.toml.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import degrees, radians, sin
from statistics import median
from typing import Final

from sda.constants import GEO_RADIUS_KM
from sda.orbit import Regime
from sda.rpo.cases import Case, cross_track_km
from sda.rpo.config import StepsByRegime
from sda.rpo.foresight import surprise
from sda.rpo.model import Encounter, Evidence

__all__ = ["ACTIVITY", "AGAINST", "PROXIMITY", "collected"]

Observation = Callable[[Case], Evidence | None]

_DAY: Final = timedelta(days=1)
_KM_PER_DEG_DAY: Final = 77.9
"""Difference of semi-major axis for a drift of 1 deg a day in the belt (1.5 n / a)."""


def least_range(case: Case) -> Evidence | None:
    """How near they come."""
    steps = case.config.tiers.least_range_km
    return _below(case, "least-range", case.today.min_range_km, "km", steps)


def hill_speed(case: Case) -> Evidence | None:
    """How slowly they pass, seen in the turning frame."""
    speed_m_s = case.today.min_hill_speed_km_s * 1000
    return _below(case, "hill-speed", speed_m_s, "m/s", case.config.tiers.hill_speed_m_s)


def dwell(case: Case) -> Evidence | None:
    """How many hours of the day they stay near and slow."""
    for limit, points in case.config.tiers.dwell_hours.of(case.regime):
        if case.dwell_h >= limit:
            return Evidence("dwell", case.dwell_h, "h", f">= {limit:g}", points)
    return None


def plane(case: Case) -> Evidence | None:
    """How well their planes agree; in the belt, that two hold one inclined plane says more."""
    limits = case.config.limits
    inclination_deg = min(case.today.set_1.inclination_deg, case.today.set_2.inclination_deg)
    if case.regime is Regime.GEO and inclination_deg > limits.tuned_plane_min_inclination_deg:
        of_it_deg = limits.tuned_plane_of_inclination * inclination_deg
        within_deg = max(limits.tuned_plane_deg, of_it_deg)
        if case.plane_deg <= within_deg and case.da_km < limits.tuned_plane_da_km:
            points = case.config.points.tuned_plane
            return Evidence("tuned-plane", case.plane_deg, "deg", f"<= {within_deg:.3g}", points)
    return _below(case, "plane", case.plane_km, "km", case.config.tiers.plane_km)


def semi_major_axis(case: Case) -> Evidence | None:
    """How well their periods agree."""
    return _below(case, "semi-major-axis", case.da_km, "km", case.config.tiers.semi_major_axis_km)


def bounded(case: Case) -> Evidence | None:
    """Whether they stay together all day."""
    limit_km = case.config.limits.bounded_km
    whole = case.today.evaluated_h >= case.config.limits.whole_day_h
    if not whole or not case.today.max_range_km < limit_km:
        return None
    points = case.config.points.bounded
    return Evidence("bounded", case.today.max_range_km, "km", f"< {limit_km:g}", points)


def merged(case: Case) -> Evidence | None:
    """Whether their sets cannot be told apart."""
    if not is_merged(case, case.today):
        return None
    limit_km, points = case.config.limits.merged_km, case.config.points.merged
    return Evidence("merged", case.today.min_range_km, "km", f"< {limit_km:g}", points)


def other_launch(case: Case) -> Evidence | None:
    """Whether they went up apart: they met on purpose or by chance, not by birth."""
    ties = case.ties
    if ties.same_launch or ties.same_family or not all(ties.launches):
        return None
    words = f"{ties.launches[0]} and {ties.launches[1]}"
    return Evidence("other-launch", words, "", "differ", case.config.points.other_launch)


def arrival(case: Case) -> Evidence | None:
    """Whether they were apart before, and one steered to the other and stays."""
    limits = case.config.limits
    apart = case.last_apart
    if apart is None or case.age_days < limits.arrival_min_age_days or all(case.is_passive):
        return None
    if case.are_slot_mates:
        return None
    stay = next((one for one in reversed(case.event) if _stays(case, one)), None)
    if stay is None or not _is_steered(case, apart, stay):
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
        if _stays(case, one)
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
        if matched and apart and _is_steered(case, apart[-1].start, one):
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
    size_m_s = max(steering_m_s(case))
    limit_m_s = limits.manoeuvre_m_s.of(case.regime)
    explained = case.regime is Regime.GEO and (
        case.are_slot_mates or arrival(case) is not None or _comes_home(case, _mover(case))
    )
    if case.last_apart is not None and size_m_s >= limit_m_s and not explained:
        return Evidence("manoeuvre", size_m_s, "m/s", f">= {limit_m_s:g}", points)
    # Where periods differ much, what is foreseen is too vague, and nobody stays.
    matched_km = limits.unsteered_da_km
    if (
        case.regime is not Regime.LEO
        or case.plane_km >= limits.drift_match_plane_km
        or case.da_km >= matched_km
    ):
        return None
    earlier = [
        one
        for one in case.encounters[: case.day]
        if 1.5 < (case.today.start - one.start) / _DAY <= limits.foresight_days
        and abs(one.relative.da_km) < matched_km
    ]
    if not earlier or not _is_steered(case, earlier[-1].start, case.today):
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
    if not near or all(case.is_passive) or not any(_stays(case, one) for one in case.event):
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


def passive(case: Case) -> Evidence | None:
    """Whether neither can manoeuvre."""
    if not all(case.is_passive):
        return None
    return Evidence("passive", "both", "", "rocket body, debris", case.config.points.passive)


def launch(case: Case) -> Evidence | None:
    """Whether they are near because they went up together."""
    limits, points = case.config.limits, case.config.points
    if not case.ties.same_launch:
        return None
    objects = case.ties.launch_objects
    if objects > limits.many_launch_objects:
        threshold = f"> {limits.many_launch_objects}"
        return Evidence("many-launch", objects, "objects", threshold, points.many_launch)
    if case.regime is Regime.LEO:
        return Evidence("same-launch", objects, "objects", "one launch", points.same_launch)
    return None


def new_launch(case: Case) -> Evidence | None:
    """Whether they are newly up, and still on their way from each other."""
    limit = case.config.limits.new_launch_days
    up_days = (case.today.start - max(case.ties.since)) / _DAY
    if case.regime is not Regime.LEO or not case.ties.same_launch or up_days >= limit:
        return None
    return Evidence("new-launch", up_days, "d", f"< {limit:g}", case.config.points.new_launch)


def steady(case: Case) -> Evidence | None:
    """Whether they have kept one distance for as long as they are known."""
    limits = case.config.limits
    if case.last_apart is not None or any(not one.is_near for one in case.encounters):
        return None
    first = case.encounters[0]
    days = (case.encounters[-1].start - first.start) / _DAY
    lows_km = [one.min_range_km for one in case.encounters]
    if days < limits.steady_days or max(lows_km) - min(lows_km) > limits.steady_change_km:
        return None
    return Evidence("steady", days, "d", f">= {limits.steady_days:g}", case.config.points.steady)


def slot_mates(case: Case) -> Evidence | None:
    """Whether they share a slot in the belt as they always did."""
    if not case.are_slot_mates:
        return None
    return Evidence("slot-mates", "shared slot", "", "", case.config.points.slot_mates)


def same_family(case: Case) -> Evidence | None:
    """Whether they are of one fleet in the belt."""
    if case.regime is not Regime.GEO or not case.ties.same_family:
        return None
    return Evidence("same-family", "one fleet", "", "", case.config.points.same_family)


def drifting(case: Case) -> Evidence | None:
    """Whether they drift past each other in the belt."""
    limit = case.config.limits.drifting_deg_day
    drift_deg_day = case.da_km / _KM_PER_DEG_DAY
    if case.regime is not Regime.GEO or drift_deg_day < limit:
        return None
    points = case.config.points.drifting
    return Evidence("drifting", drift_deg_day, "deg/d", f">= {limit:g}", points)


def stale(case: Case) -> Evidence | None:
    """Whether the day rests on an old set."""
    today = case.today
    middle = today.start + (today.end - today.start) / 2
    age_days = max((middle - one.epoch) / _DAY for one in (today.set_1, today.set_2))
    limit = case.config.limits.stale_days.of(case.regime)
    if age_days < limit:
        return None
    return Evidence("stale", age_days, "d", f">= {limit:g}", case.config.points.stale)


PROXIMITY: Final[tuple[Observation, ...]] = (
    least_range,
    hill_speed,
    dwell,
    plane,
    semi_major_axis,
    bounded,
    merged,
    other_launch,
)
"""What the day itself shows."""

ACTIVITY: Final[tuple[Observation, ...]] = (
    arrival,
    drift_match,
    manoeuvre,
    returned,
    held_plane,
    release,
    active_body,
    coordinated,
    roamer,
)
"""What shows that somebody acted."""

AGAINST: Final[tuple[Observation, ...]] = (
    passive,
    launch,
    new_launch,
    steady,
    slot_mates,
    same_family,
    drifting,
    stale,
)
"""What explains it otherwise."""


def collected(case: Case, observations: tuple[Observation, ...]) -> Iterator[Evidence]:
    """Yield what observations there are, in their order."""
    for observe in observations:
        evidence = observe(case)
        if evidence is not None:
            yield evidence


def is_merged(case: Case, one: Encounter) -> bool:
    """Return whether a day's sets cannot be told apart: docked, or one object twice."""
    limits = case.config.limits
    return (
        one.evaluated_h >= limits.whole_day_h
        and one.min_range_km < limits.merged_km
        and one.max_range_km < limits.merged_max_km
        and degrees(one.plane_rad) < limits.merged_plane_deg
    )


def is_release(case: Case) -> bool:
    """Return whether one object appeared at another of its launch that was there before it."""
    limits, first = case.config.limits, case.event[0]
    appeared = max(course.first for course in case.courses)
    older = min(course.first for course in case.courses)
    return (
        case.ties.same_launch
        and (appeared - older) / _DAY >= limits.release_after_days
        and abs(first.start - appeared) / _DAY <= limits.release_after_days
        and first.min_range_km < limits.release_range_km
        and (case.today.start - appeared) / _DAY <= limits.release_days
    )


def steering_m_s(case: Case) -> tuple[float, float]:
    """Return the greatest change of speed of each since shortly before the event."""
    since = case.opened - case.config.limits.manoeuvre_days * _DAY
    until = case.today.end
    first, second = (
        0.0 if dead else course.steered_m_s(since, until)
        for course, dead in zip(case.courses, case.is_passive, strict=True)
    )
    return first, second


def _is_steered(case: Case, since: datetime, stay: Encounter) -> bool:
    """Return whether one of the two steered between two times, by what nature leaves unexplained.

    In low orbit the difference of two decays brings periods together too.
    """
    limits = case.config.limits
    if case.regime is not Regime.LEO:
        sizes = (
            0.0 if dead else course.steered_m_s(since, stay.end)
            for course, dead in zip(case.courses, case.is_passive, strict=True)
        )
        return max(sizes) >= limits.manoeuvre_m_s.of(case.regime)
    first_km, second_km = (course.raised_km(since, stay.start) for course in case.courses)
    one_km, other_km = (course.decayed_km(since, stay.start) for course in case.courses)
    doubt_km = case.config.foresight.decay_share * abs(other_km - one_km)
    if abs(second_km - first_km) >= max(limits.steered_da_km, doubt_km):
        return True
    foresight = case.config.foresight
    apart = next((one for one in case.encounters if one.start == since), None)
    if apart is None:
        return False
    return surprise(apart, stay, foresight).is_one(foresight)


def _stays(case: Case, one: Encounter) -> bool:
    """Return whether a day is one of staying: near, with matched periods."""
    limits = case.config.limits
    if abs(one.relative.da_km) >= limits.arrival_da_km.of(case.regime):
        return False
    if case.regime is not Regime.LEO:
        return one.min_range_km < limits.arrival_range_km
    in_plane = cross_track_km(one) < limits.arrival_plane_km
    return in_plane and one.dwell_s >= limits.arrival_dwell_h * 3600


def _below(case: Case, name: str, value: float, unit: str, steps: StepsByRegime) -> Evidence | None:
    """Return the first tier that a value lies below."""
    for limit, points in steps.of(case.regime):
        if value < limit:
            return Evidence(name, value, unit, f"< {limit:g}", points)
    return None
