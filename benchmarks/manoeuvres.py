"""Score the manoeuvres that are found against the times that operators published.

    python benchmarks/manoeuvres.py [--misses [NAME...]] [--sizes] [--leave-one-out] [FOLDER]

A true time is found if it lies in a bracket widened by a day. Brackets over ten days, and all of a
satellite whose brackets cover more than 15 % of the time, count as false. True times before the
first set or after the last can not be found; they are counted as missed, and once without them.

--leave-one-out fits the thresholds on all satellites but one, low orbits and deep space apart,
and scores them on that one; ten times.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from sda.configuration import packaged
from sda.elements import read_files
from sda.model import ElementSet
from sda.rpo.manoeuvres.finding import (
    Manoeuvre,
    ManoeuvreConfig,
    RegimeStepsConfig,
    manoeuvre_config,
    manoeuvres_in,
)
from sda.rpo.manoeuvres.levels import Levels, levels_of

SHARED = Path(__file__).parent.parent / "../shared/data/manoeuvres"
DAY = timedelta(days=1)
MAX_BRACKET = timedelta(days=10)
MAX_COVER = 0.15
CLASSES_M = (1, 2, 4, 8, 16)
DEEP_CLASSES_M = (300, 1000, 3000)


@dataclass(frozen=True, slots=True)
class Satellite:
    """A satellite's element sets, by epoch, and the true times of its manoeuvres."""

    name: str
    track: tuple[ElementSet, ...]
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How detections and true times meet."""

    true: int
    false: int
    found: int
    missed: int
    outside: int
    """Of the missed, those outside the sets."""

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.true + other.true,
            self.false + other.false,
            self.found + other.found,
            self.missed + other.missed,
            self.outside + other.outside,
        )

    @property
    def precision(self) -> float:
        """Share of the detections with a true time in them."""
        return self.true / max(1, self.true + self.false)

    @property
    def recall(self) -> float:
        """Share of the true times in a detection."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def within(self) -> "Score":
        """The score without true times outside the sets."""
        return Score(self.true, self.false, self.found, self.missed - self.outside, 0)


def satellites(folder: Path) -> list[Satellite]:
    """Return the satellites of a folder of NAME.tle.gz and manoeuvres_NAME.yaml."""
    found = []
    for path in sorted(folder.glob("*.tle.gz")):
        name = path.name.removesuffix(".tle.gz")
        listed = yaml.safe_load((folder / f"manoeuvres_{name}.yaml").read_text())
        times = tuple(sorted(t.replace(tzinfo=UTC) for t in listed["manoeuvre_timestamps"]))
        track = sorted(read_files([path]).elements, key=lambda one: one.epoch)
        found.append(Satellite(name, tuple(track), times))
    return found


def is_hit(one: Manoeuvre, true: datetime) -> bool:
    """Return whether a true time lies in a bracket widened by a day."""
    return one.start - DAY <= true <= one.end + DAY


def score(satellite: Satellite, manoeuvres: Sequence[Manoeuvre]) -> Score:
    """Score the detections of a satellite."""
    detections = [one for one in manoeuvres if one.confidence >= 0.5]
    if cover(satellite, detections) > MAX_COVER:
        usable = []
    else:
        usable = [one for one in detections if one.end - one.start <= MAX_BRACKET]
    true = sum(any(is_hit(one, t) for t in satellite.times) for one in usable)
    found = [t for t in satellite.times if any(is_hit(one, t) for one in usable)]
    first, last = satellite.track[0].epoch - DAY, satellite.track[-1].epoch + DAY
    outside = sum(not first <= t <= last for t in satellite.times if t not in found)
    missed = len(satellite.times) - sum(t in found for t in satellite.times)
    return Score(true, len(detections) - true, len(satellite.times) - missed, missed, outside)


def cover(satellite: Satellite, detections: Sequence[Manoeuvre]) -> float:
    """Return the share of the time that brackets cover."""
    span = satellite.track[-1].epoch - satellite.track[0].epoch
    return sum((one.end - one.start for one in detections), timedelta()) / span


def misses(satellite: Satellite, manoeuvres: Sequence[Manoeuvre]) -> None:
    """Print what was found wrongly and what was not found."""
    detections = [one for one in manoeuvres if one.confidence >= 0.5]
    first, last = satellite.track[0].epoch - DAY, satellite.track[-1].epoch + DAY
    for one in detections:
        if not any(is_hit(one, t) for t in satellite.times):
            near = min(satellite.times, key=lambda t: abs(t - one.start))
            print(
                f"    false {one.start:%Y-%m-%d %H:%M} {one.end:%Y-%m-%d %H:%M} {one.kind:12} "
                f"{one.delta_v_m_s:9.4f} m/s da {one.semi_major_change_km * 1e3:9.2f} m "
                f"{one.confidence:.2f} nearest {(near - one.start) / DAY:+.1f} d"
            )
    for t in satellite.times:
        if first <= t <= last and not any(is_hit(one, t) for one in detections):
            near = min(manoeuvres, key=lambda one: abs(one.start - t), default=None)
            shown = "" if near is None else f"{near.start:%Y-%m-%d %H:%M} {near.confidence:.2f}"
            print(f"    missed {t:%Y-%m-%d %H:%M} nearest {shown}")


def row(name: str, one: Score, covered: str) -> str:
    """Return a line of the table."""
    return (
        f"{name:14} {one.true:4} {one.false:4} {one.missed:4} {one.precision:6.3f} "
        f"{one.recall:6.3f} {one.f1:6.3f} | {one.missed - one.outside:4} "
        f"{one.within.recall:6.3f} {one.within.f1:6.3f} | {covered}"
    )


def sizes(
    satellite: Satellite, levels: Levels, manoeuvres: Sequence[Manoeuvre]
) -> list[tuple[str, bool]]:
    """Return a class of size of each true time within the sets, and whether it is found.

    The size is the change of the semi-major axis that the sets show, by medians of five on either
    side, the later ones from two days on, or out of plane if that takes more speed.
    """
    classes = DEEP_CLASSES_M if levels.is_deep else CLASSES_M
    detections = [one for one in manoeuvres if one.confidence >= 0.5]
    found = []
    for true in satellite.times:
        day = true.timestamp() / 86400
        before = np.flatnonzero(levels.days < day)[-5:]
        after = np.flatnonzero(levels.days > day + 2)[:5]
        if not (len(before) and len(after)):
            continue
        change, tilt = (
            abs(float(np.median(series[after]) - np.median(series[before])))
            for series in (levels.energy_m, levels.tilt_m)
        )
        limit = next((one for one in classes if change < one), None)
        name = f"{'deep' if levels.is_deep else 'low'} " + (
            f"over {classes[-1]} m" if limit is None else f"under {limit} m"
        )
        if tilt > max(change / 2, 50_000 if levels.is_deep else 1_000):
            name = name.split()[0] + " out of plane"
        found.append((name, any(is_hit(one, true) for one in detections)))
    return found


@dataclass(frozen=True)
class Choice:
    """The numbers that are fitted when a satellite is left out, low orbits and deep space alone."""

    sum_sigma: float = 6.0
    median_sigma: float = 6.0
    lasting_sigma: float = 6.0
    plane_factor: float = 3.0
    fall_factor: float = 2.0
    caution: float = 1.0
    early_days: float = 0.0

    def neighbours(self) -> list["Choice"]:
        """Return the choices one step away."""
        found = [
            replace(self, **{name: round(getattr(self, name) * factor, 3)})
            for name in ("sum_sigma", "median_sigma", "lasting_sigma", "plane_factor")
            for factor in (0.5, 0.8, 0.9, 1.1, 1.25, 2.0)
        ]
        found += [replace(self, fall_factor=value) for value in (1.0, 2.0, 3.0, 5.0)]
        found += [replace(self, caution=value) for value in (1.0, 1.4, 2.0)]
        found += [replace(self, early_days=value) for value in (0.0, 0.5, 1.0)]
        return [one for one in found if one != self]

    def config(self, base: ManoeuvreConfig) -> ManoeuvreConfig:
        """Return a configuration with these numbers in both regimes."""
        sigmas = {
            name: getattr(self, name) for name in ("sum_sigma", "median_sigma", "lasting_sigma")
        }
        across = {name: value * self.plane_factor for name, value in sigmas.items()}

        def regime(one: RegimeStepsConfig) -> RegimeStepsConfig:
            along, plane = one.semi_major_m, one.plane_m
            return one.model_copy(
                update={
                    "semi_major_m": along.model_copy(update=sigmas),
                    "plane_m": plane.model_copy(update=across),
                }
            )

        drag = base.drag.model_copy(
            update={"fall_factor": self.fall_factor, "caution": self.caution}
        )
        changed = {"drag": drag, "early_days": self.early_days}
        regimes = {"near_earth": regime(base.near_earth), "deep_space": regime(base.deep_space)}
        return base.model_copy(update={**changed, **regimes})


def leave_one_out(
    known: Sequence[Satellite], levels: Mapping[str, Levels], base: ManoeuvreConfig
) -> None:
    """Print how each satellite fares with numbers that were fitted on the others.

    The fit climbs from the same start, far from the numbers in use, one number at a time.
    """

    @cache
    def scored(choice: Choice, name: str) -> Score:
        satellite = next(one for one in known if one.name == name)
        return score(satellite, manoeuvres_in(levels[name], choice.config(base)))

    total = Score(0, 0, 0, 0, 0)
    for one in known:
        kin = [
            other.name
            for other in known
            if other is not one and levels[other.name].is_deep == levels[one.name].is_deep
        ]

        def others(choice: Choice, kin: Sequence[str] = kin) -> float:
            return sum((scored(choice, name) for name in kin), Score(0, 0, 0, 0, 0)).f1

        choice, f1 = Choice(), others(Choice())
        while True:
            better = max(choice.neighbours(), key=others)
            if others(better) <= f1 + 1e-4:
                break
            choice, f1 = better, others(better)
        reached = scored(choice, one.name)
        total += reached
        print(row(one.name, reached, f"others {f1:.3f} {choice}"), flush=True)
    print(row("left out", total, ""))


def main() -> None:
    """Print one line a satellite and all of them pooled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--misses", nargs="*", help="show what is wrong, of these or of all")
    parser.add_argument("--sizes", action="store_true", help="show recall by size")
    parser.add_argument("--leave-one-out", action="store_true", help="fit on all but one")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        sys.exit(f"skipped: {arguments.folder} is not there")
    config = manoeuvre_config(packaged("config"))
    print(
        f"{'satellite':14} {'true':>4} {'fals':>4} {'miss':>4} {'prec':>6} {'rec':>6} {'F1':>6} | "
        f"{'within the sets':17} | cover, s"
    )
    total = Score(0, 0, 0, 0, 0)
    known = satellites(arguments.folder)
    levels, by_size = {}, []
    for satellite in known:
        begun_s = time.perf_counter()
        levels[satellite.name] = levels_of(satellite.track)
        manoeuvres = manoeuvres_in(levels[satellite.name], config)
        took_s = time.perf_counter() - begun_s
        one = score(satellite, manoeuvres)
        total += one
        covered = cover(satellite, [m for m in manoeuvres if m.confidence >= 0.5])
        print(row(satellite.name, one, f"{covered:.3f} {took_s:.2f}"))
        by_size += sizes(satellite, levels[satellite.name], manoeuvres)
        if arguments.misses is not None and (
            not arguments.misses or satellite.name in arguments.misses
        ):
            misses(satellite, manoeuvres)
    print(row("pooled", total, ""))
    if arguments.sizes:
        for name in sorted({name for name, _ in by_size}):
            hits = [hit for one, hit in by_size if one == name]
            print(f"{name:20} {sum(hits):4} of {len(hits):4}  {sum(hits) / len(hits):.2f}")
    if arguments.leave_one_out:
        leave_one_out(known, levels, config)


if __name__ == "__main__":
    main()
