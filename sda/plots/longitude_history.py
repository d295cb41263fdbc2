"""Draw where objects were in the geostationary ring: stays are bars, ways lines."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import plotly.graph_objects as go

from sda.errors import CatalogueError
from sda.plots.style import COLOURS, frame, label, plain, short_utc
from sda.rpo.ring.arrivals import Arrival
from sda.rpo.ring.longitude import LongitudeHistory

__all__ = ["longitude_history"]

_TITLE = "Where objects were in the geostationary ring"


def longitude_history(
    histories: Sequence[LongitudeHistory],
    coming: Sequence[Arrival] = (),
    *,
    exercise: bool = True,
) -> go.Figure:
    """Draw the mean longitude of some objects over time, their stays, and whom they will pass.

    A point is an element set; hover shows its drift. A bar is a station that was held. Crosses
    are passages of slots that are predicted. The line of who passes 180 degrees starts anew at the
    other edge.

    Raises CatalogueError when there is no object.
    """
    if not histories:
        raise CatalogueError("no object to draw: choose one by number")
    figure = go.Figure()
    for place, history in enumerate(histories):
        colour = COLOURS[place % len(COLOURS)]
        figure.add_trace(_bars(history, colour))
        figure.add_trace(_way(history, colour))
        passed = [one for one in coming if one.norad_id == history.norad_id]
        if passed:
            figure.add_trace(_passages(history, passed, colour))
    frame(figure, _TITLE, _summary(histories), exercise=exercise, height_px=620)
    figure.update_yaxes(title_text="Mean longitude, east (deg)", exponentformat="none")
    return figure.update_xaxes(title_text="Epoch (UTC)", type="date")


def _way(history: LongitudeHistory, colour: str) -> go.Scatter:
    """Return the line through an object's sets, broken where it passes 180 degrees."""
    utc: list[datetime | None] = []
    deg: list[float | None] = []
    drift: list[float | None] = []
    turn = np.floor((history.unwrapped_deg + 180.0) / 360.0)
    rows = zip(
        history.sets,
        np.degrees(history.states.longitude_rad).tolist(),
        np.degrees(history.states.drift_rad_day).tolist(),
        np.diff(turn, prepend=turn[0]).tolist(),
        strict=True,
    )
    for one, longitude_deg, drift_deg_day, turned in rows:
        if turned:
            utc.append(one.epoch)
            deg.append(None)
            drift.append(None)
        utc.append(one.epoch)
        deg.append(longitude_deg)
        drift.append(drift_deg_day)
    return go.Scatter(
        x=utc,
        y=deg,
        customdata=drift,
        name=label(history.sets[-1]),
        mode="lines+markers",
        line={"width": 1.2, "color": colour},
        marker={"size": 4},
        hovertemplate="%{y:.3f}°, %{customdata:+.3f}° a day<br>%{x|%Y-%m-%d %H:%M} UTC",
    )


def _bars(history: LongitudeHistory, colour: str) -> go.Scatter:
    """Return one line with a stroke along each station that was held."""
    stays = history.held_stations
    return go.Scatter(
        x=[time for one in stays for time in (one.start, one.end, None)],
        y=[deg for one in stays for deg in (one.longitude_deg, one.longitude_deg, None)],
        name="station",
        mode="lines",
        line={"width": 9, "color": colour},
        opacity=0.3,
        showlegend=False,
        hoverinfo="skip",
    )


def _passages(history: LongitudeHistory, passed: Sequence[Arrival], colour: str) -> go.Scatter:
    """Return crosses where an object will pass a slot."""
    return go.Scatter(
        x=[one.utc for one in passed],
        y=[one.longitude_deg for one in passed],
        name=f"{label(history.sets[-1])} will pass",
        mode="markers",
        marker={"size": 8, "symbol": "x-thin", "line": {"width": 1.5, "color": colour}},
        text=[_hover(one) for one in passed],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(one: Arrival) -> str:
    return (
        f"passes <b>{plain(one.slot_name)} ({one.slot_norad_id})</b><br>{short_utc(one.utc)}, "
        f"give or take {one.sigma_days:.1f} d<br>{one.drift_deg_day:+.3f}° a day"
    )


def _summary(histories: Sequence[LongitudeHistory]) -> str:
    first = min(one.sets[0].epoch for one in histories)
    last = max(one.sets[-1].epoch for one in histories)
    held = sum(len(one.held_stations) for one in histories)
    return f"{held} stations held, {first:%Y-%m-%d} to {last:%Y-%m-%d}; crosses are predicted"
