"""Learn which objects fly together by the dozen: constellations, and stacks after launch.

A constellation is a family with many members in few orbits, wherever they are along them. Which
families are ones is read from the catalogue: a member has many of its own family around it, at
its height and inclination. A name at home in three regimes is what a state calls all that it
flies; it names no constellation, and hides no inspector that flies on the shell of another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import pi
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from sda.constants import MU_KM3_S2, SECONDS_PER_DAY
from sda.model import ElementSet
from sda.orbit import Regime, regime_of
from sda.rpo.context.config import ConstellationConfig, ContextConfig, ShellConfig
from sda.rpo.context.families import second_name
from sda.rpo.context.objects import ObjectContext

__all__ = ["Constellation", "constellations_of", "members_of"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_RAD_S_PER_REV_DAY: Final = 2 * pi / SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Constellation:
    """Objects of one family on one shell, or a whole family."""

    name: str
    """Family, or launch of the nameless; a shell of several has height and inclination behind."""
    members: frozenset[int]


def constellations_of(
    elements: Iterable[ElementSet], contexts: Mapping[int, ObjectContext], config: ContextConfig
) -> tuple[Constellation, ...]:
    """Return the constellations of a catalogue, one set an object, the largest first.

    Objects without a context and passive ones are left out. The nameless count by launch.
    """
    rules = config.constellations
    fleet = [
        (one, regime_of(one), contexts[one.norad_id])
        for one in elements
        if one.norad_id in contexts and not contexts[one.norad_id].is_passive
    ]
    wide = _wide(Counter((context.family, regime) for _, regime, context in fleet), rules)
    families: dict[tuple[str, Regime], list[ElementSet]] = {}
    for one, regime, context in fleet:
        if context.family in wide:
            name = second_name(context.name, config.families)
        else:
            name = context.family or context.launch
        if name and regime in rules.shells:
            families.setdefault((name, regime), []).append(one)
    found = [
        constellation
        for (name, regime), members in families.items()
        if len(members) >= rules.min_members
        for constellation in _of_family(name, members, rules, rules.shells[regime])
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.members), one.name)))


def members_of(constellations: Iterable[Constellation]) -> Mapping[int, Constellation]:
    """Return the constellation of each member by catalogue number."""
    return {norad_id: one for one in constellations for norad_id in one.members}


def _wide(homes: Counter[tuple[str, Regime]], rules: ConstellationConfig) -> set[str]:
    """Return the families that are at home in too many regimes to be one thing.

    Two make a home: a single set under a wrong number must not undo a family.
    """
    members = Counter[str]()
    for (family, _), n in homes.items():
        members[family] += n
    regimes = Counter(
        family
        for (family, _), n in homes.items()
        if n >= max(2, rules.regime_share * members[family])
    )
    return {family for family, n in regimes.items() if family and n > rules.max_regimes}


def _of_family(
    name: str, members: Sequence[ElementSet], rules: ConstellationConfig, shell: ShellConfig
) -> list[Constellation]:
    ids = np.array([one.norad_id for one in members])
    n_rad_s = np.array([one.mean_motion_rev_day for one in members]) * _RAD_S_PER_REV_DAY
    inclination_deg = np.array([one.inclination_deg for one in members])
    a_km = np.cbrt(MU_KM3_S2 / n_rad_s**2)
    places = np.stack([a_km / shell.height_km, inclination_deg / shell.inclination_deg], axis=1)
    # Chebyshev distance: within both limits. Who has many around it takes in those around it.
    around = KDTree(places).query_ball_point(places, 1.0, p=np.inf, return_length=True)
    full = places[around >= rules.min_members]
    if not len(full):
        return []
    distance, _ = KDTree(full).query(places, p=np.inf)
    joined = np.flatnonzero(distance <= 1.0)
    if len(members) >= rules.whole_family_members and len(joined) >= rules.whole_family_share * len(
        members
    ):
        return [Constellation(name, frozenset(ids.tolist()))]
    return [
        Constellation(
            f"{name} {a_km[group].mean():.0f} km {inclination_deg[group].mean():.1f} deg",
            frozenset(ids[group].tolist()),
        )
        for group in _shells(places, joined)
    ]


def _shells(places: Floats, joined: Indices) -> list[Indices]:
    """Split places `(n, 2)`, of which the indices are given, wherever either axis has a gap."""
    groups, axis, unsplit = [joined], 0, 0
    while unsplit < places.shape[1]:
        split = [part for group in groups for part in _split(places[:, axis], group)]
        unsplit = unsplit + 1 if len(split) == len(groups) else 0
        groups, axis = split, (axis + 1) % places.shape[1]
    return groups


def _split(values: Floats, group: Indices) -> list[Indices]:
    ordered = group[np.argsort(values[group], kind="stable")]
    cuts = np.flatnonzero(np.diff(values[ordered]) > 1.0) + 1
    return [ordered[begin:end] for begin, end in pairwise([0, *cuts.tolist(), len(ordered)])]
