"""Write items as Space-Track's class cdm_public, a JSON list of objects whose values are text.

MIN_RNG is in metres, TCA in UTC without a Z, as there. What a partner does not have, what is
coarse, and what we do not know (when it was created, whether it is an emergency, type and size of
objects, exclusion volumes) is null. PC is a probability with a covariance; the greatest one
possible is not. Our own fields stand after Space-Track's, among them what is coarse, and STATUS:
retracted and closed items are there, without values. CDM_ID is made of the item's id and revision,
and of nothing else.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from sharing.feeds.entries import FeedItem
from sharing.feeds.formats.letterhead import Letterhead
from sharing.feeds.formats.told import Told

__all__ = ["spacetrack_records"]

_M_PER_KM: Final = 1000.0
_ID_BITS: Final = 53
"""Of CDM_ID: whole numbers that every JSON reader holds exactly (RFC 8259, section 6)."""


def spacetrack_records(items: Iterable[FeedItem], head: Letterhead) -> list[dict[str, Any]]:
    """Return items as records of cdm_public."""
    return [_record(Told(item, head.registry.rules), head) for item in items]


def _record(told: Told, head: Letterhead) -> dict[str, Any]:
    item = told.item
    miss_km, tca = told.number("miss_distance"), told.text("tca")
    return {
        "CDM_ID": str(_cdm_id(item)),
        "CREATED": None,
        "EMERGENCY_REPORTABLE": None,
        "TCA": None if tca is None else tca.removesuffix("Z"),
        "MIN_RNG": None if miss_km is None else f"{miss_km * _M_PER_KM:.3f}",
        "PC": told.text("probability"),
        **{name: value for n in (1, 2) for name, value in _object(told, n).items()},
        "ITEM_ID": item.item_id,
        "REVISION": str(item.revision),
        "STATUS": item.status,
        "KIND": told.kind,
        "RENDITION": told.rendition,
        "MIN_RNG_UNIT": "m",
        "TCA_COARSE": told.coarse("tca"),
        "MIN_RNG_COARSE": told.coarse("miss_distance"),
        "PC_COARSE": told.coarse("probability"),
        "MAX_PC": told.text("max_probability"),
        "MAX_PC_COARSE": told.coarse("max_probability"),
        "MARKING": told.banner,
        "CONTACT": item.body["contact"],
        "DATA_MODE": head.data_mode,
    }


def _object(told: Told, n: int) -> dict[str, Any]:
    return {
        f"SAT_{n}_ID": told.text(f"norad_id_{n}"),
        f"SAT_{n}_NAME": told.text(f"name_{n}"),
        f"SAT{n}_OBJECT_TYPE": None,
        f"SAT{n}_RCS": None,
        f"SAT_{n}_EXCL_VOL": None,
    }


def _cdm_id(item: FeedItem) -> int:
    digest = sha256(f"{item.item_id} {item.revision}".encode()).digest()
    return int.from_bytes(digest, "big") >> 8 * len(digest) - _ID_BITS
