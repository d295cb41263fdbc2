"""Shapes of answers, for the description of the interface."""

from pydantic import BaseModel

__all__ = [
    "Contact",
    "ContactsOut",
    "FactOut",
    "ItemOut",
    "JwksOut",
    "Marking",
    "MeOut",
    "PageOut",
    "RequestOut",
    "RequestsOut",
    "StateOut",
]


class StateOut(BaseModel):
    """How the server is."""

    status: str
    exercise: bool


class Jwk(BaseModel):
    """A public key (RFC 7517; RFC 8037, section 2)."""

    alg: str
    crv: str
    kid: str
    kty: str
    use: str
    x: str


class JwksOut(BaseModel):
    """The keys that answers are signed by, that of today first."""

    keys: list[Jwk]
    exercise: bool


class KeyInUse(BaseModel):
    """The key that you asked with."""

    id: str
    expires: str
    scopes: list[str]


class Limits(BaseModel):
    """How much you may ask for."""

    page_default: int
    page_max: int
    requests_per_minute: int


class MeOut(BaseModel):
    """Who you are to us."""

    partner: str
    name: str
    agreements: list[str]
    key: KeyInUse
    limits: Limits
    exercise: bool


class Marking(BaseModel):
    """Marking of an item, over all facts in it."""

    banner: str
    portion: str


class FactOut(BaseModel):
    """One fact with its own portion marking."""

    value: str | int | float | bool | None
    unit: str
    marking: str


class Contact(BaseModel):
    """The office to ask about an item."""

    office: str
    role: str | None = None
    channel: str | None = None
    hours: str | None = None
    languages: list[str] = []
    last_verified: str | None = None


class PassedOut(BaseModel):
    """An office that would have come first, and why it does not."""

    office: str
    reason: str


class ContactsOut(BaseModel):
    """The office to turn to now, whom it stands in for, and who comes after it."""

    contact: Contact
    open_now: bool | None
    instead_of: list[PassedOut]
    alternates: list[Contact]
    last_resort: bool
    topics: dict[str, str]
    exercise: bool


class ItemOut(BaseModel):
    """An item at its newest revision. Retracted and closed items have no facts.

    `omitted` names facts that are withheld, where you may know that they are there. `intervals` has
    the interval (ISO 8601, START/END) of each time that is coarse: its value is the start of that.
    """

    id: str
    revision: int
    status: str
    kind: str
    marking: Marking
    rendition: str
    facts: dict[str, FactOut]
    omitted: list[str] = []
    intervals: dict[str, str] = {}
    contact: Contact
    exercise: bool


class PageOut(BaseModel):
    """Items, and the cursor to go on from: keep it, also when there is no more for now."""

    items: list[ItemOut]
    next: str
    more: bool
    marking: Marking
    exercise: bool


class RequestOut(BaseModel):
    """A request for more of an item, and whether it is closed. What came of it is in the item."""

    id: str
    item: str
    asked_at_revision: int
    revision: int
    state: str
    opened: str
    expires: str
    closed: str | None
    reason: str
    wanted: list[str]
    urgency: str
    answer: str | None
    contact: Contact
    exercise: bool


class RequestsOut(BaseModel):
    """Requests, the newest first, and the cursor to go on from; null where there are no more."""

    requests: list[RequestOut]
    next: str | None
    exercise: bool
