"""Draw how an object's orbit changed: a manoeuvre is a step, drag a slope."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from sda.constants import EARTH_RADIUS_KM, MU_KM3_S2, SECONDS_PER_DAY
from sda.errors import CatalogueError
from sda.model import ElementSet
from sda.plots.style import COLOURS, frame, label

__all__ = ["element_history", "heights_km"]

Floats = NDArray[np.float64]

_TITLES = ("Apogee (km)", "Perigee (km)", "Eccentricity", "Inclination (deg)", "RAAN (deg)")


def heights_km(history: Sequence[ElementSet]) -> Floats:
    """Return the heights of perigee and apogee `(n, 2)` in km over the WGS-72 equator.

    Mean elements, Kepler's third law with the mean motion as published: good to see a change
    by, a few km off the height flown in low orbit.
    """
    motion_rad_s = np.array([e.mean_motion_rev_day for e in history]) * 2 * np.pi / SECONDS_PER_DAY
    axis_km = np.cbrt(MU_KM3_S2 / motion_rad_s**2)
    eccentricity = np.array([e.eccentricity for e in history])
    radii_km: Floats = axis_km[:, np.newaxis] * np.column_stack(
        [1 - eccentricity, 1 + eccentricity]
    )
    radii_km -= EARTH_RADIUS_KM
    return radii_km


def element_history(history: Sequence[ElementSet], *, exercise: bool = True) -> go.Figure:
    """Draw perigee and apogee, eccentricity, inclination and node of one object over time.

    Values are held from one element set to the next, so that a manoeuvre shows as a step. The
    node, which moves at all times, is joined by straight lines and runs on past 360 degrees.

    Raises CatalogueError when there is no element set, or sets of more than one object.
    """
    sets = sorted(history, key=lambda e: e.epoch)
    if len({e.norad_id for e in sets}) != 1:
        raise CatalogueError("a history needs the element sets of one object: choose one by number")
    utc = [e.epoch for e in sets]
    perigee_km, apogee_km = heights_km(sets).T
    node_deg = np.unwrap([e.ra_of_asc_node_deg for e in sets], period=360.0)
    rows = (
        ("apogee", apogee_km, "%{y:.2f} km"),
        ("perigee", perigee_km, "%{y:.2f} km"),
        ("eccentricity", [e.eccentricity for e in sets], "%{y:.6f}"),
        ("inclination", [e.inclination_deg for e in sets], "%{y:.4f}°"),
        ("RAAN", node_deg, "%{y:.3f}°"),
    )
    node_row = len(_TITLES)
    figure = make_subplots(rows=node_row, cols=1, shared_xaxes=True, vertical_spacing=0.035)
    for row, (name, values, form) in enumerate(rows, start=1):
        figure.add_trace(
            go.Scatter(
                x=utc,
                y=np.asarray(values, np.float64),
                name=name,
                mode="lines+markers",
                line={
                    "shape": "linear" if row == node_row else "hv",
                    "width": 1.3,
                    "color": COLOURS[row - 1],
                },
                marker={"size": 4},
                showlegend=False,
                hovertemplate=form,
            ),
            row=row,
            col=1,
        )
    frame(
        figure,
        f"Mean orbit of {label(sets[-1])}",
        f"{len(sets)} element sets, heights over the equator; a manoeuvre is a step, drag a slope",
        exercise=exercise,
        height_px=860,
    )
    for row, title in enumerate(_TITLES, start=1):
        figure.update_yaxes(title_text=title, exponentformat="none", row=row, col=1)
    figure.update_xaxes(title_text="Epoch (UTC)", row=node_row, col=1)
    return figure.update_layout(hovermode="x unified")
