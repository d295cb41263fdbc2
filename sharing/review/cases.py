"""A case of the review queue, what offices said of it, and what follows from that. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson

from sda.times import format_utc
from sharing.policy import Attributes
from sharing.release import Approval

__all__ = [
    "Case",
    "State",
    "Verdict",
    "approvals_of",
    "case_name",
    "read_classes",
    "state_of",
    "write_classes",
]


class State(StrEnum):
    """How far a case has come, for the partners that wait in it."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    SETTLED = "settled"
    """Policy holds nothing of it any more."""


@dataclass(frozen=True, slots=True)
class Case:
    """One approach of one solution of which policy holds some classes of facts.

    `offices` are those that have to approve: the originators or, where policy says so, those that
    answer for the protected object. `waiting` are
    the partners that would get more if all of them agreed.
    """

    case_id: str
    solution: str
    pair: tuple[int, int]
    kind: str
    tca: datetime
    opened: datetime
    expires: datetime
    """When an answer comes too late."""
    classes: frozenset[Attributes]
    offices: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def groups(self) -> list[str]:
        """The groups of facts that are held."""
        return sorted({one.group for one in self.classes})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an office said of a case: `partner` is empty where it counts for all."""

    case_id: str
    office: str
    partner: str
    approved: bool
    at: datetime
    until: datetime | None
    """Up to when an approval counts; a refusal stands until another verdict."""
    classes: frozenset[Attributes]
    reason: str


def case_name(solution: str, pair: tuple[int, int], kind: str, tca: datetime) -> str:
    """Return the id of a case, from what was first held of it."""
    text = f"{solution} {pair[0]} {pair[1]} {kind} {format_utc(tca)}"
    return sha256(text.encode()).hexdigest()[:12]


def approvals_of(case: Case, verdicts: Sequence[Verdict], now: datetime) -> Iterator[Approval]:
    """Yield what the newest verdicts of all offices of a case, taken together, let pass.

    For a partner that is named in any verdict the newest that names it or all counts; a class
    passes that every office approved, until the first approval lapses.
    """
    named = sorted({one.partner for one in verdicts if one.partner})
    for partner in (*named, ""):
        heard = [_newest(verdicts, office, partner) for office in case.offices]
        agreed = [one for one in heard if _counts(one, now)]
        if not heard or len(agreed) < len(heard):
            continue
        untils = [one.until for one in agreed if one is not None and one.until is not None]
        classes = [one.classes for one in agreed if one is not None]
        yield Approval(
            case_id=case.case_id,
            solution=case.solution,
            pair=case.pair,
            kind=case.kind,
            tca=case.tca,
            partner=partner,
            classes=frozenset.intersection(*classes),
            until=min(untils),
            offices=frozenset(case.offices),
            apart=frozenset(named) if not partner else frozenset(),
        )


def state_of(case: Case, verdicts: Sequence[Verdict], now: datetime) -> State:
    """Return the state of a case for those that wait in it."""
    if now >= case.expires:
        return State.EXPIRED
    if not case.waiting and not verdicts:
        return State.SETTLED
    passed = [one for one in approvals_of(case, verdicts, now) if one.classes >= case.classes]
    if passed and all(
        any(one.counts_for(partner, now) for one in passed) for partner in case.waiting
    ):
        return State.APPROVED
    heard = [
        _newest(verdicts, office, partner)
        for partner in (case.waiting or ("",))
        for office in case.offices
    ]
    if any(one is not None and not one.approved for one in heard):
        return State.REFUSED
    return State.WAITING if case.waiting else State.SETTLED


def write_classes(classes: Iterable[Attributes]) -> str:
    """Return classes as canonical JSON."""
    rows = [
        {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(one).items()
        }
        for one in classes
    ]
    rows.sort(key=lambda row: orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
    return orjson.dumps(rows, option=orjson.OPT_SORT_KEYS).decode()


def read_classes(text: str) -> frozenset[Attributes]:
    """Return the classes that `write_classes` wrote.

    Those written in an earlier vocabulary are none of today's: nothing that was approved as one
    of them passes any more.
    """
    rows: list[dict[str, Any]] = orjson.loads(text)
    try:
        return frozenset(Attributes(**{name: _value(row[name]) for name in row}) for row in rows)
    except TypeError:
        return frozenset()


def _value(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def _newest(verdicts: Sequence[Verdict], office: str, partner: str) -> Verdict | None:
    found = None
    for one in verdicts:
        if one.office == office and one.partner in ("", partner):
            found = one
    return found


def _counts(one: Verdict | None, now: datetime) -> bool:
    return one is not None and one.approved and one.until is not None and now < one.until
