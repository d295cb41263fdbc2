"""Pairs made by hand, day by day, and the real courses of two objects: what evidence is taken from.

`SHOWN` holds for each observation a case that shows it, `NEEDED` what each of them needs: the same
case with one thing less. Days count from `START`, whole UTC days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from functools import cache
from math import nan, pi, radians
from types import MappingProxyType
from typing import Any, Final

from burning import LOW, _shifted
from ring_orbits import START, after, kept, left_alone, set_at

from sda.configuration import packaged, read_toml
from sda.model import ElementSet
from sda.orbit import Regime, RelativeElements
from sda.rpo.config import RpoConfig
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.courses import Course
from sda.rpo.judgement.ties import Ties
from sda.rpo.model import Encounter

CONFIG: Final = read_toml(packaged("config") / "rpo.toml", RpoConfig)
DAY: Final = timedelta(days=1)
OLD: Final = START - 3000 * DAY
_NOTHING: Final = dict.fromkeys((field.name for field in fields(Ties)), False)
APART: Final = Ties(
    **{
        **_NOTHING,
        "launches": ("2001-001", "2005-002"),
        "launch_objects": 0,
        "passive": (False, False),
        "constellation": "",
        "since": (OLD, OLD),
    }
)
"""Two payloads of two launches, both long in orbit."""
TOGETHER: Final = replace(APART, launches=("2001-001", "2001-001"), launch_objects=2)
DEAD: Final = replace(APART, passive=(True, True))
NAME_1, NAME_2 = "INVENTED ONE", "INVENTED TWO"

_LEO_SET: Final = replace(LOW, inclination_deg=65.0, mean_motion_rev_day=15.2, object_id="")
_GEO_SET: Final = set_at(0, 10.0, 0.0, inclination_deg=0.05)


def low(day: float, range_km: float = 3.0, **changes: Any) -> Encounter:
    """A day on which a pair in low orbit is together, bounded and slow, in one plane."""
    return _day(_LEO_SET, day, range_km, RelativeElements(0.02, 3.0, 0.1, 0.1, 0.5, 0.5), changes)


def high(day: float, range_km: float = 3.0, **changes: Any) -> Encounter:
    """The same in the geostationary belt."""
    return _day(_GEO_SET, day, range_km, RelativeElements(0.2, 3.0, 0.1, 0.1, 5.0, 5.0), changes)


def away(one: Encounter, range_km: float = 5000.0, **relative: float) -> Encounter:
    """The same day, with the pair far apart."""
    return replace(
        one,
        min_range_km=range_km,
        max_range_km=range_km + 50,
        min_hill_speed_km_s=nan,
        near_from=None,
        near_to=None,
        dwell_s=0.0,
        relative=replace(one.relative, dlambda_km=range_km, **relative),
    )


def related(one: Encounter, **relative: float) -> Encounter:
    """The same day, with other relative elements."""
    return replace(one, relative=replace(one.relative, **relative))


def inclined(one: Encounter, inclination_deg: float) -> Encounter:
    """The same day, with both in inclined planes."""
    return replace(
        one,
        set_1=replace(one.set_1, inclination_deg=inclination_deg),
        set_2=replace(one.set_2, inclination_deg=inclination_deg),
    )


def aged(one: Encounter, days: float) -> Encounter:
    """The same day, by an older set of the first."""
    return replace(one, set_1=replace(one.set_1, epoch=one.start + DAY / 2 - days * DAY))


def case(days: Sequence[Encounter], **changes: Any) -> Case:
    """A case of the last day; the event opens on the first day of the last time near."""
    given = dict(changes)
    first = next((k for k in reversed(range(len(days))) if not days[k].is_near), -1) + 1
    regime = days[-1].regime
    still = (level(), level(2)) if regime is Regime.LEO else (slot(1), slot(2))
    return Case(
        regime=regime,
        encounters=tuple(days),
        opening=given.pop("opening", min(first, len(days) - 1)),
        day=given.pop("day", len(days) - 1),
        courses=given.pop("courses", still),
        ties=given.pop("ties", APART),
        right=given.pop("right", ""),
        declared=given.pop("declared", ""),
        config=given.pop("config", CONFIG),
        **given,
    )


def course(track: Sequence[ElementSet]) -> Course:
    return Course(tuple(track), CONFIG.longitude, CONFIG.manoeuvres)


@cache
def level(norad_id: int = 1, first: int = -300, raised_at: int | None = None) -> Course:
    """A course in low orbit with a set a day; it may rise by 2 km on one day."""
    sets = []
    for day in range(first, 161):
        up_m = 2000.0 if raised_at is not None and day >= raised_at else 0.0
        sets.append(replace(_shifted(_LEO_SET, up_m), norad_id=norad_id, epoch=after(day + 0.3)))
    return course(sets)


@cache
def slot(norad_id: int, longitude_deg: float = 20.0, *, first: int = -300) -> Course:
    """A course in the belt that holds one slot."""
    return course(kept(longitude_deg, range(first, 161, 5), norad_id=norad_id))


@cache
def visitor(norad_id: int = 1, *, places: int = 2) -> Course:
    """A course that comes to 20 E on day 110, from one place or from two, by burns of its own."""
    stays = {1: (), 2: ((-100, 100, 10.0),), 3: ((-300, -90, 30.0), (-60, 100, 10.0))}[places]
    sets = []
    for begin, end, at_deg in stays:
        sets += kept(at_deg, range(begin, end + 1, 5), norad_id=norad_id)
    if places == 3:
        sets += [_adrift(norad_id, d, -55.0 - d, -1.0) for d in (-83, -78, -73)]
    sets += [_adrift(norad_id, d, d - 90.0, 1.0) for d in (102, 104, 106, 108)]
    sets += kept(20.0, range(110, 161, 5), norad_id=norad_id)
    return course(sorted(sets, key=lambda one: one.epoch))


@cache
def hulk(norad_id: int, first: int = -300) -> Course:
    """A course in the belt that lies where nothing pulls it away, and does not burn."""
    rest = set_at(first, 75.1, 0.0, norad_id=norad_id, inclination_deg=0.05)
    return course(left_alone(rest, range(5, 160 - first, 5)))


def _adrift(norad_id: int, day: float, longitude_deg: float, drift_deg_day: float) -> ElementSet:
    return set_at(day, longitude_deg, drift_deg_day, norad_id=norad_id, inclination_deg=0.05)


def _day(
    one: ElementSet,
    day: float,
    range_km: float,
    relative: RelativeElements,
    changes: Mapping[str, Any],
) -> Encounter:
    start = after(day)
    made = Encounter(
        start=start,
        end=start + DAY,
        set_1=replace(one, norad_id=1, name=NAME_1, epoch=start + DAY / 2),
        set_2=replace(one, norad_id=2, name=NAME_2, epoch=start + DAY / 2),
        min_range_km=range_km,
        min_range_utc=start + DAY / 2,
        max_range_km=range_km + 20,
        min_hill_speed_km_s=0.0005,
        near_from=start,
        near_to=start + DAY,
        dwell_s=86400.0,
        approaches=(),
        relative=relative,
        plane_rad=radians(0.0001),
        sigma_km=1.0,
    )
    return replace(made, **changes)


def _low_arrival() -> list[Encounter]:
    apart = [away(low(d), da_km=1.0) for d in (102, 104, 106, 108)]
    return [*apart, *(low(d) for d in (112, 113, 114))]


def _high_arrival() -> list[Encounter]:
    apart = [away(high(d), da_km=70.0) for d in (95, 104)]
    return [*apart, *(high(d) for d in (112, 113, 114))]


def _high_passage() -> list[Encounter]:
    """Who came drifts on: no arrival."""
    return [related(one, da_km=10.0) if one.is_near else one for one in _high_arrival()]


def _low_return(gap_days: int = 40) -> list[Encounter]:
    first = 114 - gap_days
    return [low(first - 1), away(low(first + 2)), away(low(111)), low(114)]


RAISED: Final = (level(1), level(2, raised_at=110))
CAME: Final = (visitor(1), slot(2))
_HELD: Final = [related(low(d, 40.0, max_range_km=90.0), da_km=4.0) for d in range(80, 115, 2)]
_RELEASED: Final = (level(1), level(2, first=110))
_STEADY: Final = [low(d, 40.0) for d in range(85, 115, 2)]
_MATES: Final = [high(d, 30.0) for d in range(40, 115, 5)]
_BURNT_OUT: Final = replace(APART, passive=(True, False))


def _after_drift(days: float, off_km: float) -> list[Encounter]:
    """Two days between which the pair drifted by da, and by something else."""
    before = low(114 - days)
    n_rad_day = 2 * pi * before.set_1.mean_motion_rev_day
    drift_km = -1.5 * n_rad_day * before.relative.da_km * days
    return [before, related(low(114), dlambda_km=3.0 + drift_km + off_km)]


SHOWN: Final[Mapping[str, Case]] = MappingProxyType(
    {
        "least_range": case([low(114)]),
        "hill_speed": case([low(114)]),
        "dwell": case([low(114)]),
        "plane": case([low(114)]),
        "tuned_plane": case([inclined(high(114), 5.0)]),
        "semi_major_axis": case([low(114)]),
        "bounded": case([low(114)]),
        "merged": case([low(114, 0.5, max_range_km=2.0)]),
        "other_launch": case([low(114)]),
        "arrival_leo": case(_low_arrival(), courses=RAISED),
        "arrival_geo": case(_high_arrival(), courses=CAME),
        "drift_match": case(_low_arrival(), courses=RAISED),
        "manoeuvre_leo": case(_after_drift(20, 400.0)),
        "manoeuvre_geo": case(_high_passage(), courses=CAME),
        "returned": case(_low_return()),
        "held_plane": case(_HELD),
        "release": case([low(d) for d in (110, 111, 112)], courses=_RELEASED, ties=TOGETHER),
        "active_body": case(
            _high_arrival(), courses=(visitor(1, places=3), slot(2)), ties=_BURNT_OUT
        ),
        "coordinated": case([high(114)], ties=TOGETHER),
        "roamer": case([high(114)], courses=(visitor(1, places=3), slot(2))),
        "passive": case([low(114)], ties=DEAD),
        "many_launch": case([low(114)], ties=replace(TOGETHER, launch_objects=20)),
        "same_launch": case([low(114)], ties=TOGETHER),
        "new_launch": case([low(114)], ties=replace(TOGETHER, since=(after(100), after(100)))),
        "steady": case(_STEADY),
        "slot_mates": case(_MATES),
        "same_family": case([high(114)], ties=replace(APART, same_family=True)),
        "drifting": case([related(high(114), da_km=20.0)]),
        "stale": case([aged(low(114), 2.5)]),
    }
)


def drifted(da_km: float, days: int = 30) -> list[Encounter]:
    """Days of a pair that meets on day 114 by nothing but the drift of its da."""
    n_rad_day = 2 * pi * _LEO_SET.mean_motion_rev_day
    found = []
    for back in range(days, -1, -1):
        along_km = 3.0 + 1.5 * n_rad_day * da_km * back
        day = related(low(114 - back, along_km), da_km=da_km, dlambda_km=along_km)
        found.append(away(day, along_km) if along_km > 100 else day)
    return found


_PART_DAY: Final = {"end": after(114.25), "dwell_s": 21600.0}
_GEO_VISIT: Final = SHOWN["arrival_geo"]
_STAGE: Final = SHOWN["active_body"]
_OTHERS: Final = replace(TOGETHER, launches=("2001-001", "2005-002"), launch_objects=0)


def _named(one: Case, name: str) -> Case:
    """The same case, with both objects of one name."""
    days = (
        replace(day, set_1=replace(day.set_1, name=name), set_2=replace(day.set_2, name=name))
        for day in one.encounters
    )
    return replace(one, encounters=tuple(days))


def _each(days: Sequence[Encounter], **changes: Any) -> list[Encounter]:
    return [replace(one, **changes) if one.is_near else one for one in days]


NEEDED: Final[Sequence[tuple[str, str, Case]]] = (
    ("bounded", "range", case([low(114, max_range_km=60.0)])),
    ("bounded", "whole day", case([low(114, **_PART_DAY)])),
    ("merged", "least range", case([low(114, 2.0, max_range_km=2.0)])),
    ("merged", "greatest range", case([low(114, 0.5, max_range_km=4.0)])),
    ("merged", "plane", case([low(114, 0.5, max_range_km=2.0, plane_rad=radians(0.0041))])),
    ("merged", "whole day", case([low(114, 0.5, max_range_km=2.0, **_PART_DAY)])),
    ("other_launch", "launch", case([low(114)], ties=TOGETHER)),
    ("other_launch", "family", case([low(114)], ties=replace(APART, same_family=True))),
    ("other_launch", "known", case([low(114)], ties=replace(APART, launches=("2001-001", "")))),
    ("arrival", "burn", case(drifted(0.03, 60))),
    ("arrival", "age", replace(SHOWN["arrival_leo"], ties=replace(APART, since=(OLD, after(60))))),
    ("arrival", "life", replace(SHOWN["arrival_leo"], ties=DEAD)),
    ("arrival", "apart", case([low(d) for d in (112, 113, 114)], courses=RAISED)),
    ("arrival", "plane", case([related(o, dix_km=6.0) for o in _low_arrival()], courses=RAISED)),
    ("arrival", "dwell", case(_each(_low_arrival(), dwell_s=21599.0), courses=RAISED)),
    ("arrival", "period", case([related(o, da_km=0.5) for o in _low_arrival()], courses=RAISED)),
    ("arrival", "move", replace(_GEO_VISIT, courses=(slot(1), slot(2)))),
    ("arrival", "live mover", replace(
        _named(_GEO_VISIT, "INVENTED DEB"), ties=replace(APART, passive=(True, False)))),
    ("arrival", "nearness", case(_each(_high_arrival(), min_range_km=100.0), courses=CAME)),
    ("drift_match", "low orbit", _GEO_VISIT),
    ("drift_match", "burn", case(drifted(0.3))),
    ("drift_match", "plane", case([related(o, diy_km=10.0) for o in _low_arrival()])),
    ("drift_match", "match", case([related(o, da_km=0.5) for o in _low_arrival()])),
    ("drift_match", "life", replace(SHOWN["drift_match"], ties=DEAD)),
    ("drift_match", "memory", case([away(low(-10), da_km=1.0), low(112), low(114)])),
    ("manoeuvre", "drift", case(drifted(0.02, 20))),
    ("manoeuvre", "range", replace(_GEO_VISIT, encounters=tuple(
        _each(_high_arrival(), min_range_km=60.0)))),
    ("manoeuvre", "burn", replace(_GEO_VISIT, courses=(slot(1), slot(2)))),
    ("manoeuvre", "life", replace(_named(_GEO_VISIT, "INVENTED DEB"), ties=DEAD)),
    ("returned", "absence", case(_low_return(25))),
    ("returned", "before", case([away(low(70)), low(114)])),
    ("returned", "life", case(_low_return(), ties=DEAD)),
    ("held_plane", "time", case(_HELD[-6:])),
    ("held_plane", "difference", case([related(one, da_km=0.1) for one in _HELD])),
    ("held_plane", "plane", case([replace(one, plane_rad=radians(0.2)) for one in _HELD])),
    ("held_plane", "other reason", case([inclined(one, 97.4) for one in _HELD])),
    ("held_plane", "life", case(_HELD, ties=replace(APART, passive=(True, False)))),
    ("release", "launch", replace(SHOWN["release"], ties=_OTHERS)),
    ("release", "life", replace(SHOWN["release"], ties=replace(TOGETHER, passive=(False, True)))),
    ("release", "age", replace(SHOWN["release"], ties=replace(
        TOGETHER, since=(after(90), after(90))))),
    ("release", "parent", replace(SHOWN["release"], courses=(level(1, 106), level(2, 110)))),
    ("release", "time", replace(SHOWN["release"], courses=(level(1), level(2, 80)))),
    ("release", "range", case([low(110, 100.0)], courses=_RELEASED, ties=TOGETHER)),
    ("active_body", "name", replace(_STAGE, ties=APART)),
    ("active_body", "burns", replace(_STAGE, courses=(hulk(1), slot(2)))),
    ("active_body", "solid body", _named(_STAGE, "INVENTED DEB")),
    ("coordinated", "belt", case([low(114)], ties=TOGETHER)),
    ("coordinated", "launch", case([high(114)])),
    ("coordinated", "plane", case([high(114, plane_rad=radians(0.0101))], ties=TOGETHER)),
    ("coordinated", "dwell", case([high(114, dwell_s=9.9 * 3600)], ties=TOGETHER)),
    ("roamer", "places", _GEO_VISIT),
    ("passive", "both", case([low(114)], ties=replace(APART, passive=(True, False)))),
    ("many_launch", "many", case([low(114)], ties=replace(TOGETHER, launch_objects=6))),
    ("same_launch", "few", SHOWN["many_launch"]),
    ("same_launch", "low orbit", SHOWN["coordinated"]),
    ("new_launch", "new", case([low(114)], ties=replace(TOGETHER, since=(OLD, after(54))))),
    ("new_launch", "launch", case([low(114)], ties=replace(APART, since=(OLD, after(100))))),
    ("steady", "time", case(_STEADY[-12:])),
    ("steady", "range", case([*_STEADY[:-1], low(114, 61.0)])),
    ("steady", "presence", case([away(low(84), 149.0), *_STEADY])),
    ("slot_mates", "belt", SHOWN["steady"]),
    ("slot_mates", "slot", replace(SHOWN["slot_mates"], courses=CAME)),
    ("slot_mates", "time", case(_MATES[-3:])),
    ("same_family", "belt", case([low(114)], ties=replace(APART, same_family=True))),
    ("drifting", "belt", case([related(low(114), da_km=20.0)])),
    ("drifting", "drift", case([related(high(114), da_km=7.7)])),
    ("stale", "age", case([aged(low(114), 1.99)])),
)  # fmt: skip
"""Observation, what is lacking, and the case without it."""
