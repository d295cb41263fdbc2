"""Write items as Space-Track's class cdm_public, a JSON list of objects whose values are text.

MIN_RNG is in metres, TCA and CREATED in UTC without a Z, as there. CREATED is when the item was
published to this partner as it stands: a webhook and a conjunction message tell it, too. What a
partner does not have, what is coarse, and what we do not know (whether it is an emergency, type and
size of objects, exclusion volumes) is null. PC is a probability with a covariance; the greatest one
possible is not. Our own fields stand after Space-Track's, among them what is coarse, and STATUS:
retracted and closed items are there, without values. CDM_ID is made of the item's id and revision,
and of nothing else.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sda.times import format_utc
from sharing.feeds.entries import FeedItem
from sharing.feeds.formats.letterhead import Letterhead
from sharing.feeds.formats.told import Told

__all__ = ["spacetrack_records"]

_M_PER_KM: Final = 1000.0
_ID_BITS: Final = 53
"""Of CDM_ID: whole numbers that every JSON reader holds exactly (RFC 8259, section 6)."""


def spacetrack_records(
    items: Iterable[FeedItem], head: Letterhead, created: Mapping[int, datetime]
) -> list[dict[str, Any]]:
    """Return items as records of cdm_public; each was created at the time of its entry's number."""
    rules = head.registry.rules
    return [_record(Told(item, rules), head, created.get(item.seq)) for item in items]


def _record(told: Told, head: Letterhead, created: datetime | None) -> dict[str, Any]:
    item = told.item
    miss_km = told.number("miss_distance")
    return {
        "CDM_ID": str(_cdm_id(item)),
        "CREATED": _time(format_utc(created) if created else None),
        "EMERGENCY_REPORTABLE": None,
        "TCA": _time(told.text("tca")),
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


def _time(text: str | None) -> str | None:
    return None if text is None else text.removesuffix("Z")


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
