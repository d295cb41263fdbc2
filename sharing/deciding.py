"""Decide what each partner may know of a run, and anew of what has lapsed since earlier ones.

All that a decision depends on beside the run and the configuration comes in as `Given`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Engine, select

from sda.errors import CatalogueError
from sda.model import CloseApproach
from sda.store import Disagreements, Run, Runs, Status
from sda.times import format_utc
from sharing.feeds.identity import tolerance_of
from sharing.policy import Engine as PolicyEngine
from sharing.registry import FeedPreferences, Registry, ReleaseRules
from sharing.release import (
    Approval,
    Contradiction,
    Decided,
    Release,
    Solution,
    is_one_event,
    release,
    solution_of,
)
from sharing.review import approvals_in_force
from sharing.review.cases import write_classes
from sharing.schema import items, publications
from sharing.withdrawals import withdrawn_sources

__all__ = ["Given", "asked_for", "decide_run", "decided_at", "given_for", "latest_run"]

_DAY = timedelta(days=1)
_OLDEST = 500
"""Runs that are looked through for the one that covers what is due."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Given:
    """What counts in a decision beside the run and the configuration.

    `due` has, by partner, the approaches (pair and released time) that the run does not cover
    and that rest on a decision which may have changed.
    """

    approvals: tuple[Approval, ...]
    withdrawn: frozenset[str]
    due: Mapping[str, tuple[tuple[Pair, datetime], ...]]

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "approvals": [
                {
                    "case": one.case_id,
                    "solution": one.solution,
                    "pair": one.pair,
                    "kind": one.kind,
                    "tca_utc": format_utc(one.tca),
                    "partner": one.partner,
                    "apart": sorted(one.apart),
                    "classes": write_classes(one.classes),
                    "until_utc": format_utc(one.until),
                    "offices": sorted(one.offices),
                }
                for one in self.approvals
            ],
            "due": {
                partner: [(pair, format_utc(tca)) for pair, tca in some]
                for partner, some in sorted(self.due.items())
            },
            "withdrawn": sorted(self.withdrawn),
        }


def given_for(engine: Engine, run: Run, rules: ReleaseRules, at: datetime) -> Given:
    """Return what counts at a time: approvals, withdrawn sources, and what else is due."""
    start, end = run.at, run.at + timedelta(hours=run.hours)
    due: dict[str, list[tuple[Pair, datetime]]] = defaultdict(list)
    query = select(items).where(items.c.status == "active", items.c.valid_until <= at)
    with engine.connect() as connection:
        withdrawn = withdrawn_sources(connection)
        for row in connection.execute(query.order_by(items.c.partner, items.c.seq)):
            tolerance = tolerance_of(row.kind, rules)
            if not start + tolerance <= row.tca <= row.span_end <= end - tolerance:
                due[row.partner].append(((row.norad_id_1, row.norad_id_2), row.tca))
    frozen = {partner: tuple(some) for partner, some in due.items()}
    return Given(approvals_in_force(engine, at), withdrawn, frozen)


def decide_run(
    engine: Engine,
    registry: Registry,
    policy: PolicyEngine,
    run: Run,
    at: datetime,
    given: Given,
) -> tuple[dict[str, tuple[Decided, ...]], str]:
    """Return, by partner, what the door says of a run, and a digest of all that lay before it.

    What rests on a withdrawn source does not come before the door. What is due and not of this
    run comes before it as the newest run that covers it has it, for that partner alone, so that
    what others hold changes nothing.
    """
    digest = sha256()
    case = _before_the_door(
        engine, run.run_id, registry, given.withdrawn, lambda name, one: True, digest.update
    )
    more = _more_due(engine, run, registry, given, case.solutions, digest.update)
    decided = {
        name: release(
            partner,
            [*case.solutions, *more.get(name, _NONE).solutions],
            registry,
            policy,
            at,
            [*case.contradictions, *more.get(name, _NONE).contradictions],
            given.approvals,
        )
        for name, partner in registry.partners.items()
    }
    return decided, digest.hexdigest()


def asked_for(release: Release, feed: FeedPreferences) -> bool:
    """Return whether a partner wants this of what it may see; a coarse miss counts as wanted."""
    miss = next((fact.value for fact in release.facts if fact.name == "miss_distance"), None)
    too_far = feed.max_miss_km is not None and isinstance(miss, float) and miss > feed.max_miss_km
    return (
        not too_far
        and (not feed.kinds or release.kind in feed.kinds)
        and (not feed.objects or not set(feed.objects).isdisjoint(release.objects))
    )


def latest_run(engine: Engine) -> Run:
    """Return the latest run that is complete.

    Raises CatalogueError when there is none.
    """
    for run in Runs(engine).list():
        if run.status is not Status.RUNNING:
            return run
    raise CatalogueError("there is no complete run: start with `tearline run`")


def decided_at(engine: Engine, run: Run) -> datetime:
    """Return when a run was last decided on, its own time when it is not published yet."""
    newest = (
        select(publications.c.at)
        .where(publications.c.run_id == run.run_id)
        .order_by(publications.c.publication.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        at: datetime | None = connection.scalar(newest)
    return at or run.at


@dataclass(frozen=True, slots=True)
class _Case:
    """What comes before the door."""

    solutions: tuple[Solution, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


_NONE = _Case()


def _before_the_door(
    engine: Engine,
    run_id: str,
    registry: Registry,
    withdrawn: frozenset[str],
    wanted: Callable[[str, CloseApproach], bool],
    told: Callable[[bytes], object],
) -> _Case:
    """Return the solutions of a run that are wanted, and how they contradict each other.

    `told` takes in, as bytes, all that lies before the door.
    """
    runs = Runs(engine)
    made_of = runs.solutions(run_id)
    placed: dict[tuple[str, int], Solution] = {}
    counted = Counter[str]()
    for name, approach in runs.approaches(run_id):
        place = name, counted[name]
        counted[name] += 1
        if not withdrawn.isdisjoint(made_of[name]) or not wanted(name, approach):
            continue
        told(orjson.dumps((run_id, name, made_of[name], approach)))
        placed[place] = solution_of(name, made_of[name], approach, registry)
    contradictions = []
    for one in Disagreements(engine).of_run(run_id):
        # Of a pair that element sets do not bring together partners have nothing to compare.
        if one.position_2 is None:
            continue
        sides = (one.solution_1, one.position_1), (one.solution_2, one.position_2)
        if placed.keys() >= {*sides}:
            told(orjson.dumps((*sides, one.sigmas, one.axis)))
            first, second = (placed[side] for side in sides)
            contradictions.append(Contradiction(first, second, one.sigmas, one.axis))
    return _Case(tuple(placed.values()), tuple(contradictions))


def _more_due(
    engine: Engine,
    run: Run,
    registry: Registry,
    given: Given,
    present: Iterable[Solution],
    told: Callable[[bytes], object],
) -> dict[str, _Case]:
    """Return, by partner, what comes before the door beside the run itself."""
    if not given.due:
        return {}
    rules = registry.rules
    earlier = [
        one
        for one in Runs(engine).list(_OLDEST, Status.PUBLISHED)
        if one.run_id != run.run_id and one.at <= run.at
    ]
    here = _by_place(present)
    found: dict[str, _Case] = {}
    for partner, some in given.due.items():
        taken = {place: list(near) for place, near in here.items()}
        case = _NONE
        for one, due in _by_run(earlier, some):

            def wanted(name: str, approach: CloseApproach) -> bool:
                pair = approach.norad_id_1, approach.norad_id_2
                kind, tca = str(approach.kind), approach.tca
                near = any(pair == p and t - _DAY <= tca <= t + _DAY for p, t in due)  # noqa: B023
                return near and not any(
                    is_one_event(kind, tca, other.kind, other.tca, rules)
                    for other in taken.get((name, pair), ())  # noqa: B023
                )

            more = _before_the_door(engine, one.run_id, registry, given.withdrawn, wanted, told)
            for place, solutions in _by_place(more.solutions).items():
                taken.setdefault(place, []).extend(solutions)
            case = _Case(
                (*case.solutions, *more.solutions), (*case.contradictions, *more.contradictions)
            )
        found[partner] = case
    return found


def _by_place(solutions: Iterable[Solution]) -> dict[tuple[str, Pair], list[Solution]]:
    found: dict[tuple[str, Pair], list[Solution]] = {}
    for one in solutions:
        found.setdefault((one.name, one.pair), []).append(one)
    return found


def _by_run(
    earlier: Sequence[Run], due: Iterable[tuple[Pair, datetime]]
) -> list[tuple[Run, list[tuple[Pair, datetime]]]]:
    """Return what is due under the newest run that covers it, the newest run first."""
    found: list[tuple[Run, list[tuple[Pair, datetime]]]] = [(one, []) for one in earlier]
    for pair, tca in due:
        for one, some in found:
            if one.at - _DAY <= tca <= one.at + timedelta(hours=one.hours):
                some.append((pair, tca))
                break
    return [(one, some) for one, some in found if some]
