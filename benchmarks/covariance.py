"""How well the errors of element sets cover what becomes of them, measured ones and the table's.

Ten satellites, whose operators publish the times of their manoeuvres. Every 30 days an object's
errors are measured from its sets of the half year before; then the sets of the 30 days to come are
compared with later ones. Printed is the share of these differences that lies within 1, 2 and 3
sigma: 68, 95 and 99.7 % of a Gaussian. "quiet" are spans without a manoeuvre from 1.5 days before
the set to half a day after the later one.

Then how the velocities differ, against what `covariance_ric` assumes of them: their scatter over
that of the positions times the mean motion, and how far the two go together.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import pi
from pathlib import Path

import numpy as np
from manoeuvres import SHARED, Satellite, satellites
from numpy.typing import NDArray

from sda.configuration import packaged, read_toml
from sda.constants import SECONDS_PER_DAY
from sda.frames import to_ric
from sda.orbit import Propagator, regime_of
from sda.risk import CovarianceConfig, ElementErrors, ErrorOrigin, covariance_ric, errors_of
from sda.risk.differencing import differences_km, measured_errors
from sda.times import julian_grid

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

STEP_DAYS = 30.0
TOLERANCE = 0.25
BEFORE, AFTER = timedelta(days=1.5), timedelta(days=0.5)


@dataclass(frozen=True, slots=True)
class Compared:
    """One set compared with a later one, `(4, 3)` km, and the errors `(3,)` km foretold for it."""

    regime: str
    age_days: float
    is_quiet: bool
    apart_km: Floats
    table_km: Floats
    measured_km: Floats | None


@dataclass(frozen=True, slots=True)
class Track:
    """A satellite's usable sets and their epochs, in days after the first `(n,)`."""

    satellite: Satellite
    propagator: Propagator
    days: Floats

    def pairs(self, begin: float, end: float, age_days: float) -> tuple[Indices, Indices]:
        """Return the sets of some days, and for each the one that comes nearest to an age on."""
        first = np.flatnonzero((self.days >= begin) & (self.days < end))
        wanted = self.days[first] + age_days
        after = np.clip(np.searchsorted(self.days, wanted), 1, len(self.days) - 1)
        nearer = wanted - self.days[after - 1] < self.days[after] - wanted
        second = after - nearer
        close = np.abs(self.days[second] - wanted) <= TOLERANCE * age_days
        return first[close], second[close]

    def is_quiet(self, first: int, second: int) -> bool:
        """Return whether no manoeuvre lies in or near a span."""
        elements = self.propagator.elements
        since, until = elements[first].epoch - BEFORE, elements[second].epoch + AFTER
        return not any(since <= time <= until for time in self.satellite.times)


def track_of(satellite: Satellite) -> Track:
    """Return a satellite's track."""
    propagator = Propagator(satellite.track)
    epochs = [one.epoch for one in propagator.elements]
    days = np.array([(one - epochs[0]) / timedelta(days=1) for one in epochs])
    return Track(satellite, propagator, days)


def held_out(track: Track, config: CovarianceConfig) -> Iterator[Compared]:
    """Yield each comparison with a later set, with the errors known before the set."""
    elements, days = track.propagator.elements, track.days
    begin = config.measuring.span_days
    while begin < days[-1]:
        end = begin + STEP_DAYS
        known = max(int(np.searchsorted(days, begin)), 1)
        newest = elements[known - 1]
        own = errors_of(newest, elements[:known], config)
        for row in config.error[regime_of(newest)]:
            first, second = track.pairs(begin, end, row.age_days)
            sigma_km, origin = own.at(row.age_days)
            apart_km = differences_km(track.propagator, first, second)
            for k, each_km in enumerate(apart_km):
                yield Compared(
                    regime_of(newest).value,
                    row.age_days,
                    track.is_quiet(int(first[k]), int(second[k])),
                    each_km,
                    np.array(row.axes_m) / 1000,
                    sigma_km if origin is ErrorOrigin.MEASURED else None,
                )
        begin = end


def shares(apart_km: Sequence[Floats], sigma_km: Sequence[Floats]) -> str:
    """Return the shares within 1, 2 and 3 sigma of each axis, in percent."""
    scaled = np.abs(np.array(apart_km)) / np.array(sigma_km)[:, np.newaxis, :]
    within = [100 * np.mean(scaled <= k, axis=(0, 1)) for k in (1, 2, 3)]
    return "  ".join("/".join(f"{one[axis]:3.0f}" for one in within) for axis in range(3))


def velocities(track: Track, config: CovarianceConfig) -> Iterator[str]:
    """Yield by age how quiet velocity differences compare with what is assumed of them."""
    propagator, elements = track.propagator, track.propagator.elements
    n = 2 * pi * elements[-1].mean_motion_rev_day / SECONDS_PER_DAY
    errors = measured_errors(elements, config.error[regime_of(elements[-1])], config.measuring)
    for age_days, row in errors.items():
        first, second = track.pairs(0.0, np.inf, age_days)
        quiet = [track.is_quiet(i, j) for i, j in zip(first.tolist(), second.tolist(), strict=True)]
        first, second = first[quiet], second[quiet]
        # At times all around the orbit, as the positions are.
        time_s = track.days[second] * SECONDS_PER_DAY + np.linspace(-2e3, 2e3, len(second))
        jd, fr = julian_grid(elements[0].epoch, time_s)
        _, there_km, v_there_km_s = propagator.at(first, jd, fr)
        _, here_km, v_here_km_s = propagator.at(second, jd, fr)
        r_km = to_ric(there_km - here_km, here_km, v_here_km_s)
        v_km = to_ric(v_there_km_s - v_here_km_s, here_km, v_here_km_s) / n
        usual = (np.abs(r_km) < 4 * np.median(np.abs(r_km), axis=0)).all(axis=1)
        state = np.concatenate([r_km[usual], v_km[usual]], axis=1)
        seen = state.T @ state / len(state)
        own = ElementErrors((row,), (ErrorOrigin.MEASURED,))
        units = np.repeat([1.0, 1 / n], 3)
        assumed = covariance_ric(elements[-1], age_days, own) * np.outer(units, units)
        yield f"{track.satellite.name:14} {age_days:3g} | {tied(seen)} | {tied(assumed)}"


def tied(covariance: Floats) -> str:
    """Describe a covariance `(6, 6)` of positions and of velocities over the mean motion."""
    sigma = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sigma, sigma)
    return (
        f"{sigma[3] / sigma[1]:5.2f} {sigma[4] / sigma[0]:5.2f} {sigma[5] / sigma[2]:5.2f} "
        f"{correlation[1, 3]:6.2f} {correlation[0, 4]:6.2f}"
    )


def main() -> None:
    """Print the shares by regime, age and kind of span, then the velocities."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        sys.exit(f"skipped: {arguments.folder} is not there")
    config = read_toml(packaged("config") / "covariance.toml", CovarianceConfig)
    tracks = [track_of(one) for one in satellites(arguments.folder)]
    groups: dict[tuple[str, str, float], list[Compared]] = defaultdict(list)
    for one in (one for track in tracks for one in held_out(track, config)):
        for spans in ("all", "quiet") if one.is_quiet else ("all",):
            groups[one.regime, spans, one.age_days].append(one)
    axes = "radial       in-track     cross-track"
    print(f"{'within 1/2/3 sigma, %':22} {'n':>6} | measured: {axes} | table: {axes}")
    for (regime, spans, age_days), some in sorted(groups.items()):
        table = shares([one.apart_km for one in some], [one.table_km for one in some])
        own = [(one.apart_km, one.measured_km) for one in some if one.measured_km is not None]
        measured = shares(*zip(*own, strict=True)) if own else ""
        print(
            f"{regime} {spans:5} {age_days:3g} d {len(some):12} | {len(own):7} {measured} | {table}"
        )
    names = "vR/nI vI/nR vC/nC   I-vR   R-vI"
    print(f"\n{'velocities':16} d | {names} | assumed")
    for track in tracks:
        for line in velocities(track, config):
            print(line)


if __name__ == "__main__":
    main()
