"""Add up the evidence, as far as the gates let it count."""

from collections.abc import Iterator

from sda.orbit import Regime
from sda.rpo.config import VerdictsConfig
from sda.rpo.context.declared import SERVICING
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.evidence import ACTIVITY, AGAINST, PROXIMITY, collected
from sda.rpo.judgement.explanations import steady
from sda.rpo.model import Evidence, Score, Verdict

__all__ = ["scored", "verdict_of"]

_MEETING = frozenset(
    {"arrival", "drift-match", "manoeuvre", "returned", "coordinated", "release", "active-body"}
)
"""What two of one launch do on purpose; that one of them roams says nothing of it.

Of a fleet it is less: in low orbit they burn to keep their distances, and in the belt a new
satellite comes to the slot of an old one.
"""


def scored(case: Case) -> Score:
    """Return the score of a pair on a day, with the evidence it consists of."""
    proximity = tuple(collected(case, PROXIMITY))
    activity = tuple(collected(case, ACTIVITY))
    evidence = (*proximity, *activity, *collected(case, AGAINST))
    points = max(0.0, sum(one.points for one in evidence))
    caps = dict(_gates(case, proximity, activity))
    gate = min(caps, key=lambda name: caps[name], default="")
    if gate and points > caps[gate]:
        return Score(caps[gate], evidence, gate)
    return Score(points, evidence, "")


def verdict_of(points: float, config: VerdictsConfig) -> Verdict:
    """Return the verdict that a number of points makes."""
    if points >= config.probable:
        return Verdict.PROBABLE
    if points >= config.possible:
        return Verdict.POSSIBLE
    return Verdict.WATCH if points >= config.watch else Verdict.NONE


def _gates(
    case: Case, proximity: tuple[Evidence, ...], activity: tuple[Evidence, ...]
) -> Iterator[tuple[str, float]]:
    """Yield the gates that are shut, with the points that they let through."""
    gates, ties = case.config.gates, case.ties
    if case.known:
        yield case.known, gates.known_neighbours
    if case.has_jumped:
        yield "another object's sets", gates.known_neighbours
    if all(case.is_passive):
        yield "both passive", gates.passive
    if steady(case) is not None and not activity:
        yield "steady", gates.steady
    seen = {one.name for one in proximity}
    if not activity:
        yield "no activity", gates.no_activity
    if {one.name for one in activity} <= {"held-plane"}:
        unsteered = case.da_km >= case.config.limits.unsteered_da_km
        on_the_way = "bounded" not in seen
        passing = case.today.min_hill_speed_km_s * 1000 >= case.config.limits.passing_m_s
        if case.regime is Regime.LEO and (unsteered or on_the_way or passing):
            yield "drifting, no activity", gates.unsteered
    meeting = {one.name for one in activity} & _MEETING
    if ties.same_family and case.regime is Regime.LEO:
        meeting -= {"manoeuvre"}
    if ties.same_fleet and case.regime is Regime.GEO and not seen & {"merged", "tuned-plane"}:
        meeting -= {"arrival", "manoeuvre", "returned"}
    if (ties.same_launch or ties.same_family) and not meeting and case.declared not in SERVICING:
        yield "one launch or fleet", gates.same_launch
