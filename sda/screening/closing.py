"""Find the one minimum of a fast pair's range in a step, on the interpolant.

Takes what `cells` found; most of it passes at more than the threshold, or in a neighbouring step.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.screening.compiled import compiled
from sda.screening.knots import weights

__all__ = ["DROPPED", "FAST", "SLOW", "close"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]

DROPPED: Final = 0
FAST: Final = 1
SLOW: Final = 2

_OVERHANG_S: Final = 0.5
"""A minimum this close to the step may turn out to be in it: 0.1 km off at 0.2 km/s."""
_ROUNDS: Final = 8
_SETTLED_S: Final = 1e-3


@compiled
def _state(
    knots: Singles,
    first: int,
    spacing_s: float,
    column: int,
    time_s: float,
    value: Floats,
    slope: Floats,
    state: Floats,
) -> None:  # pragma: no cover
    knot = int(np.floor(time_s / spacing_s))
    weights(time_s / spacing_s - knot, value, slope)
    row = knot - first - 3
    for c in range(3):
        r, v = 0.0, 0.0
        for j in range(8):
            r += value[j] * knots[row + j, c, column]
            v += slope[j] * knots[row + j, c, column]
        state[c] = r
        state[c + 3] = v / spacing_s


@compiled
def close(
    found: Ints,
    when: Singles,
    knots: tuple[Singles, Singles, Singles],
    firsts: Ints,
    spacings: Floats,
    group: Ints,
    column: Ints,
    step_s: float,
    limit_km: float,
    slow_km_s: float,
) -> tuple[NDArray[np.uint8], Floats]:  # pragma: no cover
    """Return what each pair `(m,)` is, and for a fast one the time of its minimum.

    `found` `(m, 3)` and `when` `(m,)` as `cells.scan` fills them; `group` and `column` `(n_all,)`
    say where each object's knots are, group -1 for a rough object, whose pairs count as slow.
    """
    sort = np.zeros(len(found), np.uint8)
    time_s = np.zeros(len(found))
    value, slope = np.empty(8), np.empty(8)
    states = np.empty((2, 6))
    for k in range(len(found)):
        step = found[k, 2]
        here = group[found[k, 0]], group[found[k, 1]]
        if here[0] < 0 or here[1] < 0:
            sort[k] = SLOW
            continue
        middle_s = (step + 0.5) * step_s
        at_s = middle_s + when[k]
        sort[k] = SLOW  # unless the search below settles
        for _ in range(_ROUNDS):
            for side in range(2):
                g, object_ = here[side], found[k, side]
                for which in range(3):
                    if which == g:
                        _state(
                            knots[which], firsts[which], spacings[which], column[object_], at_s,
                            value, slope, states[side],
                        )  # fmt: skip
            range2, approach, speed2 = 0.0, 0.0, 0.0
            for c in range(3):
                d, u = states[1, c] - states[0, c], states[1, c + 3] - states[0, c + 3]
                range2 += d * d
                approach += d * u
                speed2 += u * u
            if speed2 <= slow_km_s * slow_km_s:
                break
            change_s = -approach / speed2
            at_s += change_s
            if abs(at_s - middle_s) > step_s / 2 + _OVERHANG_S:
                sort[k] = DROPPED
                break
            if abs(change_s) < _SETTLED_S:
                near = range2 - approach * approach / speed2 <= limit_km * limit_km
                sort[k] = FAST if near else DROPPED
                time_s[k] = at_s
                break
    return sort, time_s
