"""Find the pairs that may meet in a step: cells on the sphere, radial intervals, linear test.

For each step the objects are sorted into cells by direction: bands of latitude at least as high
as the angle of the bound, cut into `BINS` bins of longitude. Partners lie in the own band or the
next ones; each pair is taken once, by looking forward in the own band and all round in the band
above. Where a band reaches a pole all its bins are partners. Within such a range of sorted objects
the radial intervals, rounded outward to 16 bits, are compared 32 at a time; what is left takes the
linear test, along the polar axis first. `sda.screening.bound` proves each of the three.

Two kinds of objects are set apart at the end of the order and compared with each other and with
those in cells: objects that turn faster than the bound's rate, within their own angle, and rough
ones, whose paths come as a linear model with its own error, all over the sphere.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2
from sda.screening.compiled import compiled, compiled_sums
from sda.screening.knots import weights
from sda.screening.masks import LANES, lowest_bit, overlaps

__all__ = ["ROUND", "Sieve", "scan"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]
Shorts = NDArray[np.int16]
Places = NDArray[np.uint32]

BINS: Final = 128
"""Bins of longitude in each band."""
ROUND: Final = 4
"""Steps interpolated together: their knots are read from memory once."""

_BATCH: Final = 4096
"""Overlaps that are gathered before they are tested, so that they stay in the cache."""

_STRETCH: Final = 2048
"""Objects interpolated at a time, so that their knots stay in the cache."""

_AT_ONCE: Final = 16
"""Objects of a cell that are taken together, fewer than LANES."""

_FASTEST_KM_S: Final = 25.0
"""Above twice the speed of escape at the Earth's surface: no two objects close faster."""
_TURN: Final = 6
_WHO: Final = 7

_F = np.float32
_U = np.uint64  # as an index it needs no check for being negative
_MU: Final = np.float32(MU_KM3_S2)
_TOP: Final = 32_700
_PI: Final = np.float32(np.pi)
_HALF_PI: Final = np.float32(np.pi / 2)


class Sieve(NamedTuple):
    """The numbers of one region's search, as compiled code takes them."""

    step_s: float
    radial_gain: float
    pad_km: float
    """Half the reach, or what else two radii may differ by, plus the error of a position."""
    other_pull_km_s2: float
    linear_offset_km: float
    linear_slope_s: float
    rate_rad_s: float
    angle_rad: float
    lowest_km: float
    """Objects that stay below are not of the region."""
    highest_km: float
    base_km: float
    """Radius of the lowest radial bin."""
    bin_km: float


class _Order(NamedTuple):
    """Objects in the order of their cells: what is known of each in half a cache line.

    `states` `(n, 8)` are position, velocity, the angle it may turn in half a step, and its number
    (32 bits of float count to 16 million); `least` and `most` are its radial interval.
    """

    states: Singles
    least: Shorts
    most: Shorts


class _Slacks(NamedTuple):
    """Where the rough objects begin, and what is allowed to a pair with one for their errors."""

    begin: int
    km: np.float32


class _Overlaps(NamedTuple):
    """A list of overlaps: object and place of the first of LANES partners, and a bit for each.

    Both places lie in one number, object first, which costs one store for two.
    """

    places: NDArray[np.uint64]
    bits: NDArray[np.uint32]


@compiled_sums
def _angle(y: np.float32, x: np.float32) -> np.float32:  # pragma: no cover
    """Return atan2(y, x) to 1e-5 (Abramowitz and Stegun 1964, 4.4.49)."""
    ax, ay = abs(x), abs(y)
    high = ax if ax > ay else ay
    low = ay if ax > ay else ax
    t = low / (high + _F(1e-30))
    s = t * t
    a = _F(0.0208351)
    a = a * s + _F(-0.0851330)
    a = a * s + _F(0.1801410)
    a = a * s + _F(-0.3302995)
    a = (a * s + _F(0.9998660)) * t
    a = _HALF_PI - a if ay > ax else a
    a = _PI - a if x < _F(0.0) else a
    return -a if y < _F(0.0) else a


@compiled_sums
def _combine(
    knots: Singles, row: int, c: int, begin: int, end: int, w: Singles, out: Singles, at: int
) -> None:  # pragma: no cover
    """Write the weighted sums of eight rows of knots, columns `begin` to `end`, from `at` on."""
    # Contiguous rows, and one output for eight inputs: a compiler sees that it may use vectors.
    r0, r1 = knots[row, c][begin:end], knots[row + 1, c][begin:end]
    r2, r3 = knots[row + 2, c][begin:end], knots[row + 3, c][begin:end]
    r4, r5 = knots[row + 4, c][begin:end], knots[row + 5, c][begin:end]
    r6, r7 = knots[row + 6, c][begin:end], knots[row + 7, c][begin:end]
    sums = out[at + begin : at + end]
    w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    for i in range(len(sums)):
        sums[i] = (
            (w0 * r0[i] + w7 * r7[i]) + (w1 * r1[i] + w6 * r6[i])
            + ((w2 * r2[i] + w5 * r5[i]) + (w3 * r3[i] + w4 * r4[i]))
        )  # fmt: skip


@compiled
def _interpolate(
    knots: Singles,
    first: int,
    spacing_s: float,
    step: int,
    step_s: float,
    states: Singles,
    at: int,
) -> None:  # pragma: no cover
    """Fill columns from `at` of states `(ROUND, 6, n)` in the middle of so many steps."""
    n = knots.shape[2]
    rows = np.empty(ROUND, np.int64)
    value, slope = np.empty((ROUND, 8)), np.empty((ROUND, 8))
    for q in range(ROUND):
        place = (step + q + 0.5) * step_s / spacing_s
        rows[q] = int(np.floor(place)) - first - 3
        weights(place - np.floor(place), value[q], slope[q])
    w, d = value.astype(np.float32), (slope / spacing_s).astype(np.float32)
    for begin in range(0, n, _STRETCH):
        end = min(begin + _STRETCH, n)
        for q in range(ROUND):
            for c in range(3):
                _combine(knots, rows[q], c, begin, end, w[q], states[q, c], at)
                _combine(knots, rows[q], c, begin, end, d[q], states[q, c + 3], at)


@compiled_sums
def _place(
    states: Singles,
    sieve: Sieve,
    n_band: int,
    low: Shorts,
    high: Shorts,
    turn: Singles,
    cell: Ints,
) -> None:  # pragma: no cover
    """Give each object its radial interval in bins, the angle it may turn, and its cell.

    Fast objects come into the cell after the last, objects of another region into none (-1).
    """
    n = states.shape[1]
    x, y, z, vx, vy, vz = states[0], states[1], states[2], states[3], states[4], states[5]
    h = _F(sieve.step_s / 2)
    gain, pad, other = _F(sieve.radial_gain), _F(sieve.pad_km), _F(3 * sieve.other_pull_km_s2)
    slowest = _F(sieve.rate_rad_s * sieve.step_s / 2)
    lowest, highest = _F(sieve.lowest_km), _F(sieve.highest_km)
    base, per_km = _F(sieve.base_km + _TOP * sieve.bin_km), _F(1 / sieve.bin_km)
    bands_per_rad, bins_per_rad = _F(n_band / np.pi), _F(BINS / (2 * np.pi))
    last = n_band * BINS
    for i in range(n):
        flat2 = x[i] * x[i] + y[i] * y[i]
        radius = np.sqrt(flat2 + z[i] * z[i])
        inverse = _F(1.0) / radius
        climb = (x[i] * vx[i] + y[i] * vy[i] + z[i] * vz[i]) * inverse
        across2 = vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i] - climb * climb
        pull = _MU * inverse * inverse
        bend = abs(across2 * inverse - pull) + other
        s = gain * (abs(climb) * h + bend * (_F(0.5) * h * h))
        nearest, farthest = radius - s - pad, radius + s + pad
        fraction = s * inverse
        angle = h * np.sqrt(abs(across2)) * inverse * (_F(1.001) + _F(2.5) * fraction)
        angle = _PI if fraction > _F(0.1) else angle
        is_here = (nearest <= highest) & (farthest >= lowest)
        least, most = (nearest - base) * per_km - _F(1.0), (farthest - base) * per_km + _F(1.0)
        least = min(max(least, _F(-_TOP)), _F(_TOP))
        most = min(max(most, _F(-_TOP)), _F(_TOP))
        low[i], high[i] = np.int16(least), np.int16(most)
        band = np.int32((_angle(z[i], np.sqrt(flat2)) + _HALF_PI) * bands_per_rad)
        bin_ = np.int32((_angle(y[i], x[i]) + _PI) * bins_per_rad)
        band = min(max(band, np.int32(0)), np.int32(n_band - 1))
        bin_ = min(max(bin_, np.int32(0)), np.int32(BINS - 1))
        here = last if angle > slowest else band * BINS + bin_
        turn[i] = angle
        cell[i] = here if is_here else -1


@compiled
def _reaches(n_band: int, angle_rad: float) -> Ints:  # pragma: no cover
    """Return how many bins to either side partners lie, for each band; -1 for all of them."""
    reach = np.empty(n_band, np.int32)
    for band in range(n_band):
        edges = band * np.pi / n_band - np.pi / 2, (band + 1) * np.pi / n_band - np.pi / 2
        steepest = max(abs(edges[0]), abs(edges[1]))
        reach[band] = -1
        if steepest + angle_rad < np.pi / 2 - 1e-3:
            # Two directions that far apart differ in longitude by this at most.
            width = np.arcsin(np.sin(angle_rad) / np.cos(steepest))
            bins = np.int32(width * BINS / (2 * np.pi)) + 1
            if 2 * bins + 1 < BINS:
                reach[band] = bins
    return reach


@compiled
def _sort(
    states: Singles,
    low: Shorts,
    high: Shorts,
    turn: Singles,
    cell: Ints,
    members: Ints,
    starts: Ints,
    order: _Order,
) -> int:  # pragma: no cover
    """Sort objects by cell, those without one left out; return how many there are.

    `starts` `(n_cell + 2,)` becomes the place where each cell begins, the last but one being that
    of the fast objects.
    """
    starts[:] = 0
    for i in range(len(cell)):
        starts[cell[i] + 1] += 1
    starts[0] = 0
    for c in range(1, len(starts)):
        starts[c] += starts[c - 1]
    total = int(starts[-1])
    for i in range(len(cell)):
        c = cell[i]
        if c >= 0:
            p = starts[c]
            starts[c] = p + 1
            for k in range(6):
                order.states[p, k] = states[k, i]
            order.states[p, _TURN], order.states[p, _WHO] = turn[i], _F(members[i])
            order.least[p], order.most[p] = low[i], high[i]
    for c in range(len(starts) - 1, 0, -1):
        starts[c] = starts[c - 1]
    starts[0] = 0
    return total


@compiled
def _append(
    rough: Singles, members: Ints, sieve: Sieve, total: int, order: _Order
) -> tuple[int, np.float32]:  # pragma: no cover
    """Put the rough objects of a step `(9, n)` behind the sorted ones.

    Returns the new total, and twice the largest error of a path.
    """
    base, per_km = sieve.base_km + _TOP * sieve.bin_km, 1 / sieve.bin_km
    worst = _F(0.0)
    for k in range(rough.shape[1]):
        lowest, highest = rough[6, k] - sieve.pad_km, rough[7, k] + sieve.pad_km
        if highest >= sieve.lowest_km and lowest <= sieve.highest_km:
            for c in range(6):
                order.states[total, c] = rough[c, k]
            order.states[total, _TURN], order.states[total, _WHO] = _PI, _F(members[k])
            order.least[total] = np.int16(min(max((lowest - base) * per_km - 1, -_TOP), _TOP))
            order.most[total] = np.int16(min(max((highest - base) * per_km + 1, -_TOP), _TOP))
            worst = max(worst, rough[8, k])
            total += 1
    return total, _F(2.0) * worst


@compiled
def _ranges(
    cell: np.uint64, reach: Ints, starts: Ints, begins: Ints, ends: Ints
) -> np.uint64:  # pragma: no cover
    """Fill in the ranges of places that hold a cell's partners; return how many there are.

    The first is the own band from the cell on, of which each object takes what comes after it.
    """
    band, column = cell // _U(BINS), np.int64(cell % _U(BINS))
    row = cell - _U(column)
    bins = np.int64(reach[band])
    begins[_U(0)] = starts[cell]
    if bins < 0:
        rows = _U(1) if band + _U(1) == _U(len(reach)) else _U(2)
        ends[_U(0)] = starts[row + rows * _U(BINS)]
        return _U(1)
    low, high = column - bins, column + bins + 1
    first, last = _U(low if low > 0 else 0), _U(high if high < BINS else BINS)
    ends[_U(0)] = starts[row + last]
    count = _U(1)
    has_above = band + _U(1) < _U(len(reach))
    above = row + _U(BINS)
    if has_above:
        begins[_U(1)], ends[_U(1)] = starts[above + first], starts[above + last]
        count = _U(2)
    if high > BINS:
        begins[count], ends[count] = starts[row], starts[row + _U(high - BINS)]
        count += _U(1)
        if has_above:
            begins[count], ends[count] = starts[above], starts[above + _U(high - BINS)]
            count += _U(1)
    if low < 0 and has_above:
        begins[count], ends[count] = starts[above + _U(BINS + low)], starts[above + _U(BINS)]
        count += _U(1)
    return count


@compiled
def _wide_ranges(
    direction: Floats, angle_rad: float, n_band: int, starts: Ints, begins: Ints, ends: Ints
) -> np.uint64:  # pragma: no cover
    """Fill in the ranges of places of all objects in cells within an angle of a direction."""
    latitude = np.arctan2(direction[2], np.hypot(direction[0], direction[1]))
    longitude = np.arctan2(direction[1], direction[0]) + np.pi
    first = max(0, int((latitude - angle_rad + np.pi / 2) * n_band / np.pi))
    last = min(n_band - 1, int((latitude + angle_rad + np.pi / 2) * n_band / np.pi))
    if abs(latitude) + angle_rad > np.pi / 2 - 1e-3:
        begins[0], ends[0] = starts[first * BINS], starts[(last + 1) * BINS]
        return _U(1)
    width = np.arcsin(np.sin(angle_rad) / np.cos(latitude))
    low = int(np.floor((longitude - width) * BINS / (2 * np.pi)))
    high = int(np.floor((longitude + width) * BINS / (2 * np.pi))) + 1
    count = 0
    for band in range(first, last + 1):
        row = band * BINS
        begins[count], ends[count] = starts[row + max(low, 0)], starts[row + min(high, BINS)]
        count += 1
        if low < 0:
            begins[count], ends[count] = starts[row + BINS + low], starts[row + BINS]
            count += 1
        if high > BINS:
            begins[count], ends[count] = starts[row], starts[row + high - BINS]
            count += 1
    return _U(count)


@compiled
def _sift(
    p: int,
    total: int,
    starts: Ints,
    reach: Ints,
    order: _Order,
    angle_rad: float,
    found: _Overlaps,
) -> tuple[int, np.uint64]:  # pragma: no cover
    """Note the overlaps of objects from place p on with their partners, up to a batch.

    Those after the last cell have all others of their kind before them as partners, and those in
    the cells within their own angle. Returns the next place and the count of overlaps.
    """
    least, most = order.least, order.most
    n_celled = starts[len(starts) - 2]
    begins, ends = np.empty(2 * len(reach) + 8, np.int32), np.empty(2 * len(reach) + 8, np.int32)
    direction = np.empty(3)
    count = _U(0)
    cell = _U(np.searchsorted(starts, p, side="right") - 1)
    while p < total and count < _BATCH:
        if p < n_celled:
            while starts[cell + _U(1)] <= p:
                cell += _U(1)
            n_range = _ranges(cell, reach, starts, begins, ends)
            stop = min(starts[cell + _U(1)], p + _AT_ONCE)
            begins[0] = p  # of its own cell each object takes those after it
        else:
            n_range = _U(0)
            if order.states[p, _TURN] >= 0:
                for c in range(3):
                    direction[c] = order.states[p, c]
                angle = min(order.states[p, _TURN] + angle_rad, np.pi)
                n_range = _wide_ranges(direction, angle, len(reach), starts, begins, ends)
            begins[n_range], ends[n_range] = n_celled, p
            n_range += _U(1)
            stop = p + 1
        for r in range(n_range):
            end = ends[r]
            for at in range(begins[r], end, LANES):
                valid = np.uint32(0xFFFFFFFF >> max(0, LANES - (end - at)))
                for k in range(_U(stop - p)):
                    one = _U(p) + k
                    mask = overlaps(least, most, at, least[one], most[one]) & valid
                    if at == p:
                        mask &= np.uint32(_U(0xFFFFFFFE) << k)
                    found.places[count], found.bits[count] = (one << _U(32)) | _U(at), mask
                    count += _U(mask != 0)
        p = stop
    return p, count


@compiled
def _spread(
    found: _Overlaps, count: np.uint64, order: _Order, sieve: Sieve, slacks: _Slacks, pairs: Places
) -> np.uint64:  # pragma: no cover
    """Write overlaps out as pairs of places `(2, m)`; return how many there are.

    Pairs that fail the linear test along the polar axis alone are left out.
    """
    s, h = order.states, _F(sieve.step_s / 2)
    limit = _F(sieve.linear_offset_km + sieve.linear_slope_s * _FASTEST_KM_S)
    n = _U(0)
    for k in range(_U(count)):
        mask = found.bits[k]
        one, at = np.uint32(found.places[k] >> _U(32)), np.uint32(found.places[k])
        height, climb = s[one, 2], s[one, 5]
        near = limit + slacks.km if one >= slacks.begin else limit
        while mask != 0:
            other = at + np.uint32(lowest_bit(mask))
            mask &= mask - np.uint32(1)
            pairs[_U(0), n], pairs[_U(1), n] = one, other
            n += _U(abs(s[other, 2] - height) - abs(s[other, 5] - climb) * h <= near)
    return n


@compiled_sums
def _meet(
    pairs: Places,
    n: np.uint64,
    order: _Order,
    sieve: Sieve,
    slacks: _Slacks,
    times: Singles,
    near: NDArray[np.uint8],
) -> None:  # pragma: no cover
    """Take the linear test: when each pair is nearest, and whether it may be within the reach."""
    h, offset, rate = _F(sieve.step_s / 2), _F(sieve.linear_offset_km), _F(sieve.linear_slope_s)
    s, rough_offset = order.states, offset + slacks.km
    for k in range(n):
        a, b = pairs[0, k], pairs[1, k]
        dx, dy, dz = s[b, 0] - s[a, 0], s[b, 1] - s[a, 1], s[b, 2] - s[a, 2]
        ux, uy, uz = s[b, 3] - s[a, 3], s[b, 4] - s[a, 4], s[b, 5] - s[a, 5]
        speed2 = ux * ux + uy * uy + uz * uz
        time = -(dx * ux + dy * uy + dz * uz) / (speed2 + _F(1e-12))
        time = min(max(time, -h), h)
        dx, dy, dz = dx + ux * time, dy + uy * time, dz + uz * time
        limit = (rough_offset if a >= slacks.begin else offset) + rate * np.sqrt(speed2)
        times[k] = time
        near[k] = dx * dx + dy * dy + dz * dz <= limit * limit


@compiled
def scan(
    knots_a: Singles,
    first_a: int,
    spacing_a: float,
    knots_b: Singles,
    first_b: int,
    spacing_b: float,
    smooth: Ints,
    rough: Singles,
    rough_members: Ints,
    sieve: Sieve,
    step: int,
    n_step: int,
    is_primary: NDArray[np.bool_],
    few: bool,
    found: Ints,
    when: Singles,
) -> tuple[int, int]:  # pragma: no cover
    """Fill `found` `(m, 3)` with pairs that may meet and their step, `when` with the time.

    `knots_*` `(n_knot, 3, n)` are two groups of objects and `smooth` their numbers, -1 for one
    that takes no part; `rough` `(n_step, 9, n)` holds position, velocity, least and greatest
    radius and error of rough objects, NaN where they are gone. Pairs without a primary are left
    out; with `few` the primaries are compared with all others without cells. Returns how many
    pairs were found and the first step that was not done, short of `n_step` where `found` is full.
    """
    n_a, n_smooth = knots_a.shape[2], len(smooth)
    n = n_smooth + rough.shape[2]
    n_band = max(1, int(np.pi / sieve.angle_rad))
    n_cell = n_band * BINS
    reach = _reaches(n_band, sieve.angle_rad)
    other_angle_rad = sieve.angle_rad - sieve.rate_rad_s * sieve.step_s / 2
    states, turn = np.empty((ROUND, 6, n_smooth), np.float32), np.empty(n_smooth, np.float32)
    low, high = np.empty(n_smooth, np.int16), np.empty(n_smooth, np.int16)
    cell, starts = np.empty(n_smooth, np.int32), np.empty(n_cell + 2, np.int32)
    order = _Order(
        np.empty((n, 8), np.float32),
        np.empty(n + LANES, np.int16),
        np.empty(n + LANES, np.int16),
    )
    # A batch, and the most that the objects of a cell add to it.
    room = _BATCH + _AT_ONCE * (n // LANES + 4 * n_band + 8)
    overlapping = _Overlaps(np.empty(room, np.uint64), np.empty(room, np.uint32))
    pairs = np.empty((2, room * LANES), np.uint32)
    times, near = np.empty(room * LANES, np.float32), np.empty(room * LANES, np.uint8)
    absent = np.flatnonzero(smooth < 0)
    n_found, done = 0, step
    while done < n_step:
        if done == step or done % ROUND == 0:
            begin = done - done % ROUND
            _interpolate(knots_a, first_a, spacing_a, begin, sieve.step_s, states, 0)
            _interpolate(knots_b, first_b, spacing_b, begin, sieve.step_s, states, n_a)
        now = states[done % ROUND]
        _place(now, sieve, n_band, low, high, turn, cell)
        cell[absent] = -1
        if few:
            for i in range(n_smooth):
                if cell[i] >= 0 and is_primary[smooth[i]]:
                    cell[i] = n_cell
        total = _sort(now, low, high, turn, cell, smooth, starts, order)
        n_sorted = total
        total, slack_km = _append(rough[done - step], rough_members, sieve, total, order)
        slacks = _Slacks(n_sorted, slack_km)
        p, begin_found = 0, n_found
        if few:
            p = starts[n_cell]
            for q in range(p, total):  # others need not look for partners in the cells
                if not is_primary[int(order.states[q, _WHO])]:
                    order.states[q, _TURN] = _F(-1.0)
        while p < total:
            p, count = _sift(p, total, starts, reach, order, other_angle_rad, overlapping)
            n_pair = _spread(overlapping, count, order, sieve, slacks, pairs)
            _meet(pairs, n_pair, order, sieve, slacks, times, near)
            for k in range(n_pair):
                if near[k]:
                    i = int(order.states[pairs[0, k], _WHO])
                    j = int(order.states[pairs[1, k], _WHO])
                    if is_primary[i] or is_primary[j]:
                        if n_found == len(found):
                            return begin_found, done
                        found[n_found, 0], found[n_found, 1] = min(i, j), max(i, j)
                        found[n_found, 2], when[n_found] = done, times[k]
                        n_found += 1
        done += 1
    return n_found, done
