"""Compare messages with the other solutions of their events, and tell where they contradict."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

import numpy as np
from sqlalchemy import Engine

from sda.ccsds.close_approaches import oriented
from sda.constants import SECONDS_PER_DAY
from sda.model import CloseApproach, ElementSet, Kind
from sda.orbit import Propagator
from sda.risk import CovarianceConfig, ElementErrors, covariance_ric, errors_of
from sda.risk.config import AgreementConfig
from sda.risk.conjunction import Conjunction, State, turned_from_ric
from sda.risk.disagreement import Geometry, disagreement, geometry_of
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


def disagreements_of(
    engine: Engine,
    solutions: Sequence[Compared],
    agreement: AgreementConfig,
    covariance: CovarianceConfig,
) -> tuple[KeptDisagreement, ...]:
    """Return where two solutions of one event differ by more than their stated errors.

    One of the two has to be of a message: element sets laid over each other are wrong together. A
    message without errors contradicts nobody.
    """
    same_event = timedelta(seconds=agreement.same_event_s)
    events: dict[tuple[int, int], list[_Place]] = defaultdict(list)
    for solution in solutions:
        for position, approach in enumerate(solution.approaches):
            if approach.kind in _COMPARABLE:
                pair = approach.norad_id_1, approach.norad_id_2
                events[pair].append(_Place(solution, position, approach))
    geometries = _Geometries(engine, covariance)
    found = []
    for places in events.values():
        for one, other in _of_one_event(places, same_event):
            first, second = geometries.of(one, other.approach), geometries.of(other, one.approach)
            if first is None or second is None:
                continue
            apart = disagreement(first, second)
            if apart.sigmas > agreement.sigmas:
                found.append(
                    KeptDisagreement(
                        solution_1=one.solution.name,
                        position_1=one.position,
                        solution_2=other.solution.name,
                        position_2=other.position,
                        norad_id_1=one.approach.norad_id_1,
                        norad_id_2=one.approach.norad_id_2,
                        tca=first.tca,
                        sigmas=apart.sigmas,
                        axis=apart.most,
                        difference_km=apart.difference_km,
                        tca_difference_s=apart.tca_difference_s,
                    )
                )
    return tuple(found)


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


class _Geometries:
    """The geometry of close approaches, with their errors."""

    def __init__(self, engine: Engine, covariance: CovarianceConfig) -> None:
        self._archive = Archive(engine)
        self._covariance = covariance
        self._errors: dict[ElementSet, ElementErrors] = {}
        self._sets: dict[str, Mapping[int, ElementSet]] = {}

    def of(self, place: _Place, other: CloseApproach) -> Geometry | None:
        """Return the geometry at the minimum nearest to another's; None without errors."""
        conjunction = (
            self._by_message(place)
            if place.solution.messages
            else self._by_elements(place, place.time_near(other))
        )
        if conjunction is None or not np.trace(conjunction.position_covariance_km2) > 0:
            return None
        return geometry_of(conjunction)

    @staticmethod
    def _by_message(place: _Place) -> Conjunction:
        approach = place.approach
        wanted = approach.norad_id_1, approach.norad_id_2, approach.tca
        message = next(
            one
            for one in place.solution.messages
            if (one.norad_id_1, one.norad_id_2, one.tca) == wanted
        )
        return oriented(message.cdm())

    def _by_elements(self, place: _Place, time: datetime) -> Conjunction | None:
        solution = place.solution
        if solution.name not in self._sets:
            self._sets[solution.name] = {one.norad_id: one for one in solution.elements}
        sets = self._sets[solution.name]
        pair = [sets[place.approach.norad_id_1], sets[place.approach.norad_id_2]]
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
