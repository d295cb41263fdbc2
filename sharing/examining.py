"""Examine a published run: what of it is withheld though anybody can derive it from public sets.

The event is recomputed from the newest sets of open sources that were known at the run's time; no
value of a marked source takes part. What is found goes to the releaser, as proposals and counts.
Nothing here decides or releases anything, and a failure is told in the place of what was found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sda.jobs import catalogue_at
from sda.model import CloseApproach, ElementSet
from sda.screening import Asked, ScreeningConfig, nearest_minima
from sda.store import Archive, Run
from sharing.certificates import Examination, keep_examination
from sharing.deciding import Part
from sharing.feeds.identity import tolerance_of
from sharing.registry import Registry, ReleaseRules
from sharing.release import Release, Rendition, Shape, Solution, is_one_event
from sharing.release.derivability import (
    Certificate,
    DerivabilityConfig,
    certify,
    has_minimum,
    is_open,
)

__all__ = ["Examiner"]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Event:
    pair: Pair
    kind: str
    tca: datetime


class Examiner:
    """Examines a run while it is decided on, part by part.

    Public sources that are withdrawn are no public sources. Never raises: publication stands,
    whatever goes wrong here, and what comes of it says what did.
    """

    def __init__(
        self,
        engine: Engine,
        registry: Registry,
        screening: ScreeningConfig,
        tolerances: DerivabilityConfig,
        run: Run,
        withdrawn: frozenset[str],
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._screening = screening
        self._tolerances = tolerances
        self._run = run
        self._withdrawn = withdrawn
        self._n_marked = 0
        self._made: list[Certificate] = []
        self._withheld = Counter[str]()
        self._silent = Counter[str]()
        self._sets: Mapping[int, ElementSet] | None = None
        self._fault = ""

    def take_in(self, part: Part) -> None:
        """Examine what was decided of some pairs of objects."""
        if self._fault:
            return
        try:
            self._examine(part)
        except Exception as error:
            self._fault = f"{type(error).__name__}: {error}"

    def close(self) -> Examination:
        """Keep what was found, and return it."""
        run_id = self._run.run_id
        found = Examination(run_id, fault=self._fault)
        if not self._fault:
            digests = tuple(sorted(one.digest.hex() for one in self._made))
            found = Examination(
                run_id, self._n_marked, digests, dict(self._withheld), dict(self._silent)
            )
        try:
            keep_examination(self._engine, found, () if self._fault else tuple(self._made))
        except Exception as error:
            return Examination(run_id, fault=f"{type(error).__name__}: {error}")
        return found

    def _examine(self, part: Part) -> None:
        rules = self._registry.rules
        # Partners who were decided on alike share what was decided.
        feeds: dict[int, tuple[_Feed, list[str]]] = {}
        for partner, decided in sorted(part.decided.items()):
            if id(decided) not in feeds:
                shown = [one.release for one in decided if one.release is not None]
                feeds[id(decided)] = _Feed(shown, rules), []
            feeds[id(decided)][1].append(partner)
        public: list[_Event] = []
        marked: list[tuple[Solution, CloseApproach]] = []
        openness: dict[tuple[Shape, str], bool] = {}
        for solution, approach in part.approaches:
            alike = solution.shape, solution.fault
            if alike not in openness:
                openness[alike] = is_open(solution, self._registry)
            if openness[alike]:
                public.append(_event(approach))
            elif not all(feed.shows_whole(solution) for feed, _ in feeds.values()):
                marked.append((solution, approach))
        certified = tuple(self._certified(marked))
        derivable = {(one.solution, one.pair, one.tca) for one in certified}
        proved = list(
            _distinct(
                (
                    _event(approach)
                    for solution, approach in marked
                    if (solution.name, solution.pair, solution.tca) in derivable
                ),
                rules,
            )
        )
        known = list(_distinct((*public, *proved), rules))
        for feed, partners in feeds.values():
            withheld = sum(not feed.tells(event, exactly=True) for event in proved)
            silent = sum(not feed.tells(event) for event in known)
            for partner in partners:
                self._withheld[partner] += withheld
                self._silent[partner] += silent
        self._n_marked += len(marked)
        self._made += certified

    def _certified(self, marked: Iterable[tuple[Solution, CloseApproach]]) -> Iterator[Certificate]:
        """Yield the certificates of marked solutions whose approaches public sets lead to, too."""
        timed = [
            (one, approach) for one, approach in marked if has_minimum(approach) and one.values
        ]
        if not timed:
            return
        known = self._public_sets()
        numbers = {number for solution, _ in timed for number in solution.pair}
        sets = {number: known[number] for number in sorted(numbers & known.keys())}
        found = nearest_minima(
            tuple(sets.values()),
            [Asked(*solution.pair, approach.tca) for solution, approach in timed],
            timedelta(seconds=self._tolerances.tca_s),
            self._screening.covariance.error,
        )
        run = self._run
        for (solution, approach), nearest in zip(timed, found, strict=True):
            if nearest is not None:
                certificate = certify(
                    run.run_id, run.at, solution, approach, nearest, sets, self._tolerances
                )
                if certificate is not None:
                    yield certificate

    def _public_sets(self) -> Mapping[int, ElementSet]:
        """Return the newest sets of open sources that were known at the run's time."""
        if self._sets is None:
            sources = [
                one.id
                for one in self._registry.sources.values()
                if one.is_open and one.id not in self._withdrawn
            ]
            archive = Archive(self._engine)
            catalogue = catalogue_at(archive, self._run.at, sources, self._screening)
            self._sets = {one.norad_id: one for one in catalogue.elements}
        return self._sets


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
        self._whole: set[tuple[str, Pair, datetime]] = set()
        for one in releases:
            self._of_pair[one.objects].append(one)
            self._told.add((one.objects, one.tca))
            if one.rendition == Rendition.FULL:
                self._whole.add((one.solution, one.objects, one.tca))

    def shows_whole(self, solution: Solution) -> bool:
        """Return whether every fact of a solution is released exactly."""
        return (solution.name, solution.pair, solution.tca) in self._whole

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
