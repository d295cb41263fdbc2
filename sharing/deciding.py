"""Decide what each partner may know of a run, and anew of what has lapsed since earlier ones.

All that a decision depends on beside the run and the configuration comes in as `Given`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, and_, false, not_, or_, select

from sda.errors import CatalogueError
from sda.model import RPO, CloseApproach
from sda.store import Run, Runs, Status
from sda.times import format_utc
from sharing.feeds.identity import tolerance_of
from sharing.files import NOTHING, Case, Due, Files, Kept, Pair
from sharing.policy import Engine as PolicyEngine
from sharing.registry import FeedPreferences, Partner, Registry, ReleaseRules
from sharing.release import Approval, Decided, Door, Release, Solution
from sharing.review import approvals_in_force
from sharing.review.cases import write_classes
from sharing.revising import ACTIVE
from sharing.schema import items, statements
from sharing.succession import last_decision
from sharing.withdrawals import withdrawn_sources

__all__ = [
    "Decisions",
    "Given",
    "Part",
    "asked_for",
    "asked_of",
    "decided_at",
    "given_for",
    "latest_run",
]


@dataclass(frozen=True, slots=True)
class Given:
    """What counts in a decision beside the run and the configuration.

    `due` has, by partner, the approaches (pair and released time) that the run does not cover
    and that rest on a decision which may have changed.
    """

    approvals: tuple[Approval, ...]
    withdrawn: frozenset[str]
    due: Mapping[str, Due]

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
    with engine.connect() as connection:
        withdrawn = withdrawn_sources(connection)
        due = _due(connection, run, rules, at)
    return Given(approvals_in_force(engine, at), withdrawn, due)


def _due(connection: Connection, run: Run, rules: ReleaseRules, at: datetime) -> dict[str, Due]:
    start, end = run.at, run.at + timedelta(hours=run.hours)
    covered = []
    for kind in connection.scalars(select(statements.c.kind).distinct()):
        tolerance = tolerance_of(kind, rules)
        within = statements.c.tca >= start + tolerance, statements.c.span_end <= end - tolerance
        # A run tells all operations that stand, whenever they were.
        always = () if kind == RPO else within
        covered.append(and_(statements.c.kind == kind, *always))
    # What is over for long is closed, whatever would be decided.
    stands = statements.c.span_end >= at - timedelta(days=rules.close_after_days)
    lapsed = and_(statements.c.valid_until <= at, stands, not_(or_(false(), *covered)))
    columns = statements.c.norad_id_1, statements.c.norad_id_2, statements.c.tca
    rows = connection.execute(select(statements.c.statement, *columns).where(lapsed))
    about = {bytes(key): ((first, second), tca) for key, first, second, tca in rows}
    if not about:
        return {}
    among = items.c.statement.in_(select(statements.c.statement).where(lapsed))
    found: dict[str, list[tuple[Pair, datetime]]] = defaultdict(list)
    for partner, key in connection.execute(
        select(items.c.partner, items.c.statement)
        .where(items.c.status == ACTIVE, among)
        .order_by(items.c.partner, items.c.seq)
    ):
        found[partner].append(about[bytes(key)])
    return {partner: tuple(some) for partner, some in found.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """What the door says, by partner, of some pairs of objects of a run."""

    decided: Mapping[str, tuple[Decided, ...]]
    approaches: tuple[tuple[Solution, CloseApproach], ...]
    """Of the run, as they came before the door."""


class Decisions:
    """What the door says of a run, some whole pairs of objects at a time.

    What rests on a withdrawn source does not come before the door. What is due and not of this
    run comes before it as the newest run that covers it has it, for that partner alone, so that
    what others hold changes nothing.
    """

    def __init__(
        self,
        engine: Engine,
        registry: Registry,
        policy: PolicyEngine,
        run: Run,
        at: datetime,
        given: Given,
    ) -> None:
        self._registry = registry
        self._run = run
        self._given = given
        self._files = Files(engine, registry, given.withdrawn)
        self._door = Door(registry, policy, at, given.approvals)
        self._alike: dict[Due, list[Partner]] = {}
        for name, partner in registry.partners.items():
            self._alike.setdefault(given.due.get(name, ()), []).append(partner)
        self._digest = sha256()

    def parts(self) -> Iterator[Part]:
        """Yield what the door says of some pairs; each pair comes once."""
        self._digest = sha256()
        due = {some: self._files.due(self._run, some) for some in self._alike if some}
        low: Pair = (0, 0)
        for case, high in self._files.of_run(self._run.run_id):
            for one in case.told:
                self._digest.update(one)
            approaches = tuple(
                (solution, found)
                for solution, found in zip(case.solutions, case.found, strict=True)
                if isinstance(found, CloseApproach)
            )
            yield Part(self._decided(case, due, low, high), approaches)
            low = high

    def whole(self) -> dict[str, tuple[Decided, ...]]:
        """Return, by partner, what the door says of the whole run."""
        found: dict[str, list[Decided]] = {name: [] for name in self._registry.partners}
        for part in self.parts():
            for name, decided in part.decided.items():
                found[name] += decided
        return {name: tuple(decided) for name, decided in found.items()}

    def digest(self) -> str:
        """Return a digest of all that has come before the door."""
        return self._digest.hexdigest()

    def _decided(
        self, case: Case, due: Mapping[Due, Sequence[Kept]], low: Pair, high: Pair
    ) -> dict[str, tuple[Decided, ...]]:
        decided: dict[str, tuple[Decided, ...]] = {}
        for some, partners in self._alike.items():
            more = NOTHING
            if some:
                more = self._files.more(one for one in due[some] if low <= one.pair < high)
                for one in more.told:
                    self._digest.update(one)
            decided |= self._door.release(
                partners,
                [*case.solutions, *more.solutions],
                [*case.contradictions, *more.contradictions],
            )
        return {name: decided[name] for name in self._registry.partners}


def asked_for(release: Release, feed: FeedPreferences) -> bool:
    """Return whether a partner wants this of what it may see; a coarse miss counts as wanted."""
    miss = next((fact.value for fact in release.facts if fact.name == "miss_distance"), None)
    too_far = feed.max_miss_km is not None and isinstance(miss, float) and miss > feed.max_miss_km
    return (
        not too_far
        and (not feed.kinds or release.kind in feed.kinds)
        and (not feed.objects or not set(feed.objects).isdisjoint(release.objects))
    )


def asked_of(
    decided: Mapping[str, tuple[Decided, ...]], registry: Registry
) -> dict[str, tuple[Decided, ...]]:
    """Return, by partner, what it wants of what it may see; who wants the same shares it still."""
    found: dict[tuple[int, str], tuple[Decided, ...]] = {}
    wanted = {}
    for name, some in decided.items():
        feed = registry.partners[name].feed
        if feed == FeedPreferences():
            wanted[name] = some
            continue
        key = id(some), repr(feed)
        if key not in found:
            found[key] = tuple(
                one for one in some if one.release is None or asked_for(one.release, feed)
            )
        wanted[name] = found[key]
    return wanted


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
    with engine.connect() as connection:
        last = last_decision(connection, run.run_id)
    return run.at if last is None else last.at
