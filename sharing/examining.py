"""Examine a published run: what of it is withheld though anybody can derive it from public sets.

The event is recomputed from the newest sets of open sources that were known at the run's time; no
value of a marked source takes part. What is found goes to the releaser, as proposals and counts.
Nothing here decides or releases anything, and a failure is told in the place of what was found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sda.jobs import catalogue_at
from sda.model import CloseApproach
from sda.screening import Asked, ScreeningConfig, nearest_minima
from sda.store import Archive, Run, Runs
from sharing.certificates import Examination, keep_examination
from sharing.feeds.identity import tolerance_of
from sharing.registry import Registry, ReleaseRules
from sharing.release import Decided, Release, Rendition, Solution, is_one_event, solution_of
from sharing.release.derivability import (
    Certificate,
    DerivabilityConfig,
    certify,
    has_minimum,
    is_open,
)

__all__ = ["Examining", "examine"]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Examining:
    """The configuration that an examination depends on."""

    registry: Registry
    screening: ScreeningConfig
    tolerances: DerivabilityConfig


@dataclass(frozen=True, slots=True)
class _Event:
    pair: Pair
    kind: str
    tca: datetime


def examine(
    engine: Engine,
    examining: Examining,
    run: Run,
    decided: Mapping[str, Sequence[Decided]],
    withdrawn: frozenset[str],
) -> Examination:
    """Examine what was decided of a run, by partner, and keep what is found.

    Public sources that are withdrawn are no public sources. Never raises: publication stands,
    whatever goes wrong here, and the examination returned says what did.
    """
    made: tuple[Certificate, ...] = ()
    try:
        found, made = _examined(engine, examining, run, decided, withdrawn)
    except Exception as error:
        found = _failed(run, error)
    try:
        keep_examination(engine, found, made)
    except Exception as error:
        return _failed(run, error)
    return found


def _failed(run: Run, error: Exception) -> Examination:
    return Examination(run.run_id, fault=f"{type(error).__name__}: {error}")


def _examined(
    engine: Engine,
    examining: Examining,
    run: Run,
    decided: Mapping[str, Sequence[Decided]],
    withdrawn: frozenset[str],
) -> tuple[Examination, tuple[Certificate, ...]]:
    registry = examining.registry
    shown = {
        partner: [one.release for one in outcomes if one.release is not None]
        for partner, outcomes in decided.items()
    }
    whole = Counter(
        (one.solution, one.objects, one.tca)
        for releases in shown.values()
        for one in releases
        if one.rendition == Rendition.FULL
    )
    runs = Runs(engine)
    made_of = runs.solutions(run.run_id)
    public: list[_Event] = []
    marked: list[tuple[Solution, CloseApproach]] = []
    for name, approach in runs.approaches(run.run_id):
        if not withdrawn.isdisjoint(made_of[name]):
            continue
        solution = solution_of(name, made_of[name], approach, registry)
        if is_open(solution, registry):
            public.append(_event(approach))
        elif whole[name, solution.pair, solution.tca] < len(shown):
            marked.append((solution, approach))
    certified = tuple(_certified(engine, examining, run, marked, withdrawn))
    derivable = {(one.solution, one.pair, one.tca) for one in certified}
    proved = [
        _event(approach)
        for solution, approach in marked
        if (solution.name, solution.pair, solution.tca) in derivable
    ]
    withheld, silent = {}, {}
    feeds = {partner: _Feed(releases, registry.rules) for partner, releases in shown.items()}
    proved = list(_distinct(proved, registry.rules))
    known = list(_distinct((*public, *proved), registry.rules))
    for partner, feed in sorted(feeds.items()):
        withheld[partner] = sum(not feed.tells(event, exactly=True) for event in proved)
        silent[partner] = sum(not feed.tells(event) for event in known)
    digests = tuple(sorted(one.digest.hex() for one in certified))
    return Examination(run.run_id, len(marked), digests, withheld, silent), certified


def _certified(
    engine: Engine,
    examining: Examining,
    run: Run,
    marked: Iterable[tuple[Solution, CloseApproach]],
    withdrawn: frozenset[str],
) -> Iterator[Certificate]:
    """Yield the certificates of marked solutions whose approaches public sets lead to, too."""
    timed = [(one, approach) for one, approach in marked if has_minimum(approach) and one.facts]
    if not timed:
        return
    tolerances, screening = examining.tolerances, examining.screening
    sources = [
        one.id
        for one in examining.registry.sources.values()
        if one.is_open and one.id not in withdrawn
    ]
    numbers = {number for solution, _ in timed for number in solution.pair}
    catalogue = catalogue_at(Archive(engine), run.at, sources, screening)
    sets = {one.norad_id: one for one in catalogue.elements if one.norad_id in numbers}
    found = nearest_minima(
        tuple(sets.values()),
        [Asked(*solution.pair, approach.tca) for solution, approach in timed],
        timedelta(seconds=tolerances.tca_s),
        screening.covariance.error,
    )
    for (solution, approach), nearest in zip(timed, found, strict=True):
        if nearest is not None:
            certificate = certify(run.run_id, run.at, solution, approach, nearest, sets, tolerances)
            if certificate is not None:
                yield certificate


def _event(approach: CloseApproach) -> _Event:
    return _Event((approach.norad_id_1, approach.norad_id_2), approach.kind, approach.tca)


def _distinct(events: Iterable[_Event], rules: ReleaseRules) -> Iterator[_Event]:
    """Yield events of one pair and time once, whichever solutions they are of."""
    last: dict[Pair, _Event] = {}
    for one in sorted(events, key=lambda one: (one.tca, one.pair, one.kind)):
        before = last.get(one.pair)
        if before is None or not is_one_event(one.kind, one.tca, before.kind, before.tca, rules):
            last[one.pair] = one
            yield one


class _Feed:
    """What the releases to one partner say of events."""

    def __init__(self, releases: Iterable[Release], rules: ReleaseRules) -> None:
        self._rules = rules
        self._of_pair: dict[Pair, list[Release]] = defaultdict(list)
        self._told: set[tuple[Pair, datetime]] = set()
        for one in releases:
            self._of_pair[one.objects].append(one)
            self._told.add((one.objects, one.tca))

    def tells(self, event: _Event, *, exactly: bool = False) -> bool:
        """Return whether an event is told of at all, or with its exact miss distance."""
        if not exactly and (event.pair, event.tca) in self._told:
            return True  # as nearly always: most of what is derivable is released exactly
        return any(
            self._is_about(one, event) and (not exactly or _has_exact_miss(one))
            for one in self._of_pair.get(event.pair, ())
        )

    def _is_about(self, release: Release, event: _Event) -> bool:
        if release.rendition == Rendition.CONTACT:
            day = timedelta(minutes=self._rules.existence_grid_min)
            return release.tca <= event.tca < release.tca + day
        return abs(release.tca - event.tca) <= tolerance_of(event.kind, self._rules)


def _has_exact_miss(release: Release) -> bool:
    return any(
        fact.name == "miss_distance" and isinstance(fact.value, float) for fact in release.facts
    )
