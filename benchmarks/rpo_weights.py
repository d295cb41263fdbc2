"""How the sets of flagged and probable events move when one number of config/rpo.toml changes.

The year is searched once; each pair is kept as it goes into the judgement (its days, courses and
ties), and judged again with each number 20 % up and 20 % down: points of tiers, other points,
gates and verdicts (`weights`), and, on request, the limits of the observations. Numbers that decide
what is near, a manoeuvre or a family belong to the geometry and stay as they are. Pairs that have
fewer than no points at all are left out: 20 % of the largest weight is 12 points, possible is 40.
An event is told by its pair here, since its id may depend on the numbers.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rpo_sets import CATALOGUES, EARLIER, read
from rpo_year import END, START

from sda.configuration import find_config, read_toml
from sda.rpo import detection
from sda.rpo.config import RpoConfig
from sda.rpo.declared import Declared, read_declared
from sda.rpo.detection import Knowledge, detect
from sda.rpo.events import Pair, events_of
from sda.rpo.history import cleaned
from sda.rpo.model import Event, Verdict

WEIGHTS = ("tiers", "points", "gates", "verdicts")
FACTORS = (0.8, 1.2)
Numbers = tuple[int, int]
Judgement = tuple[Pair, datetime, tuple[Declared, ...]]
Place = tuple[str | int, ...]


def judged_pairs(config: RpoConfig, declared: tuple[Declared, ...]) -> list[Judgement]:
    """Search the year, and return what each pair is judged by."""
    kept: list[Judgement] = []

    def keeping(
        pair: Pair, start: datetime, config: RpoConfig, declared: Sequence[Declared] = ()
    ) -> Iterator[Event]:
        events = list(events_of(pair, start, config, declared))
        if any(event.score.points >= 0 for event in events):
            kept.append((pair, start, tuple(declared)))
        yield from events

    history = cleaned(read([*EARLIER, *CATALOGUES]), config.history)
    begin = datetime.combine(START, time(0), UTC)
    with patch.object(detection, "events_of", keeping):
        detect(history, begin, (END - START).days, config, Knowledge(declared=declared))
    return kept


def flagged(pairs: Sequence[Judgement], config: RpoConfig) -> tuple[set[Numbers], set[Numbers]]:
    """Return the pairs flagged, and those of them probable."""
    found: set[Numbers] = set()
    probable: set[Numbers] = set()
    for pair, start, declared in pairs:
        for event in events_of(pair, start, config, declared):
            numbers = (event.norad_id_1, event.norad_id_2)
            if event.verdict in (Verdict.PROBABLE, Verdict.POSSIBLE):
                found.add(numbers)
            if event.verdict is Verdict.PROBABLE:
                probable.add(numbers)
    return found, probable


def leaves(given: Any, path: Place = ()) -> Iterator[tuple[Place, float]]:
    """Yield each number of a section with its place."""
    if isinstance(given, dict):
        for key, value in given.items():
            yield from leaves(value, (*path, key))
    elif isinstance(given, list | tuple):
        for place, value in enumerate(given):
            # Of a tier, the limit comes first: the points are its weight.
            if path[0] != "tiers" or len(path) != 4 or place == 1:
                yield from leaves(value, (*path, place))
    elif isinstance(given, int | float) and not isinstance(given, bool):
        yield path, float(given)


def changed(config: RpoConfig, path: Place, factor: float) -> RpoConfig | None:
    """Return the configuration with one number multiplied; None where it refuses that."""
    listed = plain(config.model_dump(by_alias=True))
    place: Any = listed
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]] * factor
    place[path[-1]] = round(value) if isinstance(place[path[-1]], int) else value
    try:
        return RpoConfig.model_validate(listed)
    except ValueError:
        return None


def plain(given: Any) -> Any:
    """Return a copy in dictionaries and lists, which can be changed."""
    if isinstance(given, dict):
        return {key: plain(value) for key, value in given.items()}
    if isinstance(given, list | tuple):
        return [plain(value) for value in given]
    return given


def weights(config_folder: Path | None, with_limits: bool) -> list[dict[str, object]]:
    """Print how the sets move with each number."""
    place = find_config(config_folder)
    config = read_toml(place / "rpo.toml", RpoConfig)
    pairs = judged_pairs(config, read_declared(place))
    base, base_probable = flagged(pairs, config)
    print(f"{len(pairs)} pairs; flagged {len(base)}, probable {len(base_probable)}\n")
    print("| number | value | factor | flagged | in | out | probable | in | out | pairs |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    sections = (*WEIGHTS, *(["limits"] if with_limits else []))
    dumped = plain(config.model_dump(by_alias=True))
    results: list[dict[str, object]] = []
    for path, value in leaves({name: dumped[name] for name in sections}):
        for factor in FACTORS:
            variant = changed(config, path, factor)
            name = ".".join(map(str, path))
            if variant is None:
                print(f"| {name} | {value:g} | {factor} | refused | | | | | | |", flush=True)
                continue
            found, probable = flagged(pairs, variant)
            moved = " ".join(f"{low}-{high}" for low, high in sorted(base ^ found))
            counts = (len(found), len(found - base), len(base - found), len(probable))
            more = (len(probable - base_probable), len(base_probable - probable))
            text = " | ".join(map(str, (*counts, *more)))
            print(f"| {name} | {value:g} | {factor} | {text} | {moved} |", flush=True)
            results.append(
                {"number": name, "factor": factor, "counts": counts, "more": more, "moved": moved}
            )
    return results
