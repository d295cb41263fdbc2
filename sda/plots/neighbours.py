"""Draw who was near an object, when, and how near."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from sda.model import CloseApproach, ElementSet, Kind
from sda.plots.style import COLOURS, LOG_RANGE, frame, label, plain
from sda.times import format_utc

__all__ = ["neighbours"]

_LOOK: Final = {
    Kind.CROSSING: ("crossing: passes fast", "circle", COLOURS[0]),
    Kind.PROXIMITY: ("proximity: stays slow", "diamond", COLOURS[1]),
    Kind.COINCIDENT: ("coincident: not told apart", "square", COLOURS[3]),
    Kind.EDGE: ("edge of the window", "triangle-up", COLOURS[4]),
}


def neighbours(
    subject: ElementSet,
    approaches: Sequence[CloseApproach],
    *,
    threshold_km: float,
    exercise: bool = True,
) -> go.Figure:
    """Draw the close approaches of one object by time and miss, one trace a kind.

    A bar shows how long an episode lasted. Approaches of other pairs are left out.
    """
    own = [a for a in approaches if subject.norad_id in (a.norad_id_1, a.norad_id_2)]
    figure = go.Figure()
    for kind, (name, symbol, colour) in _LOOK.items():
        rows = [a for a in own if a.kind is kind]
        if not rows:
            continue
        if kind is Kind.PROXIMITY:
            figure.add_trace(_bars(rows, colour))
        figure.add_trace(
            go.Scatter(
                x=[a.tca for a in rows],
                y=[a.miss_km for a in rows],
                name=name,
                mode="markers",
                marker={
                    "size": 9,
                    "symbol": symbol,
                    "color": colour,
                    "line": {"width": 1, "color": "white"},
                },
                text=[_hover(subject.norad_id, a) for a in rows],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    others = {a.norad_id_1 + a.norad_id_2 - subject.norad_id for a in own}
    frame(
        figure,
        f"Who was near {label(subject)}",
        f"{len(own)} close approaches by {len(others)} objects within {threshold_km:g} km",
        exercise=exercise,
    )
    figure.update_yaxes(title_text="Miss distance (km)", **LOG_RANGE)
    return figure.update_xaxes(title_text="Time of closest approach (UTC)", type="date")


def _bars(episodes: Sequence[CloseApproach], colour: str) -> go.Scatter:
    """Return one line with a stroke from the begin to the end of each episode."""
    utc = [t for a in episodes for t in (a.episode_start, a.episode_end, None)]
    miss_km = [y for a in episodes for y in (a.miss_km, a.miss_km, None)]
    return go.Scatter(
        x=utc,
        y=miss_km,
        name="episode",
        mode="lines",
        line={"width": 5, "color": colour},
        opacity=0.35,
        showlegend=False,
        hoverinfo="skip",
    )


def _hover(norad_id: int, approach: CloseApproach) -> str:
    first = approach.norad_id_1 == norad_id
    name = approach.name_2 if first else approach.name_1
    number = approach.norad_id_2 if first else approach.norad_id_1
    return (
        f"<b>{plain(name)} ({number})</b><br>{format_utc(approach.tca)}<br>"
        f"{approach.miss_km:.3f} km at {approach.relative_speed_km_s * 1000:.1f} m/s"
    )
