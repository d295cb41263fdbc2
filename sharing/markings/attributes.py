"""Markings as the attributes of ODNI's ISM: names to space-separated lists, and back.

An attribute that says nothing of a marking (notices, dates of declassification) is let pass; one of
a category that is not supported is refused by name.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from sharing.errors import MarkingError
from sharing.markings.controls import US
from sharing.markings.marking import CONCEALED, Classification, Marking
from sharing.markings.refusals import refusal_of, unsupported

__all__ = ["excluded", "from_attributes", "to_attributes"]

_REFUSED: Final = {"SARIdentifier": "SAP", "atomicEnergyMarkings": "AEA"}
_READ: Final = (
    "classification",
    "ownerProducer",
    "joint",
    "disseminationControls",
    "releasableTo",
    "displayOnlyTo",
    "SCIcontrols",
    "nonUSControls",
    "FGIsourceOpen",
    "FGIsourceProtected",
    "nonICmarkings",
    "cuiBasic",
    "cuiSpecified",
    "compliesWith",
    "secondBannerLine",
    "handleViaChannels",
    "hasApproximateMarkings",
    "createDate",
)
_SAY_NOTHING: Final = (
    "DESVersion",
    "ISMCATCESVersion",
    "classificationReason",
    "classifiedBy",
    "compilationReason",
    "cuiControlledBy",
    "cuiControlledByOffice",
    "cuiDecontrolDate",
    "cuiDecontrolEvent",
    "cuiPOC",
    "dateOfExemptedSource",
    "declassDate",
    "declassEvent",
    "declassException",
    "declassManualReview",
    "derivativelyClassifiedBy",
    "derivedFrom",
    "excludeFromRollup",
    "exemptFrom",
    "externalNotice",
    "highWaterNATO",
    "noAggregation",
    "noticeDate",
    "noticeProsePrefix",
    "noticeReason",
    "noticeType",
    "pocType",
    "resourceElement",
    "typeOfExemptedSource",
    "unregisteredNoticeType",
)
_CUI_ONLY: Final = "USA-CUI-ONLY"


def from_attributes(attributes: Mapping[str, str]) -> Marking:
    """Return the marking that attributes describe, legal or not.

    Raises MarkingError for a category that is refused, and for what cannot be understood: an
    attribute that is not known here might restrict.
    """
    _require_supported(attributes)
    listed = {name: _list(attributes, name) for name in _READ}
    cui_only = attributes.get("compliesWith") == _CUI_ONLY
    cui = cui_only or bool(listed["cuiBasic"] or listed["cuiSpecified"])
    level = attributes.get("classification") or ("U" if cui else "")
    if level not in Classification.__members__:
        raise MarkingError(f"classification {level!r} is no level: write U, R, C, S or TS")
    owners = listed["ownerProducer"] or ((US,) if cui else ())
    protected = bool(listed["FGIsourceProtected"])
    return Marking(
        classification=Classification[level],
        dissemination=listed["disseminationControls"],
        releasable_to=listed["releasableTo"],
        display_only_to=listed["displayOnlyTo"],
        owners=owners,
        joint=_flag(attributes, "joint"),
        sci=listed["SCIcontrols"],
        nato_controls=tuple(one.removeprefix("NATO-") for one in listed["nonUSControls"]),
        fgi_open=listed["FGIsourceOpen"],
        fgi_protected=protected or CONCEALED in owners,
        non_ic=listed["nonICmarkings"],
        cui_basic=listed["cuiBasic"],
        cui_specified=listed["cuiSpecified"],
        cui=cui,
        second_line=listed["secondBannerLine"],
        channels=attributes.get("handleViaChannels", ""),
        approximate=_flag(attributes, "hasApproximateMarkings"),
        created=_day(attributes.get("createDate")),
    )


def to_attributes(marking: Marking) -> dict[str, str]:
    """Return a marking as attributes, those without a value left out."""
    found: dict[str, tuple[str, ...] | None] = {
        "classification": (marking.classification.name,),
        "ownerProducer": marking.owners,
        "joint": ("true",) if marking.joint else (),
        "SCIcontrols": marking.sci,
        "nonUSControls": marking.nato_controls,
        "FGIsourceOpen": marking.fgi_open,
        "FGIsourceProtected": (CONCEALED,) if marking.fgi_protected else (),
        "cuiBasic": marking.cui_basic,
        "cuiSpecified": marking.cui_specified,
        "disseminationControls": marking.dissemination,
        "releasableTo": marking.releasable_to,
        "displayOnlyTo": marking.display_only_to,
        "nonICmarkings": marking.non_ic,
        "secondBannerLine": marking.second_line,
        "handleViaChannels": (marking.channels,) if marking.channels else (),
        "hasApproximateMarkings": ("true",) if marking.approximate else (),
        "createDate": (marking.created.isoformat(),) if marking.created else (),
    }
    if marking.cui and not (marking.cui_basic or marking.cui_specified):
        found["compliesWith"] = (_CUI_ONLY,)
    return {name: " ".join(value) for name, value in found.items() if value}


def excluded(attributes: Mapping[str, str]) -> bool:
    """Return whether a portion takes no part in the roll-up by its own word."""
    return _flag(attributes, "excludeFromRollup")


def _require_supported(attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        if not isinstance(value, str):
            given = json.dumps(value)
            raise MarkingError(f"{name}: {given} is no text: write it in quotes, lists with spaces")
        if name in _REFUSED and value.split():
            raise unsupported(_REFUSED[name], f"{name} {value}")
        if name == "nonUSControls" and {"ATOMAL", "NATO-ATOMAL"} & {*value.split()}:
            raise unsupported("ATOMAL", f"{name} {value}")
        if name == "disseminationControls" and "WAIVED" in value.split():
            raise unsupported("SAP", f"{name} {value}")
        if name not in (*_READ, *_SAY_NOTHING, *_REFUSED):
            raise refusal_of(name, ": correct the name of the attribute")


def _list(attributes: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(attributes.get(name, "").split())


def _flag(attributes: Mapping[str, str], name: str) -> bool:
    text = attributes.get(name, "false")
    if text not in ("true", "false", "1", "0", ""):
        raise MarkingError(f"{name} {text!r} is neither true nor false")
    return text in ("true", "1")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise MarkingError(f"createDate {text!r} is no date: write 2018-08-10") from None
