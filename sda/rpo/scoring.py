"""Add up the evidence, as far as the gates let it count."""

from collections.abc import Iterator

from sda.orbit import Regime
from sda.rpo.cases import Case
from sda.rpo.config import VerdictsConfig
from sda.rpo.declared import SERVICING
from sda.rpo.evidence import ACTIVITY, AGAINST, PROXIMITY, collected, steady
from sda.rpo.model import Evidence, Score, Verdict

__all__ = ["scored", "verdict_of"]

_MEETING = frozenset(
    {"arrival", "drift-match", "manoeuvre", "returned", "coordinated", "release", "active-body"}
)
"""What two of one launch do on purpose; that one of them roams says nothing of it, nor, in a fleet,
in low orbit, that one burns."""


def scored(case: Case) -> Score:
    """Return the score of a pair on a day, with the evidence it consists of."""
    activity = tuple(collected(case, ACTIVITY))
    evidence = (
        *collected(case, PROXIMITY),
        *activity,
        *collected(case, AGAINST),
    )
    points = max(0.0, sum(one.points for one in evidence))
    caps = dict(_gates(case, activity))
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


def _gates(case: Case, activity: tuple[Evidence, ...]) -> Iterator[tuple[str, float]]:
    """Yield the gates that are shut, with the points that they let through."""
    gates, ties = case.config.gates, case.ties
    if case.known:
        yield case.known, gates.known_neighbours
    if all(case.is_passive):
        yield "both passive", gates.passive
    if steady(case) is not None and not activity:
        yield "steady", gates.steady
    if not activity:
        yield "no activity", gates.no_activity
        unsteered = case.da_km >= case.config.limits.unsteered_da_km
        on_the_way = case.today.max_range_km >= case.config.limits.bounded_km
        if case.regime is Regime.LEO and (unsteered or on_the_way):
            yield "drifting, no activity", gates.unsteered
    meeting = {one.name for one in activity} & _MEETING
    if ties.same_family and case.regime is Regime.LEO:
        meeting -= {"manoeuvre"}
    if (ties.same_launch or ties.same_family) and not meeting and case.declared not in SERVICING:
        yield "one launch or fleet", gates.same_launch
