"""Draw the range between two objects over a window, with its minima."""

from datetime import datetime

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sda.errors import ElementError
from sda.model import ElementSet
from sda.orbit.propagation import Propagator
from sda.plots.style import (
    COLOURS,
    LOG_RANGE,
    frame,
    label,
    sample_times,
    short_utc,
    threshold_line,
)
from sda.times import add_seconds, julian_grid

__all__ = ["range_history", "ranges_km"]

Floats = NDArray[np.float64]

_FAN = np.linspace(-1.0, 1.0, 33)
_ROUNDS = 5
"""Each round looks 16 times closer: from a step of 30 s to 30 microseconds."""


def ranges_km(first: ElementSet, second: ElementSet, start: datetime, offsets_s: Floats) -> Floats:
    """Return the range `(...)` in km at seconds `(...)` after a start; NaN where SGP4 fails.

    Raises ElementError when SGP4 cannot start from one of the sets.
    """
    propagator = Propagator([first, second])
    if propagator.unusable:
        bad = propagator.unusable[0]
        raise ElementError(
            f"object {bad.element_set.norad_id} cannot be propagated, take another set: "
            f"{bad.reason}"
        )
    _, r_km, _ = propagator.grid(*julian_grid(start, offsets_s.ravel()))
    apart_km: Floats = np.linalg.norm(r_km[1] - r_km[0], axis=-1)
    return apart_km.reshape(offsets_s.shape)


def range_history(
    first: ElementSet,
    second: ElementSet,
    start: datetime,
    hours: float,
    *,
    threshold_km: float | None = None,
    step_s: float = 30.0,
    exercise: bool = True,
) -> go.Figure:
    """Draw the range of a pair on a logarithmic scale, and mark each of its minima.

    Minima are refined with SGP4 and stand in the curve, so it reaches down to them however
    fast the pair passes. The threshold, if given, is a line.
    """
    times = sample_times(start, hours, step_s)
    grid_s = np.linspace(0.0, hours * 3600.0, len(times))
    grid_km = ranges_km(first, second, start, grid_s)
    minima_s, minima_km = _minima(first, second, start, grid_s, grid_km)
    at_s = np.concatenate([grid_s, minima_s])
    order = np.argsort(at_s, kind="stable")
    figure = go.Figure(
        go.Scatter(
            x=[add_seconds(start, s) for s in at_s[order].tolist()],
            y=np.concatenate([grid_km, minima_km])[order],
            name="range",
            mode="lines",
            line={"width": 1.6, "color": COLOURS[0]},
            hovertemplate="%{y:.4~g} km at %{x|%m-%d %H:%M:%S} UTC",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[add_seconds(start, s) for s in minima_s.tolist()],
            y=minima_km,
            name="minima",
            mode="markers",
            marker={"size": 6, "color": COLOURS[1]},
            hovertemplate="%{y:.4f} km at %{x|%m-%d %H:%M:%S.%L} UTC",
        )
    )
    if threshold_km is not None:
        figure.add_trace(threshold_line(times[0], times[-1], threshold_km))
    frame(
        figure,
        f"Range between {label(first)} and {label(second)}",
        _summary(start, hours, minima_s, minima_km),
        exercise=exercise,
    )
    figure.update_yaxes(title_text="Range (km)", **LOG_RANGE)
    return figure.update_xaxes(title_text="Time (UTC)")


def _minima(
    first: ElementSet, second: ElementSet, start: datetime, grid_s: Floats, grid_km: Floats
) -> tuple[Floats, Floats]:
    """Return times `(m,)` and ranges `(m,)` of the minima inside a sampled window."""
    inner = grid_km[1:-1]
    low = np.flatnonzero((inner < grid_km[:-2]) & (inner <= grid_km[2:])) + 1
    at_s, half_s = grid_s[low], grid_s[1] - grid_s[0]
    least_km = grid_km[low]
    rows = np.arange(len(low))
    for _ in range(_ROUNDS if len(low) else 0):
        fan_s = at_s[:, np.newaxis] + half_s * _FAN
        fan_km = ranges_km(first, second, start, fan_s)
        best = np.nanargmin(fan_km, axis=1)
        at_s, least_km = fan_s[rows, best], fan_km[rows, best]
        half_s *= 2 / (len(_FAN) - 1)
    return at_s, least_km


def _summary(start: datetime, hours: float, minima_s: Floats, minima_km: Floats) -> str:
    window = f"{round(hours, 2):g} hours from {short_utc(start)}"
    if not len(minima_km):
        return f"{window}; no minimum inside"
    least = int(np.argmin(minima_km))
    when = add_seconds(start, float(minima_s[least]))
    return f"{window}; least {minima_km[least]:.3f} km at {when:%m-%d %H:%M:%S} UTC"
