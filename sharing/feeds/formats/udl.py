"""Write items as records of the Unified Data Library: conjunction and closelyspacedobject.

A crossing is a conjunction, in metres and metres a second; a slow pair, a coincident one, one that
is near at an end of the screening, and an operation are closely spaced objects, in kilometres and
kilometres a second, as the library has it. Only its own fields are used, so that it takes the
records as they are; what is coarse stands in `comments` or `notes`, never in a number.

The library demands a time of every record. What has no exact one (a coarse item, a bare contact,
an item retracted or closed) is no record and is left out: the number of these is told, and JSON
has them.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from sda.model import RPO, Kind
from sda.orbit.reference_frames import ReferenceFrame
from sda.rpo.model import EventClass
from sharing.feeds.entries import FeedItem
from sharing.feeds.formats.letterhead import Letterhead
from sharing.feeds.formats.told import ACTIVE, Told

__all__ = ["udl_records"]

_M_PER_KM: Final = 1000.0
_SLOW: Final = frozenset({Kind.PROXIMITY, Kind.COINCIDENT, Kind.EDGE, RPO})
_EVENT_TYPES: Final[dict[str, str]] = {
    EventClass.MERGED: "DOCK",
    EventClass.RELEASE: "SEPARATION",
    EventClass.VISITING: "RENDEZVOUS",
    EventClass.SERVICING: "RENDEZVOUS",
    EventClass.LOITER: "RENDEZVOUS",
}
"""What the library calls an operation of a class; all others are PROXIMITY."""
_IN_METRES: Final = {
    "missDistance": "miss_distance",
    "relVelMag": "relative_speed",
    "relPosR": "radial",
    "relPosT": "in_track",
    "relPosN": "cross_track",
}
_STATE: Final = ("xpos", "ypos", "zpos", "xvel", "yvel", "zvel")
_FRAMES: Final = {ReferenceFrame.GCRF: "GCRF", ReferenceFrame.EME2000: "J2000"}


def udl_records(items: Iterable[FeedItem], head: Letterhead) -> list[dict[str, Any]]:
    """Return the items that the library can hold, each as its record; the others are left out."""
    found = (_record(Told(item, head.registry.rules), head) for item in items)
    return [record for record in found if record is not None]


def _record(told: Told, head: Letterhead) -> dict[str, Any] | None:
    if told.item.status != ACTIVE:
        return None
    if told.kind == Kind.CROSSING:
        found = _conjunction(told, head)
    else:
        found = _spaced(told) if told.kind in _SLOW else None
    if found is None:
        return None
    return {
        "classificationMarking": told.portion,
        "dataMode": head.data_mode,
        "source": head.originator,
        **{name: value for name, value in found.items() if value is not None},
    }


def _conjunction(told: Told, head: Letterhead) -> dict[str, Any] | None:
    tca = told.text("tca")
    if tca is None:
        return None
    item = told.item
    return {
        "tca": tca,
        "type": "CONJUNCTION",
        "eventId": item.item_id,
        "messageId": f"{item.item_id}-{item.revision}",
        "originator": head.originator,
        "descriptor": f"{item.status}, revision {item.revision}, {told.rendition}",
        "satNo1": told.number("norad_id_1"),
        "satNo2": told.number("norad_id_2"),
        **{field: _metres(told.number(fact)) for field, fact in _IN_METRES.items()},
        "collisionProb": told.number("probability"),
        "collisionProbMethod": told.text("probability_method"),
        "comments": _notes(told),
        "stateVector1": _state_vector(told, 1, tca, head),
        "stateVector2": _state_vector(told, 2, tca, head),
    }


def _state_vector(told: Told, n: int, tca: str, head: Letterhead) -> dict[str, Any] | None:
    """Return an object's state in km and km/s, its covariance in km and s along its own axes."""
    state, covariance = told.state(n), told.covariance(n)
    if state is None:
        return None
    frame, r_km, v_km_s = state
    values = [*r_km.tolist(), *v_km_s.tolist()]
    vector = {
        "classificationMarking": told.portion,
        "dataMode": head.data_mode,
        "source": head.originator,
        "epoch": tca,
        "satNo": told.number(f"norad_id_{n}"),
        "referenceFrame": _FRAMES[frame],
        **dict(zip(_STATE, values, strict=True)),
    }
    if covariance is None:
        return vector
    lower = covariance[1][np.tril_indices(6)].tolist()
    return {**vector, "cov": lower, "covReferenceFrame": "UVW", "covMethod": covariance[0]}


def _spaced(told: Told) -> dict[str, Any] | None:
    tca = told.text("tca")
    start = told.text("episode_start") or tca
    if start is None:
        return None
    item, more = told.item, []
    if told.kind == Kind.EDGE:
        more.append("near at an end of the screening, no minimum")
    elif told.text("episode_start") is None:
        more.append("eventStartTime is the closest approach: the start is not told")
    is_minimum = told.kind in (Kind.PROXIMITY, RPO)
    return {
        "csoState": "DETECTED" if told.kind == RPO else "PREDICTED",
        "eventType": _EVENT_TYPES.get(told.text("operation_class") or "", "PROXIMITY"),
        "eventStartTime": start,
        "eventEndTime": told.text("episode_end"),
        "extId": item.item_id,
        "satNo1": told.number("norad_id_1"),
        "satNo2": told.number("norad_id_2"),
        "minRangeEpoch": tca if is_minimum else None,
        "relPosMag": told.number("miss_distance"),
        "relSpeedMag": told.number("relative_speed"),
        "notes": "; ".join(
            [f"{told.kind}, revision {item.revision}", *more, *_assessment(told), _notes(told)]
        ),
    }


def _assessment(told: Told) -> list[str]:
    """Return in words what is concluded of an operation, as far as it is told."""
    names = ("operation_class", "verdict", "score", "actor", "declared")
    return [f"{name} {value}" for name in names if (value := told.text(name)) is not None]


def _notes(told: Told) -> str:
    names = " and ".join(name for n in (1, 2) if (name := told.text(f"name_{n}")))
    coarse = [f"{name} {value} (coarse)" for name, value in told.coarse_facts.items()]
    return "; ".join([*([names] if names else []), *coarse, f"ask {told.item.body['contact']}"])


def _metres(km: float | None) -> float | None:
    # Lengths have six decimals in kilometres.
    return None if km is None else round(km * _M_PER_KM, 3)
