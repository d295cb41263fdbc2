"""Draw orbits in space round an Earth of our own: a sphere and its graticule."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sda.constants import EARTH_RADIUS_KM
from sda.model import ElementSet
from sda.orbit.inspection import earth_axes, gcrs_km, skyfield_time
from sda.plots.style import COLOURS, FAINT, GRID, frame, label, sample_times, short_utc

__all__ = ["graticule_km", "orbit_globe"]

Floats = NDArray[np.float64]

_POINTS_PER_REVOLUTION = 720
"""Steps of 5 degrees at the perigee of a Molniya orbit, where the angle runs ten times as fast."""
_LINE_STEP_DEG = 3.0
_GRID_STEP_DEG = 30.0


def graticule_km(radius_km: float) -> Floats:
    """Return meridians and parallels each 30 degrees as one line `(n, 3)` in Earth-fixed axes.

    A row of NaN lifts the pen between them.
    """
    along = np.radians(np.arange(-180.0, 180.0 + _LINE_STEP_DEG, _LINE_STEP_DEG))
    to_pole = np.radians(np.arange(-90.0, 90.0 + _LINE_STEP_DEG, _LINE_STEP_DEG))
    parallels = ((np.full_like(along, lat), along) for lat in _grid_rad(-60.0, 60.0))
    meridians = ((to_pole, np.full_like(to_pole, lon)) for lon in _grid_rad(-180.0, 150.0))
    pen_up = np.full((1, 3), np.nan)
    lines = (np.vstack([_sphere(*line), pen_up]) for line in chain(parallels, meridians))
    return radius_km * np.vstack(list(lines))


def orbit_globe(
    element_sets: Sequence[ElementSet],
    start: datetime,
    *,
    revolutions: float = 1.0,
    exercise: bool = True,
) -> go.Figure:
    """Draw each object's path over its own revolutions from a start on, in GCRS, km.

    The Earth stands as it does at the start; a dot marks where each object is then.
    """
    figure = go.Figure(_earth(start))
    for place, element_set in enumerate(element_sets):
        colour = COLOURS[place % len(COLOURS)]
        hours = 24.0 * revolutions / element_set.mean_motion_rev_day
        step_s = 86400.0 / element_set.mean_motion_rev_day / _POINTS_PER_REVOLUTION
        times = sample_times(start, hours, step_s)
        path_km = gcrs_km(element_set, skyfield_time(times))
        figure.add_trace(
            go.Scatter3d(
                x=path_km[:, 0],
                y=path_km[:, 1],
                z=path_km[:, 2],
                name=label(element_set),
                mode="lines",
                line={"width": 4, "color": colour},
                text=[f"{utc:%m-%d %H:%M:%S} UTC" for utc in times],
                hovertemplate="%{text}",
            )
        )
        figure.add_trace(
            go.Scatter3d(
                x=path_km[:1, 0],
                y=path_km[:1, 1],
                z=path_km[:1, 2],
                name=label(element_set),
                mode="markers",
                marker={"size": 5, "color": colour},
                showlegend=False,
                hovertemplate="at the start",
            )
        )
    turns = "1 revolution" if revolutions == 1 else f"{revolutions:g} revolutions"
    title = "Orbit of " if len(element_sets) == 1 else "Orbits of "
    names = ", ".join(label(e) for e in element_sets[:3]) + ("…" if len(element_sets) > 3 else "")
    frame(
        figure,
        title + names,
        f"{turns} from {short_utc(start)}, GCRS axes; the dot is the start",
        exercise=exercise,
        height_px=640,
    )
    axis = {
        "showbackground": False,
        "gridcolor": GRID,
        "exponentformat": "none",
        "nticks": 5,
        "tickfont": {"size": 10, "color": FAINT},
    }
    camera = {"eye": {"x": 1.3, "y": 1.3, "z": 0.8}}
    return figure.update_layout(
        scene={f"{name}axis": {**axis, "title": {"text": f"{name} (km)"}} for name in "xyz"}
        | {"aspectmode": "data", "camera": camera}
    )


def _earth(start: datetime) -> list[go.Surface | go.Scatter3d]:
    """Return the sphere and its graticule, turned as the Earth is at a time."""
    lat, lon = np.radians(np.meshgrid(np.linspace(-90, 90, 37), np.linspace(0, 360, 73)))
    ball_km = EARTH_RADIUS_KM * _sphere(lat, lon)
    # Lifted 0.3 %, or the facets of the sphere would hide the lines.
    lines_km = graticule_km(1.003 * EARTH_RADIUS_KM) @ earth_axes(skyfield_time([start]))[0]
    return [
        go.Surface(
            x=ball_km[..., 0],
            y=ball_km[..., 1],
            z=ball_km[..., 2],
            name="Earth",
            surfacecolor=np.zeros_like(lat),
            colorscale=[[0, "#dce9f2"], [1, "#dce9f2"]],
            showscale=False,
            hoverinfo="skip",
            lighting={"ambient": 1.0, "diffuse": 0.0, "specular": 0.0},
        ),
        go.Scatter3d(
            x=lines_km[:, 0],
            y=lines_km[:, 1],
            z=lines_km[:, 2],
            name="graticule, 30 deg",
            mode="lines",
            line={"width": 1.5, "color": FAINT},
            connectgaps=False,
            showlegend=False,
            hoverinfo="skip",
        ),
    ]


def _grid_rad(first_deg: float, last_deg: float) -> Floats:
    grid_deg = np.arange(first_deg, last_deg + _GRID_STEP_DEG / 2, _GRID_STEP_DEG)
    return np.asarray(np.radians(grid_deg), np.float64)


def _sphere(latitude: Floats, longitude: Floats) -> Floats:
    """Return unit vectors `(..., 3)` of spherical latitudes and longitudes in radians."""
    unit: Floats = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=-1,
    )
    return unit
