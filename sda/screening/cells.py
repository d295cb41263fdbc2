"""Find the pairs that may meet in a step: cells on the sphere, radial intervals, linear test.

For each step the objects are sorted into cells by direction: bands of latitude at least as high
as the angle of the bound, cut into `BINS` bins of longitude. Partners lie in the own band or the
next ones; each pair is taken once, by looking forward in the own band and all round in the band
above. Where a band reaches a pole all its bins are partners. Within such a range of sorted objects
the radial intervals, rounded outward to 16 bits, are compared 32 at a time; what is left takes the
linear test. `sda.screening.bound` proves each of the three.

Two kinds of objects are set apart at the end of the order and compared with all before them, by
radius alone: those that turn faster than the bound's rate, and rough ones, whose paths come as a
linear model with its own error.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sda.constants import MU_KM3_S2
from sda.screening.knots import FLAGS, weights
from sda.screening.masks import LANES, lowest_bit, overlaps

__all__ = ["BINS", "Sieve", "scan"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]
Shorts = NDArray[np.int16]

BINS: Final = 512
"""Bins of longitude in each band."""

_F = np.float32
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
    other_pull: float
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


@njit(cache=True, nogil=True, fastmath=FLAGS, inline="always")  # type: ignore[misc]
def _angle(y: float, x: float) -> float:  # pragma: no cover
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


@njit(cache=True, nogil=True, fastmath=FLAGS)  # type: ignore[misc]
def _interpolate(
    r_km: Singles, row: int, value: Floats, slope: Floats, states: Singles, at: int
) -> None:  # pragma: no cover
    """Fill columns from `at` of states `(6, n)` from eight rows of knots."""
    n = r_km.shape[2]
    w0, w1, w2, w3 = _F(value[0]), _F(value[1]), _F(value[2]), _F(value[3])
    w4, w5, w6, w7 = _F(value[4]), _F(value[5]), _F(value[6]), _F(value[7])
    d0, d1, d2, d3 = _F(slope[0]), _F(slope[1]), _F(slope[2]), _F(slope[3])
    d4, d5, d6, d7 = _F(slope[4]), _F(slope[5]), _F(slope[6]), _F(slope[7])
    for c in range(3):
        k0, k1, k2, k3 = r_km[row, c], r_km[row + 1, c], r_km[row + 2, c], r_km[row + 3, c]
        k4, k5, k6, k7 = r_km[row + 4, c], r_km[row + 5, c], r_km[row + 6, c], r_km[row + 7, c]
        r, v = states[c], states[c + 3]
        for i in range(n):
            r[at + i] = (
                (w0 * k0[i] + w7 * k7[i]) + (w1 * k1[i] + w6 * k6[i])
                + ((w2 * k2[i] + w5 * k5[i]) + (w3 * k3[i] + w4 * k4[i]))
            )  # fmt: skip
            v[at + i] = (
                (d0 * k0[i] + d7 * k7[i]) + (d1 * k1[i] + d6 * k6[i])
                + ((d2 * k2[i] + d5 * k5[i]) + (d3 * k3[i] + d4 * k4[i]))
            )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=FLAGS)  # type: ignore[misc]
def _place(
    states: Singles, sieve: Sieve, n_band: int, low: Shorts, high: Shorts, cell: Ints
) -> None:  # pragma: no cover
    """Give each object its radial interval in bins and its cell; objects elsewhere none (-1)."""
    n = states.shape[1]
    x, y, z, vx, vy, vz = states[0], states[1], states[2], states[3], states[4], states[5]
    h = _F(sieve.step_s / 2)
    gain, pad, other = _F(sieve.radial_gain), _F(sieve.pad_km), _F(3 * sieve.other_pull)
    rate2, lowest, highest = (
        _F(sieve.rate_rad_s**2), _F(sieve.lowest_km), _F(sieve.highest_km)
    )  # fmt: skip
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
        bend = abs(across2 * inverse - pull) + other * pull
        s = gain * (abs(climb) * h + bend * (_F(0.5) * h * h))
        nearest, farthest = radius - s - pad, radius + s + pad
        fraction = s * inverse
        turn = _F(1.001) + _F(2.5) * fraction
        is_fast = (across2 * inverse * inverse * turn * turn > rate2) | (fraction > _F(0.1))
        is_here = (nearest <= highest) & (farthest >= lowest)
        least, most = (nearest - base) * per_km - _F(1.0), (farthest - base) * per_km + _F(1.0)
        least = min(max(least, _F(-_TOP)), _F(_TOP))
        most = min(max(most, _F(-_TOP)), _F(_TOP))
        low[i], high[i] = np.int16(least), np.int16(most)
        band = np.int32((_angle(z[i], np.sqrt(flat2)) + _HALF_PI) * bands_per_rad)
        bin_ = np.int32((_angle(y[i], x[i]) + _PI) * bins_per_rad)
        band = min(max(band, np.int32(0)), np.int32(n_band - 1))
        bin_ = min(max(bin_, np.int32(0)), np.int32(BINS - 1))
        here = last if is_fast else band * BINS + bin_
        cell[i] = here if is_here else -1


@njit(cache=True, nogil=True)  # type: ignore[misc]
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


@njit(cache=True, nogil=True, inline="always")  # type: ignore[misc]
def _sift(
    one: int, begin: int, end: int, low: Shorts, high: Shorts,
    leads: Ints, starts: Ints, bits: NDArray[np.uint32], count: int,
) -> int:  # pragma: no cover
    """Note the overlaps of one object's interval with those from begin to end; return the count."""
    least, most = low[one], high[one]
    for at in range(begin, end, LANES):
        mask = overlaps(low, high, at, least, most)
        rest = end - at
        if rest < LANES:
            mask &= np.uint32((1 << rest) - 1)
        leads[count] = one
        starts[count] = at
        bits[count] = mask
        count += mask != 0
    return count


@njit(cache=True, nogil=True, fastmath=FLAGS)  # type: ignore[misc]
def scan(
    knots_a: Singles, first_a: int, spacing_a: float, members_a: Ints,
    knots_b: Singles, first_b: int, spacing_b: float, members_b: Ints,
    rough: Singles, rough_members: Ints, sieve: Sieve, step: int, n_step: int,
    is_primary: NDArray[np.bool_], few: bool, found: Ints, when: Singles,
) -> tuple[int, int]:  # pragma: no cover
    """Fill `found` `(m, 3)` with pairs that may meet and their step, `when` with the time.

    `knots_*` `(n_knot, 3, n)` are two groups of objects, with -1 as the member of one that takes
    no part; `rough` `(n_step, 9, n)` holds position, velocity, least and greatest radius and error
    of rough objects, NaN where they are gone. Pairs without a primary are left out; with `few` the
    primaries are compared with all others without cells. Returns how many pairs were found and the
    first step that was not done, short of `n_step` where `found` is full.
    """
    n_a, n_b, n_rough = knots_a.shape[2], knots_b.shape[2], rough.shape[2]
    n_smooth = n_a + n_b
    n = n_smooth + n_rough
    members = np.empty(n, np.int32)
    members[:n_a] = members_a
    members[n_a:n_smooth] = members_b
    members[n_smooth:] = rough_members
    n_band = max(1, int(np.pi / sieve.angle_rad))
    n_cell = n_band * BINS
    reach = _reaches(n_band, sieve.angle_rad)
    states = np.empty((6, n_smooth), np.float32)
    low, high = np.empty(n_smooth, np.int16), np.empty(n_smooth, np.int16)
    cell = np.empty(n_smooth, np.int32)
    starts = np.empty(n_cell + 2, np.int32)
    x, y, z = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    vx, vy, vz = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    least, most = np.empty(n + LANES, np.int16), np.empty(n + LANES, np.int16)
    who = np.empty(n, np.int32)
    error = np.zeros(n, np.float32)
    room = 4 * n + 1024
    leads, places = np.empty(room, np.int32), np.empty(room, np.int32)
    bits = np.empty(room, np.uint32)
    value, slope = np.empty(8), np.empty(8)
    h, offset, rate = (
        _F(sieve.step_s / 2), _F(sieve.linear_offset_km), _F(sieve.linear_slope_s)
    )  # fmt: skip
    base, per_km = sieve.base_km + _TOP * sieve.bin_km, 1 / sieve.bin_km
    n_found = 0
    done = step
    while done < n_step:
        middle_s = (done + 0.5) * sieve.step_s
        for group in range(2):
            spacing = spacing_a if group == 0 else spacing_b
            knot = int(np.floor(middle_s / spacing))
            weights(middle_s / spacing - knot, value, slope)
            slope /= spacing
            if group == 0:
                _interpolate(knots_a, knot - first_a - 3, value, slope, states, 0)
            else:
                _interpolate(knots_b, knot - first_b - 3, value, slope, states, n_a)
        _place(states, sieve, n_band, low, high, cell)

        # Counting sort by cell; the fast ones come after the last cell.
        starts[:] = 0
        for i in range(n_smooth):
            if members[i] < 0:
                cell[i] = -1
            elif few and is_primary[members[i]] and cell[i] >= 0:
                cell[i] = n_cell
            if cell[i] >= 0:
                starts[cell[i] + 1] += 1
        total = 0
        for c in range(n_cell + 2):
            total += starts[c]
            starts[c] = total
        for i in range(n_smooth):
            c = cell[i]
            if c >= 0:
                p = starts[c]
                starts[c] = p + 1
                x[p], y[p], z[p] = states[0, i], states[1, i], states[2, i]
                vx[p], vy[p], vz[p] = states[3, i], states[4, i], states[5, i]
                least[p], most[p] = low[i], high[i]
                who[p] = members[i]
        for c in range(n_cell, 0, -1):
            starts[c] = starts[c - 1]
        starts[0] = 0
        n_celled, n_here = starts[n_cell], total
        for k in range(n_rough):
            own = rough[done - step]
            p = n_here
            if own[7, k] >= sieve.lowest_km - sieve.pad_km and (
                own[6, k] <= sieve.highest_km + sieve.pad_km
            ):
                x[p], y[p], z[p] = own[0, k], own[1, k], own[2, k]
                vx[p], vy[p], vz[p] = own[3, k], own[4, k], own[5, k]
                bottom = (own[6, k] - sieve.pad_km - base) * per_km - 1.0
                top = (own[7, k] + sieve.pad_km - base) * per_km + 1.0
                least[p] = np.int16(min(max(bottom, -_TOP), _TOP))
                most[p] = np.int16(min(max(top, -_TOP), _TOP))
                who[p] = rough_members[k]
                error[p] = own[8, k]
                n_here += 1

        full = False
        begin_found = n_found
        band, column = 0, 0
        p = 0 if not few else n_celled
        c = 0
        while p < n_here and not full:
            # A batch of objects, up to the room for their overlaps.
            count = 0
            while p < n_here:
                if p < n_celled:
                    while starts[c + 1] <= p:
                        c += 1
                    band, column = c // BINS, c % BINS
                    row = band * BINS
                    bins = reach[band]
                    if count + 4 * (n_here // LANES + 2) > room:
                        break
                    if bins < 0:
                        count = _sift(
                            p, p + 1, starts[row + BINS], least, most, leads, places, bits, count
                        )
                        if band + 1 < n_band:
                            count = _sift(
                                p, starts[row + BINS], starts[row + 2 * BINS],
                                least, most, leads, places, bits, count,
                            )  # fmt: skip
                    else:
                        end = column + bins + 1
                        count = _sift(
                            p, p + 1, starts[row + min(end, BINS)],
                            least, most, leads, places, bits, count,
                        )  # fmt: skip
                        if end > BINS:
                            count = _sift(
                                p, starts[row], starts[row + end - BINS],
                                least, most, leads, places, bits, count,
                            )  # fmt: skip
                        if band + 1 < n_band:
                            above = row + BINS
                            begin = column - bins
                            count = _sift(
                                p, starts[above + max(begin, 0)], starts[above + min(end, BINS)],
                                least, most, leads, places, bits, count,
                            )  # fmt: skip
                            if begin < 0:
                                count = _sift(
                                    p, starts[above + BINS + begin], starts[above + BINS],
                                    least, most, leads, places, bits, count,
                                )  # fmt: skip
                            if end > BINS:
                                count = _sift(
                                    p, starts[above], starts[above + end - BINS],
                                    least, most, leads, places, bits, count,
                                )  # fmt: skip
                else:
                    if count + n_here // LANES + 2 > room:
                        break
                    start = n_celled if few and not is_primary[who[p]] else 0
                    count = _sift(p, start, p, least, most, leads, places, bits, count)
                p += 1
            for k in range(count):
                a = leads[k]
                mask = bits[k]
                at = places[k]
                xa, ya, za = x[a], y[a], z[a]
                vxa, vya, vza = vx[a], vy[a], vz[a]
                while mask != 0:
                    b = at + lowest_bit(mask)
                    mask &= mask - np.uint32(1)
                    dx, dy, dz = x[b] - xa, y[b] - ya, z[b] - za
                    ux, uy, uz = vx[b] - vxa, vy[b] - vya, vz[b] - vza
                    speed2 = ux * ux + uy * uy + uz * uz
                    time = -(dx * ux + dy * uy + dz * uz) / (speed2 + _F(1e-12))
                    time = min(max(time, -h), h)
                    dx, dy, dz = dx + ux * time, dy + uy * time, dz + uz * time
                    limit = offset + rate * np.sqrt(speed2) + error[a] + error[b]
                    if dx * dx + dy * dy + dz * dz <= limit * limit:
                        i, j = who[a], who[b]
                        if is_primary[i] or is_primary[j]:
                            if n_found < len(found):
                                found[n_found, 0] = min(i, j)
                                found[n_found, 1] = max(i, j)
                                found[n_found, 2] = done
                                when[n_found] = time
                                n_found += 1
                            else:
                                full = True
        for q in range(total, n_here):
            error[q] = _F(0.0)
        if full:
            return begin_found, done
        done += 1
    return n_found, done
