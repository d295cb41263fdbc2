"""Measure how wrong an object's element sets are by comparing them with later ones.

Each set is propagated to the epochs of later ones, as old as the rows of config/covariance.toml,
and the difference is taken in the later set's radial, in-track and cross-track axes. What that is
worth:

- The later set's own error is inside: what is measured is too large by it, least of all in-track
  at ages of days. Neighbouring fits share observations, which makes the youngest row too small.
- A burn between the two is an error of the earlier set, as it is for whoever predicts by it. The
  scatter is by the median, so that burns in less than half of the spans count for little; who burns
  every week has a large error at seven days, and should.
- Epochs lie at one phase of the orbit (low orbits: the ascending node) or of the day, where errors
  of the eccentricity show in one axis only. So each pair is compared at four phases of the
  revolution around the later epoch.
- The scatter is about zero, not about its median: who predicts by a set has its bias too, and of
  the radial error of low orbits the bias is nearly all.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.constants import SECONDS_PER_DAY
from sda.frames import to_ric
from sda.model import ElementSet
from sda.orbit import Propagator, regime_of
from sda.risk.config import CovarianceConfig, MeasuringConfig
from sda.risk.element_errors import ElementErrors, ErrorAt, ErrorOrigin, Measured
from sda.times import julian_grid

__all__ = ["differences_km", "errors_of", "measured_errors"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_PHASES: Final = (-3 / 8, -1 / 8, 1 / 8, 3 / 8)
"""Of a revolution, from the later epoch: where its own fit is good."""
_SIGMA_PER_MEDIAN: Final = 1.4826
"""Of the absolute value of a Gaussian: 1 / 0.67449."""
_M_PER_KM: Final = 1000.0
_LEAST_M: Final = 0.1
"""Sets that agree to less were copied."""


def errors_of(
    element_set: ElementSet, history: Sequence[ElementSet], config: CovarianceConfig
) -> ElementErrors:
    """Return the errors of an object's sets as they could be known when a set was issued.

    `history` are sets of the object, in any order; those after `element_set` are not used, so the
    answer does not change when more become known. Where the history says nothing the rows of the
    table fill in, held up or down so that no error falls with age.
    """
    table = config.error[regime_of(element_set)]
    since = element_set.epoch - timedelta(days=config.measuring.span_days)
    track = [one for one in history if since <= one.epoch <= element_set.epoch]
    return _filled(measured_errors(track, table, config.measuring), table)


def measured_errors(
    track: Sequence[ElementSet], table: Sequence[ErrorAt], config: MeasuringConfig
) -> dict[float, Measured]:
    """Return what the sets of one object, in any order, say of the ages of a table.

    An age with too few comparisons, or none that could be of one object, is left out.
    """
    propagator = Propagator(_thinned(track, config.reissue_days))
    found = {}
    for row in table:
        earlier, later = _pairs(propagator, row.age_days, config.tolerance)
        if len(later) < config.min_pairs:
            continue
        apart_km = differences_km(propagator, earlier, later)
        known = np.isfinite(apart_km).all(axis=(1, 2))
        limit_km = config.cut * row.in_track_m / _M_PER_KM
        kept = known & (np.linalg.norm(apart_km, axis=2).max(axis=1, initial=0.0) <= limit_km)
        if np.count_nonzero(~kept) > config.max_cut_share * len(kept):
            continue
        n = _disjoint(propagator, earlier[kept], later[kept])
        if n >= config.min_pairs:
            scatter_m = _SIGMA_PER_MEDIAN * np.median(np.abs(apart_km[kept]), axis=(0, 1))
            sizes_m = np.maximum(scatter_m * _M_PER_KM, _LEAST_M)
            found[row.age_days] = Measured(
                age_days=row.age_days,
                radial_m=float(sizes_m[0]),
                in_track_m=float(sizes_m[1]),
                cross_track_m=float(sizes_m[2]),
                n=n,
            )
    return found


def differences_km(propagator: Propagator, earlier: Indices, later: Indices) -> Floats:
    """Return where the earlier sets put an object, seen from where the later ones do.

    Takes indices `(m,)` of the propagator's elements; returns radial, in-track and cross-track at
    four phases around the later epoch, `(m, 4, 3)`, NaN where SGP4 gives no state.
    """
    elements = propagator.elements
    if len(later) == 0:
        return np.empty((0, len(_PHASES), 3))
    start = elements[int(later[0])].epoch
    epoch_s = _epochs_days(propagator, int(later[0])) * SECONDS_PER_DAY
    period_s = SECONDS_PER_DAY / np.array([one.mean_motion_rev_day for one in elements])
    time_s = epoch_s[later, np.newaxis] + np.multiply.outer(period_s[later], _PHASES)
    jd, fr = julian_grid(start, time_s.ravel())
    _, there_km, _ = propagator.at(np.repeat(earlier, len(_PHASES)), jd, fr)
    _, here_km, v_km_s = propagator.at(np.repeat(later, len(_PHASES)), jd, fr)
    return to_ric(there_km - here_km, here_km, v_km_s).reshape(-1, len(_PHASES), 3)


def _epochs_days(propagator: Propagator, origin: int = 0) -> Floats:
    epochs = [one.epoch for one in propagator.elements]
    return np.array([(one - epochs[origin]) / timedelta(days=1) for one in epochs])


def _thinned(track: Sequence[ElementSet], reissue_days: float) -> list[ElementSet]:
    """Return sets by epoch, of several within moments the last."""
    ordered = sorted(track, key=lambda one: one.epoch)
    reissue = timedelta(days=reissue_days)
    return [
        one
        for one, following in pairwise([*ordered, None])
        if one is not None and (following is None or following.epoch - one.epoch > reissue)
    ]


def _pairs(propagator: Propagator, age_days: float, tolerance: float) -> tuple[Indices, Indices]:
    """Return for each set the earlier one that comes nearest to an age, if any does."""
    if len(propagator) == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    days = _epochs_days(propagator)
    wanted = days - age_days
    after = np.clip(np.searchsorted(days, wanted), 1, max(1, len(days) - 1))
    after = np.minimum(after, len(days) - 1)
    before = np.maximum(after - 1, 0)
    earlier = np.where(wanted - days[before] <= days[after] - wanted, before, after)
    is_near = np.abs(days[earlier] - wanted) <= tolerance * age_days
    later = np.flatnonzero(is_near & (earlier < np.arange(len(days))))
    return earlier[later], later


def _disjoint(propagator: Propagator, earlier: Indices, later: Indices) -> int:
    """Return how many spans, by rising ends, can be chosen that do not overlap."""
    days = _epochs_days(propagator) if len(propagator) else np.empty(0)
    count, end = 0, -np.inf
    for from_, to in zip(days[earlier].tolist(), days[later].tolist(), strict=True):
        if from_ >= end:
            count, end = count + 1, to
    return count


def _filled(measured: Mapping[float, Measured], table: Sequence[ErrorAt]) -> ElementErrors:
    """Return a row an age of the table: what was measured, else the table's.

    An older set is not taken to be better than a younger one. So what was measured is not less than
    what was measured of younger sets. A row of the table grows by as much as the object is worse
    than the table at younger ages, and is no more than what was measured of older sets.
    """
    is_measured = np.array([row.age_days in measured for row in table])[:, np.newaxis]
    table_m = np.array([row.axes_m for row in table])
    own_m = np.array([measured.get(row.age_days, row).axes_m for row in table])
    worse = np.maximum.accumulate(np.where(is_measured, np.maximum(own_m / table_m, 1.0), 1.0))
    least_m = np.maximum.accumulate(np.where(is_measured, own_m, 0.0))
    most_m = np.minimum.accumulate(np.where(is_measured, least_m, np.inf)[::-1])[::-1]
    sizes_m = np.clip(table_m * worse, least_m, most_m)
    rows = []
    for row, (radial_m, in_track_m, cross_track_m) in zip(table, sizes_m.tolist(), strict=True):
        sizes = {"radial_m": radial_m, "in_track_m": in_track_m, "cross_track_m": cross_track_m}
        rows.append(measured.get(row.age_days, row).model_copy(update=sizes))
    origins = [
        ErrorOrigin.MEASURED if row.age_days in measured else ErrorOrigin.TABLE for row in table
    ]
    return ElementErrors(tuple(rows), tuple(origins))
