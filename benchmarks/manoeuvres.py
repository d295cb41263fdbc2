"""Score the manoeuvres that are found against the times that operators published.

    python benchmarks/manoeuvres.py [--misses] [FOLDER]

A true time is found if it lies in a bracket widened by a day. Brackets over ten days, and all of a
satellite whose brackets cover more than 15 % of the time, count as false. True times before the
first set or after the last can not be found; they are counted as missed, and once without them.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from sda.configuration import packaged
from sda.elements import read_files
from sda.model import ElementSet
from sda.rpo.manoeuvres import Manoeuvre, find_manoeuvres, manoeuvre_config

SHARED = Path(__file__).parent.parent / "../shared/data/manoeuvres"
DAY = timedelta(days=1)
MAX_BRACKET = timedelta(days=10)
MAX_COVER = 0.15


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


def main() -> None:
    """Print one line a satellite and all of them pooled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--misses", nargs="*", help="show what is wrong, of these or of all")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        sys.exit(f"skipped: {arguments.folder} is not there")
    config = manoeuvre_config(packaged("config"))
    print(
        f"{'satellite':14} {'true':>4} {'fals':>4} {'miss':>4} {'prec':>6} {'rec':>6} {'F1':>6} | "
        f"{'in span':>4} rec F1 | cover, s"
    )
    total = Score(0, 0, 0, 0, 0)
    for satellite in satellites(arguments.folder):
        begun_s = time.perf_counter()
        manoeuvres = find_manoeuvres(satellite.track, config)
        took_s = time.perf_counter() - begun_s
        one = score(satellite, manoeuvres)
        total += one
        covered = cover(satellite, [m for m in manoeuvres if m.confidence >= 0.5])
        print(row(satellite.name, one, f"{covered:.3f} {took_s:.2f}"))
        if arguments.misses is not None and (
            not arguments.misses or satellite.name in arguments.misses
        ):
            misses(satellite, manoeuvres)
    print(row("pooled", total, ""))


if __name__ == "__main__":
    main()
