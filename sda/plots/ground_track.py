"""Draw the track of objects over the ground, on an equirectangular graticule of our own."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sda.model import ElementSet
from sda.orbit.inspection import Site, skyfield_time, sub_points_deg
from sda.plots.style import COLOURS, FAINT, GRATICULE, frame, label, plain, sample_times, short_utc

__all__ = ["broken_at_date_line", "ground_track"]

Floats = NDArray[np.float64]


def broken_at_date_line(points_deg: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return a track of latitudes and longitudes `(n, 2)` cut where it crosses the date line.

    Each crossing adds three rows: the meridian on this side, a row of NaN that lifts the pen, and
    the meridian on the other, both at the latitude between. With them comes the row of the
    input `(m,)` that each row of the result belongs to. Where a track passes a pole it is cut
    likewise.
    """
    latitude, longitude = points_deg.T
    jump = np.diff(longitude)
    at = np.flatnonzero(np.abs(jump) > 180.0)
    side = np.sign(longitude[at])
    before = 180.0 - side * longitude[at]
    after = 180.0 + side * longitude[at + 1]
    part = np.divide(before, before + after, out=np.zeros_like(before), where=before + after > 0)
    crossing = latitude[at] + part * (latitude[at + 1] - latitude[at])
    gap = np.full_like(crossing, np.nan)
    meridians = np.stack(
        [
            np.column_stack([crossing, 180.0 * side]),
            np.column_stack([gap, gap]),
            np.column_stack([crossing, -180.0 * side]),
        ],
        axis=1,
    ).reshape(-1, 2)
    where = np.repeat(at + 1, 3)
    rows = np.insert(np.arange(len(points_deg)), where, np.repeat(at, 3))
    return np.insert(points_deg, where, meridians, axis=0), rows


def ground_track(
    element_sets: Sequence[ElementSet],
    start: datetime,
    hours: float,
    *,
    step_s: float = 30.0,
    sites: Sequence[Site] = (),
    exercise: bool = True,
) -> go.Figure:
    """Draw the points below objects from a start on, geodetic on WGS-84.

    A dot marks where each is at the start.
    """
    times = sample_times(start, hours, step_s)
    time = skyfield_time(times)
    figure = go.Figure()
    for place, element_set in enumerate(element_sets):
        colour = COLOURS[place % len(COLOURS)]
        points_deg = sub_points_deg(element_set, time)
        line_deg, rows = broken_at_date_line(points_deg)
        figure.add_trace(
            go.Scatter(
                x=line_deg[:, 1],
                y=line_deg[:, 0],
                name=label(element_set),
                mode="lines",
                line={"width": 1.8, "color": colour},
                customdata=[f"{times[row]:%m-%d %H:%M:%S}" for row in rows],
                hovertemplate="%{y:.2f}°, %{x:.2f}° at %{customdata} UTC",
                connectgaps=False,
            )
        )
        figure.add_trace(
            go.Scatter(
                x=points_deg[:1, 1],
                y=points_deg[:1, 0],
                mode="markers",
                marker={"size": 9, "color": colour, "line": {"width": 1.5, "color": "white"}},
                showlegend=False,
                hovertemplate="%{y:.2f}°, %{x:.2f}° at the start",
                name=label(element_set),
            )
        )
    if sites:
        figure.add_trace(_sites(sites))
    names = ", ".join(label(e) for e in element_sets[:3]) + ("…" if len(element_sets) > 3 else "")
    frame(
        figure,
        f"Ground track of {names}",
        f"{round(hours, 2):g} hours from {short_utc(start)}; the dot is the start",
        exercise=exercise,
        height_px=560,
    )
    return _graticule(figure)


def _sites(sites: Sequence[Site]) -> go.Scatter:
    return go.Scatter(
        x=[site.longitude_deg for site in sites],
        y=[site.latitude_deg for site in sites],
        text=[plain(site.name) for site in sites],
        name="sites",
        mode="markers+text",
        textposition="top center",
        marker={"symbol": "triangle-up", "size": 10, "color": FAINT},
    )


def _graticule(figure: go.Figure) -> go.Figure:
    """Rule the plane each 30 degrees, one degree as long both ways, equator and Greenwich dark."""
    shared = {"gridcolor": GRATICULE, "dtick": 30, "zeroline": True, "zerolinecolor": FAINT}
    figure.update_xaxes(
        range=[-180, 180], title_text="Longitude (deg, east positive)", constrain="domain", **shared
    )
    return figure.update_yaxes(
        range=[-91, 91],
        title_text="Latitude (deg, north positive)",
        scaleanchor="x",
        scaleratio=1,
        constrain="domain",
        **shared,
    )
