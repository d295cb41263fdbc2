"""How the sets of flagged and probable events move when one number of config/rpo.toml changes.

The year is searched once. Each day of an event is kept with its evidence and with the gates that
are shut on it, and is added up again with each number 20 % up and 20 % down: points of tiers,
other points, gates and verdicts. None of these decides what evidence there is. Limits do: with
`--limits` the pairs are judged anew for each of them. Numbers that decide what is near, a manoeuvre
or a family belong to the geometry and stay as they are. Events that are not even to be watched
are left out: 20 % of the largest weight is 12 points, of a gate 8, and possible is 40.
An event is told by its pair here, since its id may depend on the numbers.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rpo_sets import CATALOGUES, EARLIER, read
from rpo_year import END, START

from sda.configuration import find_config, read_toml
from sda.rpo import detection
from sda.rpo.config import RpoConfig
from sda.rpo.context.declared import Declared, read_declared
from sda.rpo.detection import Knowledge, detect
from sda.rpo.history.cleaning import cleaned
from sda.rpo.judgement import events, scoring
from sda.rpo.judgement.cases import Case
from sda.rpo.judgement.events import Pair, events_of
from sda.rpo.model import Event, Score

WEIGHTS = ("tiers", "points", "gates", "verdicts")
FACTORS = (0.8, 1.2)
TIERED = {
    "least_range_km": "least-range",
    "hill_speed_m_s": "hill-speed",
    "dwell_hours": "dwell",
    "plane_km": "plane",
    "semi_major_axis_km": "semi-major-axis",
    "manoeuvre_range_km": "manoeuvre",
}
Numbers = tuple[int, int]
Judgement = tuple[Pair, datetime, tuple[Declared, ...]]
Place = tuple[str | int, ...]
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an event: what counts, by the place of its number, and the gates shut."""

    numbers: Numbers
    places: tuple[Place, ...]
    gates: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Year:
    """All days of events to be watched or more, and what their pairs are judged by."""

    days: list[Day]
    pairs: list[Judgement]


def searched(config: RpoConfig, declared: tuple[Declared, ...]) -> Year:
    """Search the year, and return the days of its events."""
    year = Year([], [])
    seen: list[tuple[Case, Score, tuple[tuple[str, float], ...]]] = []
    shut: list[tuple[str, float]] = []
    gates = scoring._gates
    table = plain(config.model_dump(by_alias=True))

    def shutting(*given: Any) -> list[tuple[str, float]]:
        shut[:] = gates(*given)
        return shut

    def keeping(case: Case) -> Score:
        score = scoring.scored(case)
        seen.append((case, score, tuple(shut)))
        return score

    def taking(
        pair: Pair, start: datetime, config: RpoConfig, declared: Sequence[Declared] = ()
    ) -> Iterator[Event]:
        seen.clear()
        found = list(events_of(pair, start, config, declared))
        if any(event.score.points >= config.verdicts.watch for event in found):
            year.pairs.append((pair, start, tuple(declared)))
            year.days.extend(day_of(*one, table) for one in seen)
        yield from found

    history = cleaned(read([*EARLIER, *CATALOGUES]), config.history)
    begin = datetime.combine(START, time(0), UTC)
    with (
        patch.object(detection, "events_of", taking),
        patch.object(events, "scored", keeping),
        patch.object(scoring, "_gates", shutting),
    ):
        detect(history, begin, (END - START).days, config, Knowledge(declared=declared))
    return year


def day_of(case: Case, score: Score, gates: tuple[tuple[str, float], ...], table: Table) -> Day:
    """Return what a day counts, number by number."""
    regime = "LEO" if case.regime == "LEO" else "GEO"
    places = tuple(place_of(table, regime, one.name, one.points) for one in score.evidence)
    return Day(case.today.pair, places, gates)


def place_of(table: Table, regime: str, name: str, points: float) -> Place:
    """Return where the number stands that an observation counts."""
    for key, tiered in TIERED.items():
        if name == tiered:
            tiers = table["tiers"][key][regime]
            row = next(k for k, (_, given) in enumerate(tiers) if given == points)
            return ("tiers", key, regime, row, 1)
    key = name.replace("-", "_")
    return ("points", key, regime) if isinstance(table["points"][key], dict) else ("points", key)


def flagged(days: Sequence[Day], table: Table, base: Table) -> tuple[set[Numbers], set[Numbers]]:
    """Return the pairs flagged, and those of them probable."""
    points: dict[Place, float] = {}
    gates = {base["gates"][key]: key for key in base["gates"]}
    names = {name: gate_key(name, cap, gates) for one in days for name, cap in one.gates}
    best: dict[Numbers, float] = {}
    for one in days:
        total = 0.0
        for place in one.places:
            if place not in points:
                points[place] = float(at(table, place))
            total += points[place]
        capped = min([total, *(table["gates"][names[name]] for name, _ in one.gates)])
        best[one.numbers] = max(best.get(one.numbers, 0.0), capped)
    limits = table["verdicts"]
    found = {numbers for numbers, score in best.items() if score >= limits["possible"]}
    return found, {numbers for numbers in found if best[numbers] >= limits["probable"]}


def gate_key(name: str, cap: float, gates: Mapping[float, str]) -> str:
    """Return the key of a gate in the configuration by its name in a score.

    Raises ValueError for a gate that is none of the named ones, nor a right to be near.
    """
    told = {
        "both passive": "passive",
        "steady": "steady",
        "no activity": "no_activity",
        "drifting, no activity": "unsteered",
        "one launch or fleet": "same_launch",
    }
    if name in told:
        return told[name]
    if gates.get(cap) not in ("known_neighbours", "passive"):
        raise ValueError(f"which number shuts the gate {name!r}? Add it to gate_key")
    return "known_neighbours"


def judged(pairs: Sequence[Judgement], config: RpoConfig) -> tuple[set[Numbers], set[Numbers]]:
    """Return the pairs flagged, and those of them probable, judged anew."""
    best: dict[Numbers, float] = {}
    for pair, start, declared in pairs:
        for event in events_of(pair, start, config, declared):
            numbers = (event.norad_id_1, event.norad_id_2)
            best[numbers] = max(best.get(numbers, 0.0), event.score.points)
    found = {numbers for numbers, score in best.items() if score >= config.verdicts.possible}
    return found, {numbers for numbers in found if best[numbers] >= config.verdicts.probable}


def leaves(given: Any, path: Place = ()) -> Iterator[tuple[Place, float]]:
    """Yield each number of a section with its place."""
    if isinstance(given, dict):
        for key, value in given.items():
            yield from leaves(value, (*path, key))
    elif isinstance(given, list):
        for place, value in enumerate(given):
            # Of a tier, the limit comes first: the points are its weight.
            if path[0] != "tiers" or len(path) != 4 or place == 1:
                yield from leaves(value, (*path, place))
    elif isinstance(given, int | float) and not isinstance(given, bool):
        yield path, float(given)


def at(table: Any, path: Place) -> Any:
    """Return what stands at a place."""
    for key in path:
        table = table[key]
    return table


def changed(table: Table, path: Place, factor: float) -> Table:
    """Return the numbers with one multiplied."""
    copy = plain(table)
    place = at(copy, path[:-1])
    value = place[path[-1]] * factor
    place[path[-1]] = round(value) if isinstance(place[path[-1]], int) else value
    return dict(copy)


def plain(given: Any) -> Any:
    """Return a copy in dictionaries and lists, which can be changed."""
    if isinstance(given, dict):
        return {str(key): plain(value) for key, value in given.items()}
    if isinstance(given, list | tuple):
        return [plain(value) for value in given]
    return given


def weights(
    config_folder: Path | None, with_limits: bool, kept: Path | None = None
) -> list[dict[str, object]]:
    """Print how the sets move with each number; keep what was searched in a file where asked."""
    place = find_config(config_folder)
    config = read_toml(place / "rpo.toml", RpoConfig)
    year = searched(config, read_declared(place))
    if kept:
        kept.write_bytes(pickle.dumps(year.pairs))
    table = plain(config.model_dump(by_alias=True))
    base, base_probable = flagged(year.days, table, table)
    print(f"{len(year.pairs)} pairs; flagged {len(base)}, probable {len(base_probable)}\n")
    print("| number | value | factor | flagged | in | out | probable | in | out | pairs |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    sections = (*WEIGHTS, *(["limits"] if with_limits else []))
    results: list[dict[str, object]] = []
    for path, value in leaves({name: table[name] for name in sections}):
        for factor in FACTORS:
            variant = changed(table, path, factor)
            name = ".".join(map(str, path))
            if path[0] == "limits":
                try:
                    found, probable = judged(year.pairs, RpoConfig.model_validate(variant))
                except ValueError:
                    print(f"| {name} | {value:g} | {factor} | refused | | | | | | |", flush=True)
                    continue
            else:
                found, probable = flagged(year.days, variant, table)
            moved = " ".join(f"{low}-{high}" for low, high in sorted(base ^ found))
            counts = (len(found), len(found - base), len(base - found), len(probable))
            more = (len(probable - base_probable), len(base_probable - probable))
            text = " | ".join(map(str, (*counts, *more)))
            print(f"| {name} | {value:g} | {factor} | {text} | {moved} |", flush=True)
            results.append(
                {"number": name, "factor": factor, "counts": counts, "more": more, "moved": moved}
            )
    return results
