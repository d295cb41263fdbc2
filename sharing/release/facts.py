"""Turn a close approach into facts, each with the marking that its inputs give it.

Every number of a close approach is computed from the element sets of both objects, or from one
message, so each fact carries the roll-up of the markings of all sources of its solution, and of the
message's own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from sda.model import CloseApproach
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
    value: Callable[[CloseApproach], Scalar]
    betrays: tuple[str, ...] = ()
    betrays_if_there: tuple[str, ...] = ()
    speaks_by_being: bool = False
    """Whether there is such a fact only for some values of others: no notice says that it is
    left out."""


def _time(time: datetime | None) -> str | None:
    return None if time is None else format_utc(time)


def _state(value: Callable[[CloseApproach], str | None]) -> FactKind:
    """Return a state: with the other object's public elements it tells all of the geometry."""
    geometry = ("miss_distance", "relative_speed", "radial", "in_track", "cross_track")
    return FactKind(
        STATE_UNIT,
        "geometry",
        Coarse.NOTHING,
        value,
        betrays=("tca", *geometry),
        betrays_if_there=("longitude",),
        speaks_by_being=True,
    )


def _covariance(value: Callable[[CloseApproach], str | None]) -> FactKind:
    """Return a covariance: as an error it gives the time away, with the states the probability."""
    return FactKind(
        COVARIANCE_UNIT,
        "quality",
        Coarse.NOTHING,
        value,
        betrays=("tca", "miss_distance"),
        betrays_if_there=("sigma", "resolvable", "probability", "probability_method"),
        speaks_by_being=True,
    )


FACTS: Final[dict[str, FactKind]] = {
    "norad_id_1": FactKind("", "identity", Coarse.SAME, lambda a: a.norad_id_1),
    "name_1": FactKind("", "identity", Coarse.SAME, lambda a: a.name_1),
    "norad_id_2": FactKind("", "identity", Coarse.SAME, lambda a: a.norad_id_2),
    "name_2": FactKind("", "identity", Coarse.SAME, lambda a: a.name_2),
    "tca": FactKind("", "timing", Coarse.TIME, lambda a: _time(a.tca)),
    "miss_distance": FactKind("km", "geometry", Coarse.GRID, lambda a: a.miss_km),
    "relative_speed": FactKind("km/s", "geometry", Coarse.GRID, lambda a: a.relative_speed_km_s),
    "radial": FactKind(
        "km", "geometry", Coarse.NOTHING, lambda a: a.radial_km, betrays=("miss_distance",)
    ),
    "in_track": FactKind(
        "km", "geometry", Coarse.NOTHING, lambda a: a.in_track_km, betrays=("miss_distance",)
    ),
    "cross_track": FactKind(
        "km", "geometry", Coarse.NOTHING, lambda a: a.cross_track_km, betrays=("miss_distance",)
    ),
    # The elements of object 1 may be public: where it was exactly tells when.
    "longitude": FactKind(
        "deg", "geometry", Coarse.LONGITUDE, lambda a: a.longitude_deg, betrays=("tca",)
    ),
    # With the radius and the aspect ratio of config/, which are public, it gives the distance.
    "max_probability": FactKind(
        "", "probability", Coarse.GRID, lambda a: a.max_probability, betrays=("miss_distance",)
    ),
    # With the covariance, which its originator knows, it gives the distance.
    "probability": FactKind(
        "", "probability", Coarse.GRID, lambda a: a.probability, betrays=("miss_distance",)
    ),
    # Which one holds says whether the passage is slow.
    "probability_method": FactKind(
        "", "quality", Coarse.NOTHING, lambda a: a.probability_method, betrays=("relative_speed",)
    ),
    # With the epoch, which is public for a public set, an age gives the time.
    "age_1": FactKind("d", "quality", Coarse.NOTHING, lambda a: a.age_days_1, betrays=("tca",)),
    "age_2": FactKind("d", "quality", Coarse.NOTHING, lambda a: a.age_days_2, betrays=("tca",)),
    "episode_start": FactKind(
        "", "timing", Coarse.TIME, lambda a: _time(a.episode_start), betrays=("tca",)
    ),
    "episode_end": FactKind(
        "", "timing", Coarse.TIME, lambda a: _time(a.episode_end), betrays=("tca",)
    ),
    "n_minima": FactKind("", "quality", Coarse.NOTHING, lambda a: len(a.minima)),
    # The table of errors by age is public, as epochs are: an error gives the direction of the miss
    # and the time away.
    "sigma": FactKind(
        "km", "quality", Coarse.NOTHING, lambda a: a.sigma_km, betrays=("miss_distance", "tca")
    ),
    "resolvable": FactKind(
        "", "quality", Coarse.NOTHING, lambda a: a.resolvable, betrays=("miss_distance",)
    ),
    # The distance over a constant.
    "dilution": FactKind(
        "km", "quality", Coarse.NOTHING, lambda a: a.dilution_km, betrays=("miss_distance",)
    ),
    "state_1": _state(lambda a: a.state_1),
    "state_2": _state(lambda a: a.state_2),
    "covariance_1": _covariance(lambda a: a.covariance_1),
    "covariance_2": _covariance(lambda a: a.covariance_2),
}
"""Every fact of a close approach by name; `sources`, of group provenance, comes on top."""

IDENTITY: Final = ("norad_id_1", "norad_id_2")
DISAGREEMENT: Final = "disagreement"
"""A fact of two solutions; the door adds it where a partner sees both."""


def group_of(fact: str) -> str:
    """Return the group by which policies know a fact."""
    if fact == DISAGREEMENT:
        return "quality"
    return FACTS[fact].group if fact in FACTS else "provenance"


class Marker:
    """Turns close approaches into marked facts; what is alike is marked once.

    Every fact carries the roll-up of all markings behind it. A value that an approach does not have
    (the episode of a crossing) makes no fact. One whose own marking cannot be read has no facts at
    all but a fault, for which the door withholds it.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._markings: dict[tuple[tuple[str, ...], str], Marking | str] = {}
        self._shapes: dict[tuple[tuple[str, ...], str, tuple[bool, ...]], Shape] = {}

    def solution(
        self,
        name: str,
        sources: Sequence[str],
        approach: CloseApproach,
        age: tuple[int, int] = (0, 0),
    ) -> Solution:
        """Return the facts of a close approach as one solution; for `age` see there.

        Raises ReleaseError for no source, or one that no file declares.
        """
        used = tuple(sorted(set(sources)))
        all_values = [kind.value(approach) for kind in FACTS.values()]
        present = tuple([value is not None for value in all_values])
        key = (used, approach.marking, present)
        shape = self._shapes.get(key)
        fault = ""
        if shape is None:
            marking = self._marking(name, used, approach.marking)
            if isinstance(marking, str):
                fault, shape = marking, shape_of(())
            else:
                shape = self._shapes[key] = _shape(used, marking, present)
        values = [value for value in all_values if value is not None]
        return Solution(
            name=name,
            sources=used,
            pair=(approach.norad_id_1, approach.norad_id_2),
            kind=str(approach.kind),
            tca=require_utc(approach.tca),
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


def _shape(used: tuple[str, ...], marking: Marking, present: Iterable[bool]) -> Shape:
    facts = [
        Fact(name, None, kind.unit, marking, used)
        for (name, kind), is_there in zip(FACTS.items(), present, strict=True)
        if is_there
    ]
    return shape_of([*facts, Fact("sources", None, "", marking, used)])


def age_of(approach: CloseApproach, position: int, runs_ago: int = 0) -> tuple[int, int]:
    """Return the age of a solution at a position in a run, which has the newest messages first."""
    return runs_ago, position if approach.is_told else 0


def solution_of(
    name: str, sources: Sequence[str], approach: CloseApproach, registry: Registry
) -> Solution:
    """Return one close approach as `Marker.solution` does."""
    return Marker(registry).solution(name, sources, approach)
