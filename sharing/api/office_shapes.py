"""Shapes of what offices are answered, for the description of the interface."""

from typing import Any

from pydantic import BaseModel

__all__ = ["CaseOut", "CasesOut", "ExplainOut", "KeysOut", "OfficeRequestOut", "OfficeRequestsOut"]


class Said(BaseModel):
    """What an office said of a case: `approved` or `refused`, for one partner or all (null)."""

    office: str
    partner: str | None
    verdict: str
    at_utc: str
    until_utc: str | None
    reason: str


class Case(BaseModel):
    """One approach of which policy holds something for its offices."""

    case: str
    state: str
    solution: str
    norad_id_1: int
    norad_id_2: int
    kind: str
    tca_utc: str
    opened_utc: str
    expires_utc: str
    groups: list[str]
    offices: list[str]
    waiting: list[str]
    log: list[Said]


class CaseOut(Case):
    """A case as it stands now."""

    exercise: bool


class CasesOut(BaseModel):
    """Cases, the first to expire first."""

    cases: list[Case]
    exercise: bool


class OfficeRequest(BaseModel):
    """What a partner asks for, whose turn it is (`answering`), and what was answered."""

    request: str
    state: str
    partner: str
    item: str
    asked_at_revision: int
    revision: int
    item_status: str
    norad_id_1: int
    norad_id_2: int
    kind: str
    tca_utc: str
    opened_utc: str
    expires_utc: str
    closes_utc: str
    reason: str
    wanted: list[str]
    urgency: str
    office: str
    answering: list[str]
    cases: list[str]
    answered_utc: str | None
    answered_by: str | None
    answer: str | None


class OfficeRequestOut(OfficeRequest):
    """A request as it stands now."""

    exercise: bool


class OfficeRequestsOut(BaseModel):
    """Requests, the first to expire first."""

    requests: list[OfficeRequest]
    exercise: bool


class Policy(BaseModel):
    """A policy that a decision rests on."""

    id: str
    title: str


class Step(BaseModel):
    """A marking that was rolled up, and what bears it."""

    of: str
    marking: str


class FactExplained(BaseModel):
    """The decision on one fact, and what it rests on."""

    name: str
    decision: str
    policies: list[Policy]
    text: str
    marking: str
    publicly_derivable: bool
    marking_path: list[Step]


class Stake(BaseModel):
    """A nation's stake in an object, and the office that answers for it."""

    nation: str
    stake: str
    office: str


class Proposal(BaseModel):
    """A marking to challenge, and who can act on it."""

    subject: str
    office: str
    text: str


class Later(BaseModel):
    """What time alone will change."""

    since_utc: str
    band: str
    rendition: str


class Change(BaseModel):
    """One thing that an office could change."""

    kind: str
    subject: str
    office: str
    text: str


class Invariant(BaseModel):
    """What must hold whatever policies say, and would have to change, too."""

    id: str
    title: str


class Counterfactual(BaseModel):
    """A smallest set of changes that releases more, and what would then be shown."""

    changes: list[Change]
    rendition: str
    gained: dict[str, str]
    invariants: list[Invariant]


class SolutionExplained(BaseModel):
    """What decided what a partner gets of one solution."""

    solution: str
    sources: list[str]
    kind: str
    tca_utc: str
    band: str
    banner: str | None
    fault: str | None
    rendition: str
    facts: list[FactExplained]
    equities: list[Stake]
    certificate: dict[str, Any] | None
    proposals: list[Proposal]
    later: list[Later]
    counterfactuals: list[Counterfactual]
    shown: bool


class ExplainOut(BaseModel):
    """Why a partner gets what it gets of one event.

    `shown` is the solution that it is shown, `orders` are what keeps it from it all the same: it is
    suspended, or the item is retracted.
    """

    item: str
    run_id: str
    partner: str
    norad_id_1: int
    norad_id_2: int
    at_utc: str
    shown: str | None
    orders: list[str]
    solutions: list[SolutionExplained]
    exercise: bool


class Key(BaseModel):
    """What is known of a key of a partner or an office; the key itself is not."""

    key_id: str
    partner: str | None
    office: str | None
    role: str
    scopes: list[str]
    created_utc: str
    expires_utc: str
    revoked_utc: str | None
    last_used_utc: str | None
    by_certificate: bool


class KeysOut(BaseModel):
    """All keys, the oldest first."""

    keys: list[Key]
    exercise: bool
