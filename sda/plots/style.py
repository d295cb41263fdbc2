"""One look for every figure: its template, its colours, its title and its EXERCISE note."""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

import plotly.graph_objects as go

from sda.errors import TearlineError
from sda.model import ElementSet
from sda.times import add_seconds, require_utc

__all__ = [
    "ALERT",
    "COLOURS",
    "FAINT",
    "GRATICULE",
    "GRID",
    "LOG_RANGE",
    "TEMPLATE",
    "frame",
    "label",
    "plain",
    "sample_times",
    "short_utc",
    "threshold_line",
]

INK: Final = "#22303c"
FAINT: Final = "#7b8a97"
GRATICULE: Final = "#c9d3db"
GRID: Final = "#e8edf1"
ALERT: Final = "#b3261e"

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's palette (2008), told apart with every common colour blindness."""

_AXIS = {
    "showline": True,
    "linecolor": FAINT,
    "gridcolor": GRID,
    "zeroline": False,
    "ticks": "outside",
    "tickcolor": FAINT,
    "title": {"standoff": 10},
    "automargin": True,
}

TEMPLATE: Final = go.layout.Template(
    layout={
        "font": {"family": "system-ui, Segoe UI, Roboto, sans-serif", "size": 13, "color": INK},
        "title": {"x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 17}},
        "colorway": COLOURS,
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hoverlabel": {"bgcolor": "white", "font": {"color": INK}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"l": 70, "r": 30, "t": 105, "b": 60},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
    }
)

LOG_RANGE: Final = {"type": "log", "dtick": "D2", "tickformat": "~g"}
"""A logarithmic axis ticked at 1, 2, 5 of each decade, in plain numbers."""

_MAX_POINTS = 20_000
"""Points a curve may have: more than any screen shows, few enough for a browser."""


def frame(
    figure: go.Figure, title: str, subtitle: str, *, exercise: bool, height_px: int = 480
) -> go.Figure:
    """Give a figure the common look, a title that says what is seen, and the EXERCISE note."""
    figure.update_layout(
        template=TEMPLATE,
        title={"text": title, "subtitle": {"text": subtitle, "font": {"color": FAINT}}},
        height=height_px,
    )
    if exercise:
        figure.add_annotation(
            text="<b>EXERCISE</b>",
            name="exercise",
            showarrow=False,
            xref="paper",
            yref="paper",
            x=1,
            y=1,
            xanchor="right",
            yanchor="bottom",
            yshift=8,
            font={"color": ALERT, "size": 14},
        )
    return figure


def threshold_line(start: datetime, end: datetime, threshold_km: float) -> go.Scatter:
    """Return a line at a threshold; a trace, since plotly misplaces a shape's label on log axes."""
    return go.Scatter(
        x=[start, end],
        y=[threshold_km, threshold_km],
        name=f"threshold {threshold_km:g} km",
        mode="lines",
        line={"color": ALERT, "dash": "dash", "width": 1.2},
        hoverinfo="skip",
    )


def label(element_set: ElementSet) -> str:
    """Return an object's name and number, safe to stand in plotly's markup."""
    name = element_set.name or "object"
    return f"{plain(name)} ({element_set.norad_id})"


def plain(text: str) -> str:
    """Return text that plotly shows as it is: names come from outside, and `<a>` is a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short_utc(time: datetime) -> str:
    """Return a time for a title, to the minute."""
    return require_utc(time).strftime("%Y-%m-%d %H:%M UTC")


def sample_times(start: datetime, hours: float, step_s: float) -> list[datetime]:
    """Return evenly spaced times from a start to an end, both included, at most `step_s` apart.

    Raises TearlineError for a window that is empty or would take more points than can be seen.
    """
    window_s = timedelta(hours=hours).total_seconds()
    if not (window_s > 0 and step_s > 0 and window_s / step_s <= _MAX_POINTS):
        raise TearlineError(
            f"cannot draw {hours} hours in steps of {step_s} s: "
            f"ask for a window of 1 to {_MAX_POINTS} steps"
        )
    count = ceil(window_s / step_s)
    return [add_seconds(start, window_s * k / count) for k in range(count + 1)]
