"""What a day itself shows: how near, how slow, how long, how well matched.

One pure function an observation, here as in `activity` and `explanations`: it takes a `Case` and
returns an `Evidence`, or None where there is nothing to say. Limits and points stand in
config/rpo.toml.
"""

from sda.orbit import Regime
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.signs import below, is_merged
from sda.rpo.model import Evidence

__all__ = [
    "bounded",
    "dwell",
    "hill_speed",
    "least_range",
    "merged",
    "other_launch",
    "plane",
    "semi_major_axis",
]


def least_range(case: Case) -> Evidence | None:
    """How near they come."""
    steps = case.config.tiers.least_range_km
    return below(case, "least-range", case.today.min_range_km, "km", steps)


def hill_speed(case: Case) -> Evidence | None:
    """How slowly they pass, seen in the turning frame."""
    speed_m_s = case.today.min_hill_speed_km_s * 1000
    return below(case, "hill-speed", speed_m_s, "m/s", case.config.tiers.hill_speed_m_s)


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
    return below(case, "plane", case.plane_km, "km", case.config.tiers.plane_km)


def semi_major_axis(case: Case) -> Evidence | None:
    """How well their periods agree."""
    return below(case, "semi-major-axis", case.da_km, "km", case.config.tiers.semi_major_axis_km)


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
