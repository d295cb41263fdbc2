"""A case as it is written out for the offices."""

from collections.abc import Iterable
from typing import Any

from sda.times import format_utc
from sharing.review.cases import Case, State, Verdict

__all__ = ["case_document"]


def case_document(case: Case, state: State, said: Iterable[Verdict]) -> dict[str, Any]:
    """Return a case with its state and its log, as JSON has it."""
    return {
        "case": case.case_id,
        "state": state.value,
        "solution": case.solution,
        "norad_id_1": case.pair[0],
        "norad_id_2": case.pair[1],
        "kind": case.kind,
        "tca_utc": format_utc(case.tca),
        "opened_utc": format_utc(case.opened),
        "expires_utc": format_utc(case.expires),
        "groups": case.groups,
        "offices": case.offices,
        "waiting": case.waiting,
        "log": [
            {
                "office": one.office,
                "partner": one.partner or None,
                "verdict": "approved" if one.approved else "refused",
                "at_utc": format_utc(one.at),
                "until_utc": format_utc(one.until) if one.until else None,
                "reason": one.reason,
            }
            for one in said
        ],
    }
