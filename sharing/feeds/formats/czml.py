"""Write items as CZML, the language in which globes of the Cesium family are told what to draw.

A document packet, then one packet an item, by the item's id: a newer revision takes the place of
an older one, and an item retracted or closed is a packet that deletes it. Each has the interval in
which it holds and says what is known in words. It is drawn where something says where: by its
states as object 1 at the closest approach, in inertial space, with a line to object 2; else, in the
geostationary belt, on the equator below object 1. Text is HTML there, so what stands in it is
escaped.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sda.orbit.reference_frames import ReferenceFrame, to_gcrf
from sda.times import format_utc, parse_utc
from sharing.feeds.entries import FeedItem
from sharing.feeds.formats.letterhead import Letterhead, page_marking
from sharing.feeds.formats.told import ACTIVE, Told

__all__ = ["czml_packets"]

Floats = NDArray[np.float64]

_VERSION: Final = "1.0"
_M_PER_KM: Final = 1000.0
_AROUND: Final = timedelta(minutes=30)
"""Shown before and after an instant."""
_MARKER: Final = {
    "pixelSize": 10,
    "color": {"rgba": [255, 176, 0, 255]},
    "outlineColor": {"rgba": [0, 0, 0, 255]},
    "outlineWidth": 1,
}


def czml_packets(items: Iterable[FeedItem], head: Letterhead) -> list[dict[str, Any]]:
    """Return items as the packets of a document."""
    known = tuple(items)
    told = [Told(item, head.registry.rules) for item in known]
    banner = page_marking(known, head.registry.register).banner
    document: dict[str, Any] = {
        "id": "document",
        "name": f"{banner}, {head.data_mode}: {head.originator}",
        "version": _VERSION,
    }
    if spans := [span for one in told if (span := _span(one)) is not None]:
        start, end = min(start for start, _ in spans), max(end for _, end in spans)
        document["clock"] = {"interval": _interval(start, end), "currentTime": format_utc(start)}
    return [document, *(_packet(one, head) for one in told)]


def _packet(told: Told, head: Letterhead) -> dict[str, Any]:
    item = told.item
    if item.status != ACTIVE:
        return {"id": item.item_id, "delete": True}
    names = [told.text(f"name_{n}") or told.text(f"norad_id_{n}") or "" for n in (1, 2)]
    packet = {
        "id": item.item_id,
        "name": f"({told.portion}) {' / '.join(names)}",
        "description": _description(told, head),
        "properties": {
            "marking": told.banner,
            "kind": told.kind,
            "revision": item.revision,
            "status": item.status,
        },
    }
    if (span := _span(told)) is not None:
        packet["availability"] = _interval(*span)
    return packet | _drawn(told)


def _drawn(told: Told) -> dict[str, Any]:
    """Return what is drawn of an item, nothing where nothing says where it is."""
    tca, longitude_deg = told.text("tca"), told.number("longitude")
    one, two = told.state(1), told.state(2)
    if one is not None and two is not None and tca is not None:
        first, second = (_inertial_m(state, parse_utc(tca)) for state in (one, two))
        line = {"positions": {"referenceFrame": "INERTIAL", "cartesian": [*first, *second]}}
        return {
            "position": {"referenceFrame": "INERTIAL", "cartesian": first},
            "point": _MARKER,
            "polyline": {**line, "width": 2, "arcType": "NONE"},
        }
    if longitude_deg is not None:
        return {
            "position": {"cartographicDegrees": [longitude_deg, 0.0, 0.0]},
            "point": _MARKER,
        }
    return {}


def _inertial_m(state: tuple[ReferenceFrame, Floats, Floats], utc: datetime) -> list[float]:
    """Return a position in metres in GCRF, which is what CZML calls INERTIAL."""
    r_km, _ = to_gcrf(*state, utc)
    return [round(float(one), 3) for one in r_km * _M_PER_KM]


def _span(told: Told) -> tuple[datetime, datetime] | None:
    """Return the interval that an item holds in: its episode, or some time around its instant."""
    start, end = (_bounds(told, name) for name in ("episode_start", "episode_end"))
    if start is not None and end is not None:
        return start[0], end[1]
    instant = _bounds(told, "tca")
    return None if instant is None else (instant[0] - _AROUND, instant[1] + _AROUND)


def _interval(start: datetime, end: datetime) -> str:
    return f"{format_utc(start)}/{format_utc(end)}"


def _bounds(told: Told, name: str) -> tuple[datetime, datetime] | None:
    """Return between which times a time lies; both are the same for an exact one."""
    told_so = told.coarse(name) or told.text(name)
    if told_so is None:
        return None
    first, _, last = told_so.partition("/")
    return parse_utc(first), parse_utc(last or first)


def _description(told: Told, head: Letterhead) -> str:
    body = told.item.body
    rows = [("marking", told.banner), ("mode", head.data_mode), ("kind", told.kind)]
    rows += [
        (name, told.coarse(name) or f"{fact['value']} {fact['unit']}".strip())
        for name, fact in body["facts"].items()
    ]
    rows.append(("ask", body["contact"]))
    if told.state(1) is not None:
        rows.append(("marker", "object 1 at the closest approach"))
    elif told.number("longitude") is not None:
        rows.append(("marker", "on the equator, below object 1"))
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows
    )
    return f"<table>{cells}</table>"
