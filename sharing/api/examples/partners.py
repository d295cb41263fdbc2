"""What partners are answered, and anybody."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["ASKED", "EXERCISE", "FULL", "ITEM", "KEY", "OF_PARTNERS"]

EXERCISE: Final = {"exercise": True}
ITEM: Final = "2cxyjfwc6oiyaboddtblhnzpci"
ASKED: Final = "oygvuvpbnygd3dqslbt5wef6xy"
KEY: Final = "4be1c6a90d2f7385"
_WEBHOOK: Final = "wh_0d6f2c1b9a8e4735a1c4e2f07b95d386"
_PUBLIC: Final = "whpk_A2/P/o37/dt8ZeIzEC9Cam3YTnk4gQ+ha/evePMdi/k="
_NEW_PUBLIC: Final = "whpk_rb7mbkhqBLX/cyVAJ1oYMyqY3qvT2XD/N9OQWFe9OL4="
_SHOWN_ONCE: Final = "whsec_RXhhbXBsZSBvbmx5OiB0aGlzIGlzIG5vIHNlY3JldCE="

_OFFICE: Final = {
    "office": "commercial-data-desk",
    "role": "Commercial data desk",
    "channel": "Licensing office, counter 3",
    "hours": "07:00 to 19:00 UTC, working days",
    "languages": ["English"],
    "last_verified": "2026-09-01",
}
_DUTY: Final = {
    "office": "duty-officer",
    "role": "Space safety duty officer",
    "channel": "Operations floor, desk 1",
    "hours": "24 hours, every day",
    "languages": ["English", "French"],
    "last_verified": "2026-09-01",
}
_CATALOGUE: Final = {
    **_DUTY,
    "office": "catalogue-desk",
    "role": "Catalogue desk",
    "channel": "Operations floor, desk 2",
}
_MARKED: Final = {"banner": "UNCLASSIFIED", "portion": "(U)"}


def _fact(value: str | float | bool, unit: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit, "marking": "(U)"}


FULL: Final[dict[str, Any]] = {
    "id": "m4jwdd7yt2nmkirmxpwg7geafy",
    "revision": 1,
    "status": "active",
    "kind": "crossing",
    "marking": _MARKED,
    "rendition": "full",
    "facts": {
        "norad_id_1": _fact(900000901),
        "name_1": _fact("EXERCISE ALFA"),
        "norad_id_2": _fact(900000902),
        "name_2": _fact("EXERCISE BRAVO DEB"),
        "tca": _fact("2026-11-04T00:00:00.123457Z"),
        "miss_distance": _fact(0.179507, "km"),
        "relative_speed": _fact(11.240872, "km/s"),
        "probability": _fact(6.220003733113346e-05),
        "probability_method": _fact("FOSTER-1992"),
        "resolvable": _fact(False),
        "sources": _fact("public"),
    },
    "contact": _CATALOGUE,
    **EXERCISE,
}
_BARE: Final = {
    **FULL,
    "id": ITEM,
    "kind": "undisclosed",
    "rendition": "contact",
    "facts": {
        "norad_id_1": _fact(330013),
        "norad_id_2": _fact(90000),
        "tca": _fact("2026-11-05T00:00:00.000000Z"),
    },
    "intervals": {"tca": "2026-11-05T00:00:00.000000Z/2026-11-06T00:00:00.000000Z"},
    "contact": _OFFICE,
}
"""No more than that there is something, and whom to ask."""
_MESSAGE: Final = {
    "CCSDS_CDM_VERS": "1.0",
    "COMMENT_CREATION_DATE": ["EXERCISE", "Marking: UNCLASSIFIED", "Not for operational use"],
    "CREATION_DATE": "2026-11-01T12:00:00.000000",
    "ORIGINATOR": "TEARLINE",
    "MESSAGE_ID": "m4jwdd7yt2nmkirmxpwg7geafy-1",
    "TCA": "2026-11-04T00:00:00.123457",
    "MISS_DISTANCE": 179.507,
    "MISS_DISTANCE_UNIT": "m",
    "COLLISION_PROBABILITY": 6.220003733e-05,
    "COLLISION_PROBABILITY_METHOD": "FOSTER-1992",
    "SAT1_OBJECT": "OBJECT1",
    "SAT1_OBJECT_DESIGNATOR": "900000901",
    "SAT1_OBJECT_NAME": "EXERCISE ALFA",
    "SAT1_REF_FRAME": "GCRF",
    "SAT1_X": 6872.487521809,
    "SAT1_X_UNIT": "km",
    "SAT2_OBJECT": "OBJECT2",
    "SAT2_OBJECT_DESIGNATOR": "900000902",
    "SAT2_OBJECT_NAME": "EXERCISE BRAVO DEB",
}
"""Cut short: a message has the rest of both states, and the covariances."""
_REQUEST: Final = {
    "id": ASKED,
    "item": ITEM,
    "asked_at_revision": 1,
    "revision": 1,
    "state": "open",
    "opened": "2026-11-01T12:00:00.000000Z",
    "expires": "2026-11-06T00:00:00.000000Z",
    "closed": None,
    "reason": "We plan a manoeuvre and need the direction of the miss.",
    "wanted": ["in_track", "radial"],
    "urgency": "urgent",
    "answer": None,
    "contact": _OFFICE,
    **EXERCISE,
}
_HOOK: Final = {
    "id": _WEBHOOK,
    "url": "https://example.org/tearline",
    "kind": None,
    "created": "2026-11-01T12:00:00.000000Z",
    "state": "active",
    "reason": "",
    "failures": 0,
    "next_attempt": None,
    "key_id": KEY,
    "public_keys": [_PUBLIC],
    "overlap_until": None,
    **EXERCISE,
}
_ROTATED: Final = {
    **_HOOK,
    "public_keys": [_NEW_PUBLIC, _PUBLIC],
    "overlap_until": "2026-11-02T12:00:00.000000Z",
}
OF_PARTNERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "GET /healthz": {"status": "ok", **EXERCISE},
    "GET /readyz": {"status": "ready", **EXERCISE},
    "GET /.well-known/jwks.json": {
        "keys": [
            {
                "alg": "EdDSA",
                "crv": "Ed25519",
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "kty": "OKP",
                "use": "sig",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }
        ],
        **EXERCISE,
    },
    "GET /v1/me": {
        "partner": "deu",
        "name": "Germany",
        "agreements": ["Coalition space operations arrangement"],
        "key": {
            "id": KEY,
            "expires": "2026-12-01T12:00:00.000000Z",
            "scopes": ["feed:read", "me:read"],
        },
        "limits": {"page_default": 100, "page_max": 1000, "requests_per_minute": 600},
        **EXERCISE,
    },
    "GET /v1/contacts": {
        "contact": _DUTY,
        "open_now": True,
        "instead_of": [],
        "alternates": [_CATALOGUE],
        "last_resort": False,
        "topics": {"release requests": "more of an item, or finer values"},
        **EXERCISE,
    },
    "GET /v1/feed": {
        "items": [FULL, _BARE],
        "next": "aVdYMAIpzXxWNDlDgAtfAeAa_FbJD-rE",
        "more": False,
        "marking": _MARKED,
        **EXERCISE,
    },
    "GET /v1/items/{id}": FULL,
    "GET /v1/items/{id}/cdm": _MESSAGE,
    "POST /v1/items/{id}/requests": _REQUEST,
    "GET /v1/requests": {"requests": [_REQUEST], "next": None, **EXERCISE},
    "GET /v1/requests/{id}": _REQUEST,
    "POST /v1/webhooks": {**_HOOK, "secret": _SHOWN_ONCE},
    "GET /v1/webhooks": {"webhooks": [_HOOK], **EXERCISE},
    "GET /v1/webhooks/{id}": _HOOK,
    "POST /v1/webhooks/{id}/test": {"delivered": True, "outcome": "answered 204", **EXERCISE},
    "POST /v1/webhooks/{id}/rotate": {**_ROTATED, "secret": _SHOWN_ONCE},
    "POST /v1/webhooks/{id}/enable": _ROTATED,
    "GET /v1/webhooks/{id}/deliveries": {
        "deliveries": [
            {
                "at": "2026-11-01T12:00:00.000000Z",
                "message_id": "msg_5c0d1e7fa2b34986b7d05e1f9a3c8d24",
                "type": "item.published",
                "item": ITEM,
                "attempt": 1,
                "status": "delivered",
                "outcome": "answered 204",
            }
        ],
        **EXERCISE,
    },
}
"""One typical answer in JSON of each open route and each for partners."""
