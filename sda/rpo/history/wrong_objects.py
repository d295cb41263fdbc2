"""Find the element sets that are filed under the wrong catalogue number.

The sets of one number are sorted into *strands*: sets that follow from each other by what a
spacecraft can do. A track of one strand is in order. Of several one is the object's own:

- not one that begins and ends within a longer one, which then goes on as before;
- not one that runs along another object's own orbit, while that object came there calmly;
- of the rest the one with most sets; of equals the later, for numbers are mended over time.

The others are wrong as a whole, so that suspicion persists until the object is back on its own.
A change that is plausible but large makes a set wrong only where it leads onto another's orbit.
An analyst's number that never leaves another object's orbit is that object once more; what has
just been released from one looks the same at first, and stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.constants import EARTH_RADIUS_KM
from sda.elements import ObjectType, type_of_name
from sda.model import ElementSet
from sda.rpo.history.changes import MeanElements, delta_v
from sda.rpo.history.same_orbit import OrbitFinder, SameOrbitConfig

__all__ = ["ChangesConfig", "WrongSet", "implausible", "passive", "wrong_sets"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]
Excess = Callable[[Indices, Indices], Floats]

_ANALYST: Final = ((80_000, 89_999), (270_000, 279_999))
"""Numbers of objects whose origin is not known (Space-Track, "analyst satellites")."""
_SAMPLES: Final = 5
_CALM: Final = 0.1
"""Of what is implausible: where a number holds two orbits that are close, less is no surprise."""
_LOOK_BACK: Final = 4


class ChangesConfig(BaseModel):
    """What an object can do between two of its sets."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    burn_km_s: float = Field(gt=0)
    thrust_km_s_day: float = Field(ge=0)
    transfer_km_s: float = Field(gt=0)
    transfer_plane_km_s: float = Field(gt=0)
    passive_km_s: float = Field(gt=0)
    doubtful_km_s: float = Field(gt=0)
    doubtful_phase_km_s: float = Field(gt=0)
    max_apogee_km: float = Field(gt=0)
    twin_sets: int = Field(ge=1)
    twin_days: float = Field(ge=0)


@dataclass(frozen=True, slots=True)
class WrongSet:
    """A set under the wrong number, by its place, and whose orbit it is, where that is known."""

    place: int
    orbit_of: int | None


def passive(elements: Sequence[ElementSet], of: MeanElements) -> Bools:
    """Return which sets `(n,)` are of objects that cannot manoeuvre, as far as is known.

    Debris by its name, and objects under analysts' numbers.
    """
    names = {e.name for e in elements}
    debris = {name for name in names if type_of_name(name) is ObjectType.DEBRIS}
    return np.array([e.name in debris for e in elements], np.bool_) | _are_analyst(of.norad_id)


def implausible(of: MeanElements, is_passive: Bools, config: ChangesConfig) -> Excess:
    """Return a function of earlier and later sets `(m,)`: above 1 no object gets from one to other.

    What is passive may change its eccentricity by sunlight, so only its energy and plane count.
    Of orbits beyond `max_apogee_km` the Moon makes what it likes: nothing there is implausible.
    """

    def excess(first: Indices, second: Indices) -> Floats:
        change = delta_v(of, first, second)
        burn = config.burn_km_s + config.thrust_km_s_day * change.days
        total = np.where(change.is_transfer, np.maximum(config.transfer_km_s, burn), burn)
        plane = np.where(change.is_transfer, np.maximum(config.transfer_plane_km_s, burn), burn)
        active = np.maximum(change.total_km_s / total, change.plane_km_s / plane)
        active = np.maximum(active, change.phase_km_s / config.burn_km_s)
        drifting = np.hypot(change.energy_km_s, change.plane_km_s) / config.passive_km_s
        found = np.where(is_passive[second], np.maximum(active, drifting), active)
        return np.where(_is_far(of, first, second, config), 0.0, found)

    return excess


def _doubtful(of: MeanElements, config: ChangesConfig) -> Excess:
    """Return a function like `implausible`'s: above 1 a change is worth a second look."""

    def excess(first: Indices, second: Indices) -> Floats:
        change = delta_v(of, first, second)
        phase = change.phase_km_s / config.doubtful_phase_km_s
        found = np.maximum(change.total_km_s / config.doubtful_km_s, phase)
        return np.where(change.is_transfer | _is_far(of, first, second, config), 0.0, found)

    return excess


def _is_far(of: MeanElements, first: Indices, second: Indices, config: ChangesConfig) -> Bools:
    far_km = EARTH_RADIUS_KM + config.max_apogee_km
    far: Bools = np.minimum(of.apogee_km[first], of.apogee_km[second]) > far_km
    return far


def wrong_sets(
    elements: Sequence[ElementSet],
    of: MeanElements,
    config: ChangesConfig,
    same_orbit: SameOrbitConfig,
) -> list[WrongSet]:
    """Return the sets that are filed under the wrong number.

    Takes sets by number and epoch, and their columns.
    """
    if not elements:
        return []
    is_passive = passive(elements, of)
    hard, soft = implausible(of, is_passive, config), _doubtful(of, config)

    def either(first: Indices, second: Indices) -> Floats:
        return np.maximum(hard(first, second), soft(first, second))

    before = np.flatnonzero(np.diff(of.norad_id) == 0)
    links = np.zeros(len(of.norad_id))  # of each set to the one before it
    links[before + 1] = either(before, before + 1)
    # Runs of sets without any large change. What an object's orbit says of another's counts only
    # if it came there calmly itself: docked objects burn together and jump together.
    begins = np.concatenate(([True], np.diff(of.norad_id) != 0)) | (links > 1)
    finder = OrbitFinder(elements, of, np.cumsum(begins) - 1, same_orbit)

    wrong: list[WrongSet] = []
    broken = set(of.norad_id[links > 1].tolist())
    for norad_id in sorted(broken):
        strands = _strands(finder.track(norad_id), links, either)
        if len(strands) > 1:
            wrong += _wrong_strands(strands, [finder.owner(s, _sampled(s)) for s in strands], hard)
    analysts = np.unique(of.norad_id[_are_analyst(of.norad_id)])
    for norad_id in sorted(set(analysts.tolist()) - broken):
        track = finder.track(norad_id)
        span_days = of.epoch_days[track[-1]] - of.epoch_days[track[0]]
        if len(track) < config.twin_sets or span_days < config.twin_days:
            continue
        twin = finder.twin(_sampled(track))
        if twin is not None and twin not in analysts:
            wrong += [WrongSet(place, twin) for place in track]
    return wrong


def _are_analyst(norad_id: NDArray[np.int64]) -> Bools:
    found = np.zeros(len(norad_id), np.bool_)
    for low, high in _ANALYST:
        found |= (low <= norad_id) & (norad_id <= high)
    return found


def _sampled(strand: Sequence[int]) -> list[int]:
    """Return a few of a strand's places, its ends among them."""
    if len(strand) <= _SAMPLES:
        return list(strand)
    return [strand[round(k * (len(strand) - 1) / (_SAMPLES - 1))] for k in range(_SAMPLES)]


def _strands(track: Sequence[int], links: Floats, excess: Excess) -> list[list[int]]:
    """Return the places of a track as strands, by their first sets.

    A set that follows calmly from the one before it is of its strand, whatever that is. Else it
    joins the strand that it follows from best, or begins another. Where that strand had gone astray
    unnoticed a few sets before, those become a strand of their own.
    """
    strands = [[track[0]]]
    current = strands[0]
    for place in track[1:]:
        if links[place] > (1 if len(strands) == 1 else _CALM):
            current = _follows(strands, place, links[place] > 1, excess)
        current.append(place)
    return sorted(strands)


def _follows(strands: list[list[int]], place: int, jumps: bool, excess: Excess) -> list[int]:
    """Return the strand that a set follows from, which may be split or begun for it."""
    recent = [(s, k) for s in strands for k in range(max(0, len(s) - _LOOK_BACK), len(s))]
    recent.sort(key=lambda one: -one[0][one[1]])
    places = np.array([strand[k] for strand, k in recent])
    found = excess(places, np.full(len(places), place))
    calm = found <= _CALM
    if calm.any():
        strand, k = recent[int(np.argmax(calm))]
        if jumps and k < len(strand) - 1:
            strands.append(strand[k + 1 :])
            del strand[k + 1 :]
        return strand
    last = np.array([k == len(strand) - 1 for strand, k in recent])
    best = int(np.argmin(np.where(last, found, np.inf)))
    if found[best] > 1:
        strands.append([])
        return strands[-1]
    return recent[best][0]


def _wrong_strands(
    strands: Sequence[list[int]], owners: Sequence[int | None], hard: Excess
) -> list[WrongSet]:
    """Return the sets of the strands that are not the object's; `owners` are whose orbit each is.

    Outward from the object's own strand, one is accepted that is nobody else's and that the
    object could get to from what is accepted, and back from.
    """
    own = _own(strands, owners)
    accepted = strands[own]
    later = range(own + 1, len(strands))
    wrong: list[WrongSet] = []
    for k in (*later, *reversed(range(own))):
        strand = set(strands[k])
        merged = sorted((*accepted, *strand))
        turns = [pair for pair in pairwise(merged) if (pair[0] in strand) != (pair[1] in strand)]
        first, second = np.array(turns).T
        if owners[k] is None and (hard(first, second) <= 1).all():
            accepted = merged
        else:
            wrong += [WrongSet(place, owners[k]) for place in strands[k]]
    return wrong


def _own(strands: Sequence[list[int]], owners: Sequence[int | None]) -> int:
    """Return which strand is the object's own."""
    outer = [
        k
        for k, one in enumerate(strands)
        if not any(
            other[0] < one[0] and one[-1] < other[-1] and len(other) > len(one) for other in strands
        )
    ]
    free = [k for k in outer if owners[k] is None] or outer
    return max(free, key=lambda k: (len(strands[k]), k))
