"""Compare messages with the other solutions of their events, and tell where they contradict."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

import numpy as np
from sqlalchemy import Engine

from sda.ccsds.approaches import closest_approach
from sda.ccsds.close_approaches import oriented
from sda.constants import SECONDS_PER_DAY
from sda.errors import CatalogueError
from sda.model import CloseApproach, ElementSet, Kind
from sda.orbit import Propagator
from sda.risk import ElementErrors, covariance_ric, errors_of
from sda.risk.config import AgreementConfig
from sda.risk.conjunction import Conjunction, State, turned_from_ric
from sda.risk.disagreement import Geometry, disagreement, geometry_of
from sda.screening import ScreeningConfig
from sda.store import Archive, KeptDisagreement, Message
from sda.times import julian

__all__ = ["Compared", "disagreements_of"]

_COMPARABLE = (Kind.CROSSING, Kind.PROXIMITY)
"""Of an edge or a coincident pair no closest approach is known."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One solution of a run: its close approaches by position, and what they were made of."""

    name: str
    approaches: tuple[CloseApproach, ...]
    elements: tuple[ElementSet, ...] = ()
    messages: tuple[Message, ...] = ()
    primaries: frozenset[int] | None = None
    """Objects of which every pair holds one; None for all pairs."""


def disagreements_of(
    engine: Engine,
    solutions: Sequence[Compared],
    agreement: AgreementConfig,
    config: ScreeningConfig,
) -> tuple[KeptDisagreement, ...]:
    """Return where two solutions of one event differ by more than their stated errors.

    One of the two has to be of a message: element sets laid over each other are wrong together. A
    message without errors contradicts nobody. Where element sets lead to no close approach at all
    they contradict the loudest: then they are followed to their least range about the message's
    time, and the disagreement has no place in their solution.
    """
    same_event = timedelta(seconds=agreement.same_event_s)
    events: dict[tuple[int, int], list[_Place]] = defaultdict(list)
    for solution in solutions:
        for position, approach in enumerate(solution.approaches):
            if approach.kind in _COMPARABLE:
                pair = approach.norad_id_1, approach.norad_id_2
                events[pair].append(_Place(solution, position, approach))
    geometries = _Geometries(engine, same_event, config)
    found: list[KeptDisagreement] = []
    for places in events.values():
        for one, other in _of_one_event(places, same_event):
            first, second = geometries.of(one, other.approach), geometries.of(other, one.approach)
            found += _kept(one, first, other.solution.name, other.position, second, agreement)
        for one, solution in _alone(places, solutions, same_event):
            first, second = geometries.of(one, one.approach), geometries.beside(one, solution)
            found += _kept(one, first, solution.name, None, second, agreement)
    return tuple(found)


def _kept(
    one: "_Place",
    first: Geometry | None,
    solution: str,
    position: int | None,
    second: Geometry | None,
    agreement: AgreementConfig,
) -> Iterator[KeptDisagreement]:
    """Yield the disagreement of a close approach with another geometry, if it is one."""
    if first is None or second is None:
        return
    apart = disagreement(first, second)
    if apart.sigmas > agreement.sigmas:
        yield KeptDisagreement(
            solution_1=one.solution.name,
            position_1=one.position,
            solution_2=solution,
            position_2=position,
            norad_id_1=one.approach.norad_id_1,
            norad_id_2=one.approach.norad_id_2,
            tca=first.tca,
            sigmas=apart.sigmas,
            axis=apart.most,
            difference_km=apart.difference_km,
            tca_difference_s=apart.tca_difference_s,
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A close approach and where it stands."""

    solution: Compared
    position: int
    approach: CloseApproach

    def time_near(self, other: CloseApproach) -> datetime:
        """Return the minimum nearest to another's time: an episode may have several."""
        times = [one.utc for one in self.approach.minima] or [self.approach.tca]
        return min(times, key=lambda time: abs(time - other.tca))


def _of_one_event(
    places: Sequence[_Place], same_event: timedelta
) -> Iterator[tuple[_Place, _Place]]:
    """Yield the pairs, of two solutions, that are of one event and one of which is a message."""
    for one, other in combinations(places, 2):
        if one.solution.name == other.solution.name:
            continue
        if not (one.solution.messages or other.solution.messages):
            continue
        apart = abs(one.time_near(other.approach) - other.time_near(one.approach))
        if apart <= same_event:
            yield one, other


def _alone(
    places: Sequence[_Place], solutions: Sequence[Compared], same_event: timedelta
) -> Iterator[tuple[_Place, Compared]]:
    """Yield each message's approach with the solutions of element sets that have none there."""
    for one in places:
        pair = {one.approach.norad_id_1, one.approach.norad_id_2}
        for solution in solutions if one.solution.messages else ():
            covers = solution.primaries is None or not pair.isdisjoint(solution.primaries)
            if not solution.elements or not covers:
                continue
            near = (
                abs(other.time_near(one.approach) - one.approach.tca) <= same_event
                for other in places
                if other.solution.name == solution.name
            )
            if not any(near):
                yield one, solution


class _Geometries:
    """The geometry of close approaches, with their errors."""

    def __init__(self, engine: Engine, same_event: timedelta, config: ScreeningConfig) -> None:
        self._archive = Archive(engine)
        self._same_event = same_event
        self._config = config
        self._covariance = config.covariance
        self._errors: dict[ElementSet, ElementErrors] = {}
        self._sets: dict[str, Mapping[int, ElementSet]] = {}

    def of(self, place: _Place, other: CloseApproach) -> Geometry | None:
        """Return the geometry at the minimum nearest to another's; None without errors."""
        conjunction = (
            self._by_message(place)
            if place.solution.messages
            else self._by_elements(place.solution, place.approach, place.time_near(other))
        )
        return _with_errors(conjunction)

    def beside(self, place: _Place, solution: Compared) -> Geometry | None:
        """Return where element sets put a pair that they do not bring together."""
        sets = self._sets_of(solution)
        approach = place.approach
        if approach.norad_id_1 not in sets or approach.norad_id_2 not in sets:
            return None
        pair = sets[approach.norad_id_1], sets[approach.norad_id_2]
        try:
            time = closest_approach(*pair, approach.tca, self._same_event, self._config)
        except CatalogueError:
            # Its least range is at an end, or none: the message's own time must do.
            time = approach.tca
        return _with_errors(self._by_elements(solution, approach, time))

    @staticmethod
    def _by_message(place: _Place) -> Conjunction:
        approach = place.approach
        wanted = approach.norad_id_1, approach.norad_id_2, approach.tca, approach.marking
        message = next(
            one
            for one in place.solution.messages
            if (one.norad_id_1, one.norad_id_2, one.tca, one.marking) == wanted
        )
        return oriented(message.cdm())

    def _sets_of(self, solution: Compared) -> Mapping[int, ElementSet]:
        if solution.name not in self._sets:
            self._sets[solution.name] = {one.norad_id: one for one in solution.elements}
        return self._sets[solution.name]

    def _by_elements(
        self, solution: Compared, approach: CloseApproach, time: datetime
    ) -> Conjunction | None:
        sets = self._sets_of(solution)
        pair = [sets[approach.norad_id_1], sets[approach.norad_id_2]]
        propagator = Propagator(pair)
        if len(propagator) < len(pair):
            return None
        jd, fr = julian(time)
        error, r_km, v_km_s = propagator.grid(np.array([jd]), np.array([fr]))
        if error.any():
            return None
        states = []
        for k, one in enumerate(pair):
            age_days = (time - one.epoch).total_seconds() / SECONDS_PER_DAY
            covariance = covariance_ric(one, age_days, self._errors_of(one))
            r, v = r_km[k, 0], v_km_s[k, 0]
            states.append(State(r, v, turned_from_ric(covariance, r, v)))
        return Conjunction(time, states[0], states[1])

    def _errors_of(self, one: ElementSet) -> ElementErrors:
        if one not in self._errors:
            since = one.epoch - timedelta(days=self._covariance.measuring.span_days)
            history = self._archive.history(one.norad_id, since, one.epoch, (one.source,))
            self._errors[one] = errors_of(one, history, self._covariance)
        return self._errors[one]


def _with_errors(conjunction: Conjunction | None) -> Geometry | None:
    """Return a geometry; None for one that states no errors."""
    if conjunction is None or not np.trace(conjunction.position_covariance_km2) > 0:
        return None
    return geometry_of(conjunction)
