"""Turn a close approach or an operation into facts, each with the marking that its inputs give it.

Every number of a close approach is computed from the element sets of both objects, or from one
message, so each fact carries the roll-up of the markings of all sources of its solution, and of the
message's own. So does every fact of an operation: what is concluded (its class, its score, who
acted) is derived from all that is known of the pair. Declared operations are public.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from sda.model import EVIDENCE, CloseApproach, Found, Operation
from sda.times import format_utc, require_utc
from sharing.errors import MarkingError, ReleaseError
from sharing.markings import Marking, parse
from sharing.policy import whole_of
from sharing.registry import Registry
from sharing.release.solutions import Fact, Scalar, Shape, Solution, shape_of

__all__ = [
    "COVARIANCE_UNIT",
    "DISAGREEMENT",
    "FACTS",
    "IDENTITY",
    "OF_APPROACHES",
    "OF_OPERATIONS",
    "STATE_UNIT",
    "Coarse",
    "FactKind",
    "Marker",
    "age_of",
    "group_of",
    "solution_of",
]

STATE_UNIT: Final = "km, km/s"
COVARIANCE_UNIT: Final = "m**2, m**2/s, m**2/s**2"
"""Units of the texts of `sda.ccsds.spelling`."""


class Coarse(Enum):
    """What remains of a value where only coarse values may be seen."""

    SAME = auto()
    """A name or number has no coarser form."""
    TIME = auto()
    GRID = auto()
    LONGITUDE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class FactKind:
    """What is true of a fact whatever its value: its unit, its group, and its coarse form.

    `betrays` names the facts that this one would give away: what is said of the one must not
    be finer than what is said of any of the others. `betrays_if_there` names those that count only
    where a solution has them; one of `betrays` that is not there counts as withheld.
    """

    unit: str
    group: str
    coarse: Coarse
    betrays: tuple[str, ...] = ()
    betrays_if_there: tuple[str, ...] = ()
    speaks_by_being: bool = False
    """Whether there is such a fact only for some values of others: no notice says that it is
    left out."""


def _time(time: datetime | None) -> str | None:
    return None if time is None else format_utc(time)


_STATE: Final = FactKind(
    STATE_UNIT,
    "geometry",
    Coarse.NOTHING,
    betrays=("tca", "miss_distance", "relative_speed", "radial", "in_track", "cross_track"),
    betrays_if_there=("longitude",),
    speaks_by_being=True,
)
"""With the other object's public elements a state tells all of the geometry."""

_COVARIANCE: Final = FactKind(
    COVARIANCE_UNIT,
    "quality",
    Coarse.NOTHING,
    betrays=("tca", "miss_distance"),
    betrays_if_there=("sigma", "resolvable", "probability", "probability_method"),
    speaks_by_being=True,
)
"""As an error it gives the time away, with the states the probability."""

_EVIDENCE: Final = FactKind(
    "",
    "assessment",
    Coarse.NOTHING,
    betrays=("tca", "miss_distance", "episode_start", "episode_end"),
    speaks_by_being=True,
)
"""The limits of evidence are public, so it says how near a pair came, and for how long."""

FACTS: Final[dict[str, FactKind]] = {
    "norad_id_1": FactKind("", "identity", Coarse.SAME),
    "name_1": FactKind("", "identity", Coarse.SAME),
    "norad_id_2": FactKind("", "identity", Coarse.SAME),
    "name_2": FactKind("", "identity", Coarse.SAME),
    "tca": FactKind("", "timing", Coarse.TIME),
    "miss_distance": FactKind("km", "geometry", Coarse.GRID),
    "relative_speed": FactKind("km/s", "geometry", Coarse.GRID),
    "radial": FactKind("km", "geometry", Coarse.NOTHING, betrays=("miss_distance",)),
    "in_track": FactKind("km", "geometry", Coarse.NOTHING, betrays=("miss_distance",)),
    "cross_track": FactKind("km", "geometry", Coarse.NOTHING, betrays=("miss_distance",)),
    # The elements of object 1 may be public: where it was exactly tells when.
    "longitude": FactKind("deg", "geometry", Coarse.LONGITUDE, betrays=("tca",)),
    # With the radius and the aspect ratio of config/, which are public, it gives the distance.
    "max_probability": FactKind("", "probability", Coarse.GRID, betrays=("miss_distance",)),
    # With the covariance, which its originator knows, it gives the distance.
    "probability": FactKind("", "probability", Coarse.GRID, betrays=("miss_distance",)),
    # Which one holds says whether the passage is slow.
    "probability_method": FactKind("", "quality", Coarse.NOTHING, betrays=("relative_speed",)),
    # With the epoch, which is public for a public set, an age gives the time.
    "age_1": FactKind("d", "quality", Coarse.NOTHING, betrays=("tca",)),
    "age_2": FactKind("d", "quality", Coarse.NOTHING, betrays=("tca",)),
    "episode_start": FactKind("", "timing", Coarse.TIME, betrays=("tca",)),
    "episode_end": FactKind("", "timing", Coarse.TIME, betrays=("tca",)),
    "n_minima": FactKind("", "quality", Coarse.NOTHING),
    # The table of errors by age is public, as epochs are: an error gives the direction of the miss
    # and the time away.
    "sigma": FactKind("km", "quality", Coarse.NOTHING, betrays=("miss_distance", "tca")),
    "resolvable": FactKind("", "quality", Coarse.NOTHING, betrays=("miss_distance",)),
    # The distance over a constant.
    "dilution": FactKind("km", "quality", Coarse.NOTHING, betrays=("miss_distance",)),
    "state_1": _STATE,
    "state_2": _STATE,
    "covariance_1": _COVARIANCE,
    "covariance_2": _COVARIANCE,
    "regime": FactKind("", "identity", Coarse.SAME),
    "hill_speed": FactKind("km/s", "geometry", Coarse.NOTHING),
    "dwell": FactKind("h", "timing", Coarse.NOTHING, betrays=("tca", "miss_distance")),
    "operation_class": FactKind("", "assessment", Coarse.SAME),
    "verdict": FactKind("", "assessment", Coarse.SAME),
    # The points of evidence are public, so a score says which tiers were reached.
    "score": FactKind("", "assessment", Coarse.NOTHING, betrays=("tca", "miss_distance")),
    "declared": FactKind("", "assessment", Coarse.SAME),
    "actor": FactKind("", "assessment", Coarse.SAME, speaks_by_being=True),
    **{f"evidence_{name.replace('-', '_')}": _EVIDENCE for name in EVIDENCE},
}
"""Every fact by name; `sources`, of group provenance, comes on top."""

OF_APPROACHES: Final[dict[str, Callable[[CloseApproach], Scalar]]] = {
    "norad_id_1": lambda a: a.norad_id_1,
    "name_1": lambda a: a.name_1,
    "norad_id_2": lambda a: a.norad_id_2,
    "name_2": lambda a: a.name_2,
    "tca": lambda a: _time(a.tca),
    "miss_distance": lambda a: a.miss_km,
    "relative_speed": lambda a: a.relative_speed_km_s,
    "radial": lambda a: a.radial_km,
    "in_track": lambda a: a.in_track_km,
    "cross_track": lambda a: a.cross_track_km,
    "longitude": lambda a: a.longitude_deg,
    "max_probability": lambda a: a.max_probability,
    "probability": lambda a: a.probability,
    "probability_method": lambda a: a.probability_method,
    "age_1": lambda a: a.age_days_1,
    "age_2": lambda a: a.age_days_2,
    "episode_start": lambda a: _time(a.episode_start),
    "episode_end": lambda a: _time(a.episode_end),
    "n_minima": lambda a: len(a.minima),
    "sigma": lambda a: a.sigma_km,
    "resolvable": lambda a: a.resolvable,
    "dilution": lambda a: a.dilution_km,
    "state_1": lambda a: a.state_1,
    "state_2": lambda a: a.state_2,
    "covariance_1": lambda a: a.covariance_1,
    "covariance_2": lambda a: a.covariance_2,
}
"""The facts of a close approach, with their values."""

OF_OPERATIONS: Final[dict[str, Callable[[Operation], Scalar]]] = {
    "norad_id_1": lambda o: o.norad_id_1,
    "name_1": lambda o: o.name_1,
    "norad_id_2": lambda o: o.norad_id_2,
    "name_2": lambda o: o.name_2,
    "tca": lambda o: _time(o.tca),
    "miss_distance": lambda o: o.miss_km,
    "episode_start": lambda o: _time(o.episode_start),
    "episode_end": lambda o: _time(o.episode_end),
    "sigma": lambda o: o.sigma_km,
    "resolvable": lambda o: o.resolvable,
    "regime": lambda o: o.regime,
    "hill_speed": lambda o: o.hill_speed_km_s,
    "dwell": lambda o: o.dwell_h,
    "operation_class": lambda o: o.operation_class,
    "verdict": lambda o: o.verdict,
    "score": lambda o: o.score,
    "declared": lambda o: o.declared,
    "actor": lambda o: o.actor_norad_id,
}
"""The facts of an operation, with their values; its evidence, a fact each, comes on top."""

IDENTITY: Final = ("norad_id_1", "norad_id_2")
DISAGREEMENT: Final = "disagreement"
"""A fact of two solutions; the door adds it where a partner sees both."""


def group_of(fact: str) -> str:
    """Return the group by which policies know a fact."""
    if fact == DISAGREEMENT:
        return "quality"
    return FACTS[fact].group if fact in FACTS else "provenance"


class Marker:
    """Turns what a run finds into marked facts; what is alike is marked once.

    Every fact carries the roll-up of all markings behind it. A value that is not there (the episode
    of a crossing) makes no fact. What cannot be marked has no facts at all but a fault, for which
    the door withholds it: its own marking cannot be read, or it has evidence of no known name.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._markings: dict[tuple[tuple[str, ...], str], Marking | str] = {}
        self._shapes: dict[tuple[tuple[str, ...], str, Hashable], Shape] = {}

    def solution(
        self,
        name: str,
        sources: Sequence[str],
        found: Found,
        age: tuple[int, int] = (0, 0),
    ) -> Solution:
        """Return the facts of a close approach, or of an operation, as one solution.

        For `age` see there. Raises ReleaseError for no source, or one that no file declares.
        """
        used = tuple(sorted(set(sources)))
        told: Sequence[tuple[str, str]] | None = None
        if isinstance(found, Operation):
            told, all_values = _told(found)
            alike: Hashable = tuple(told)
        else:
            all_values = [value(found) for value in OF_APPROACHES.values()]
            alike = tuple([value is not None for value in all_values])
        key = (used, found.marking, alike)
        shape = self._shapes.get(key)
        fault = ""
        if shape is None:
            marking = self._marking(name, used, found.marking)
            told = told or [
                (fact, FACTS[fact].unit)
                for fact, value in zip(OF_APPROACHES, all_values, strict=True)
                if value is not None
            ]
            strange = sorted(fact for fact, _ in told if fact not in FACTS)
            if isinstance(marking, str):
                fault, shape = marking, shape_of(())
            elif strange:
                fault, shape = f"nothing is known of facts {', '.join(strange)}", shape_of(())
            else:
                facts = [Fact(fact, None, unit, marking, used) for fact, unit in told]
                shape = shape_of([*facts, Fact("sources", None, "", marking, used)])
                self._shapes[key] = shape
        values = [value for value in all_values if value is not None]
        return Solution(
            name=name,
            sources=used,
            pair=(found.norad_id_1, found.norad_id_2),
            kind=str(found.kind),
            tca=require_utc(found.tca),
            shape=shape,
            values=() if fault else (*values, " ".join(used)),
            age=age,
            fault=fault,
        )

    def _marking(self, name: str, used: tuple[str, ...], own: str) -> Marking | str:
        """Return the roll-up of all markings behind an approach, or why there is none."""
        for source in used:
            if source not in self._registry.sources:
                raise ReleaseError(
                    f"source {source!r} is unknown: add config/sources/{source}.toml"
                )
        if not used:
            raise ReleaseError(f"solution {name!r} names no source: nothing can be marked")
        known = self._markings.get((used, own))
        if known is None:
            try:
                parsed = [parse(text) for text in own.split("\n")] if own else []
            except MarkingError as error:
                known = f"the marking of its message cannot be read: {error}"
            else:
                behind = [self._registry.sources[source].marking for source in used]
                known = whole_of((*behind, *parsed), self._registry.register)
            self._markings[used, own] = known
        return known


def _told(operation: Operation) -> tuple[list[tuple[str, str]], list[Scalar]]:
    """Return name and unit of each fact of an operation, and the values."""
    known = {fact: value(operation) for fact, value in OF_OPERATIONS.items()}
    told = [(fact, FACTS[fact].unit) for fact, value in known.items() if value is not None]
    values: list[Scalar] = [value for value in known.values() if value is not None]
    for one in operation.evidence:
        told.append((f"evidence_{one.name.replace('-', '_')}", one.unit))
        values.append(one.value)
    return told, values


def age_of(found: Found, position: int, runs_ago: int = 0) -> tuple[int, int]:
    """Return the age of a solution at a position in a run, which has the newest messages first."""
    return runs_ago, position if found.is_told else 0


def solution_of(name: str, sources: Sequence[str], found: Found, registry: Registry) -> Solution:
    """Return one close approach or operation as `Marker.solution` does."""
    return Marker(registry).solution(name, sources, found)
