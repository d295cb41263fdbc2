"""What offices are answered, about what the examples of partners show."""

from collections.abc import Mapping
from typing import Any, Final

from sharing.api.examples.partners import ASKED, EXERCISE, ITEM, KEY

__all__ = ["OF_OFFICES"]

_CASE: Final = "fd48814869db"
_OPEN_CASE: Final = {
    "case": _CASE,
    "state": "waiting",
    "solution": "commercial",
    "norad_id_1": 330013,
    "norad_id_2": 90000,
    "kind": "crossing",
    "tca_utc": "2026-11-05T16:00:00.000000Z",
    "opened_utc": "2026-11-01T12:00:00.000000Z",
    "expires_utc": "2026-11-05T16:00:00.000000Z",
    "groups": ["geometry", "timing"],
    "offices": ["asset-protection-desk"],
    "waiting": ["deu"],
    "log": [],
}
_VERDICT: Final = {
    "office": "asset-protection-desk",
    "partner": "deu",
    "verdict": "approved",
    "at_utc": "2026-11-01T13:00:00.000000Z",
    "until_utc": "2026-11-05T16:00:00.000000Z",
    "reason": "Agreed with the owner.",
}
_APPROVED: Final = {**_OPEN_CASE, "state": "approved", "log": [_VERDICT]}
_REFUSAL: Final = {**_VERDICT, "verdict": "refused", "until_utc": None, "reason": "Not yet."}
_WAITING: Final = {
    "request": ASKED,
    "state": "open",
    "partner": "deu",
    "item": ITEM,
    "asked_at_revision": 1,
    "revision": 1,
    "item_status": "active",
    "norad_id_1": 330013,
    "norad_id_2": 90000,
    "kind": "undisclosed",
    "tca_utc": "2026-11-05T00:00:00.000000Z",
    "opened_utc": "2026-11-01T12:00:00.000000Z",
    "expires_utc": "2026-11-06T00:00:00.000000Z",
    "closes_utc": "2026-11-06T00:00:00.000000Z",
    "reason": "We plan a manoeuvre and need the direction of the miss.",
    "wanted": ["in_track", "radial"],
    "urgency": "urgent",
    "office": "commercial-data-desk",
    "answering": ["asset-protection-desk", "commercial-data-desk", "duty-officer"],
    "cases": [_CASE],
    "answered_utc": None,
    "answered_by": None,
    "answer": None,
}

_CERTIFICATE: Final = {
    "digest": "f1e92f637d7fcd3f81c806508c3c3dc191a4d7a06a2ef662592c46410be1812a",
    "run_id": "961e3e30e622187b",
    "solution": "cdm-commercial",
    "sources": ["commercial"],
    "pair": [330110, 900100010],
    "tca": "2026-10-20T02:20:59.995182Z",
    "known_at": "2026-10-20T00:00:00.000000Z",
    "marking": "UNCLASSIFIED",
    "facts": ["tca", "miss_distance"],
    "differences": [
        {
            "fact": "miss_distance",
            "public": 0.505692,
            "difference": -0.000012,
            "tolerance": 0.218481,
            "unit": "km",
        }
    ],
    "inputs": [
        {
            "norad_id": 330110,
            "name": "EXERCISE SSO PRIMARY-10",
            "epoch": "2026-10-19T22:42:33.173856Z",
            "source": "synthetic-public",
            "sha256": "61afe8b99e87e207aee6bb8e54a68af7a6a03cacdd6c26e9ea228639d13f7376",
        }
    ],
    "version": "0.1.0",
}
_PATH: Final = [{"of": "source commercial", "marking": "UNCLASSIFIED"}]
_EXPLAINED: Final = {
    "solution": "cdm-commercial",
    "sources": ["commercial"],
    "kind": "crossing",
    "tca_utc": "2026-10-20T02:20:59.995182Z",
    "band": "under-24h",
    "banner": "UNCLASSIFIED",
    "fault": None,
    "rendition": "tear-line",
    "facts": [
        {
            "name": "miss_distance",
            "decision": "see_coarse",
            "policies": [],
            "text": "coarse: no permit applies",
            "marking": "(U)",
            "publicly_derivable": True,
            "marking_path": _PATH,
        },
        {
            "name": "sources",
            "decision": "withhold",
            "policies": [{"id": "provenance", "title": "Sources are for those who get it exact"}],
            "text": "withheld: Sources are for those who get it exact",
            "marking": "(U)",
            "publicly_derivable": False,
            "marking_path": _PATH,
        },
    ],
    "equities": [],
    "certificate": _CERTIFICATE,
    "proposals": [
        {
            "subject": "commercial",
            "office": "Commercial data desk (Licensing office, counter 3)",
            "text": "challenge the marking: derivable from public sets (tca, miss_distance)",
        }
    ],
    "later": [],
    "counterfactuals": [
        {
            "changes": [
                {
                    "kind": "join-agreement",
                    "subject": "commercial-licence",
                    "office": "Commercial data office",
                    "text": "aus becomes a party of commercial-licence",
                }
            ],
            "rendition": "full",
            "gained": {"miss_distance": "see", "sources": "see"},
            "invariants": [],
        }
    ],
    "shown": True,
}

OF_OFFICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "GET /v1/releaser/cases": {"cases": [_OPEN_CASE], **EXERCISE},
    "POST /v1/releaser/cases/{case}/approval": {**_APPROVED, **EXERCISE},
    "POST /v1/releaser/cases/{case}/refusal": {
        **_OPEN_CASE,
        "state": "refused",
        "log": [_VERDICT, _REFUSAL],
        **EXERCISE,
    },
    "GET /v1/releaser/requests": {"requests": [_WAITING], **EXERCISE},
    "POST /v1/releaser/requests/{id}/answer": {
        **_WAITING,
        "state": "answered",
        "closes_utc": "2026-11-02T00:00:00.000000Z",
        "answering": [],
        "answered_utc": "2026-11-01T13:00:00.000000Z",
        "answered_by": "asset-protection-desk",
        "answer": "Your request was considered. Whatever may be released stands in your feed.",
        **EXERCISE,
    },
    "GET /v1/releaser/explain": {
        "item": "330110,900100010@2026-10-20T02:21:00Z",
        "run_id": "961e3e30e622187b",
        "partner": "aus",
        "norad_id_1": 330110,
        "norad_id_2": 900100010,
        "at_utc": "2026-10-20T00:00:00.000000Z",
        "shown": "cdm-commercial",
        "orders": [],
        "solutions": [_EXPLAINED],
        **EXERCISE,
    },
    "GET /v1/releaser/keys": {
        "keys": [
            {
                "key_id": KEY,
                "partner": "deu",
                "office": None,
                "role": "partner",
                "scopes": ["feed:read", "me:read"],
                "created_utc": "2026-11-01T12:00:00.000000Z",
                "expires_utc": "2026-12-01T12:00:00.000000Z",
                "revoked_utc": None,
                "last_used_utc": "2026-11-01T12:00:00.000000Z",
                "by_certificate": False,
            }
        ],
        **EXERCISE,
    },
}
"""One typical answer in JSON of each route for offices."""
