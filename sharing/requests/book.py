"""Keep requests in the database. Each partner reads its own alone; the office reads all."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, Row, Select, and_, func, insert, select, update

from sda.store import writing
from sda.times import format_utc
from sharing.errors import RequestError, ReviewError
from sharing.feeds.identity import Subject
from sharing.ids import ID_BYTES, id_text
from sharing.registry import RequestRules
from sharing.requests.request import Request, State, Urgency, closing_time
from sharing.schema import items, requests, statements
from sharing.secret import derive

__all__ = [
    "Listed",
    "Wish",
    "answer_request",
    "ask",
    "read_request",
    "read_requests",
    "standing_requests",
]

_LOCK = "requests"
_COLUMNS: Final = tuple(requests.c[field.name] for field in fields(Request))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a partner asks for. `key` is what it names the asking by, so that a retry is none."""

    partner: str
    item_id: str
    reason: str
    wanted: tuple[str, ...] = ()
    urgency: Urgency = Urgency.ROUTINE
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A request beside its item: revision and status now, and what it is about."""

    request: Request
    revision: int
    status: str
    subject: Subject


def ask(
    engine: Engine, wish: Wish, office: str, rules: RequestRules, secret: bytes, now: datetime
) -> Request:
    """Keep a request and return it; one that was made before by the same key is returned as it is.

    The id is a keyed hash of the partner and of how many it made before, so it tells nothing else.
    Raises RequestError, from nothing but what the partner knows: for an item that it has not or
    that is no longer active, one that is past or asked about already, a key that stood for
    something else, or when too many of its requests are open.
    """
    with writing(engine, _LOCK) as connection:
        of_partner = requests.c.partner == wish.partner
        if wish.key is not None:
            row = connection.execute(
                select(*_COLUMNS).where(of_partner, requests.c.idempotency_key == wish.key)
            ).one_or_none()
            if row is not None:
                return _same(_request(row), wish)
        item = connection.execute(_item(wish)).one_or_none()
        if item is None:
            raise RequestError("there is no such item in your feed", "unknown")
        if item.status != "active" or item.span_end <= now:
            raise RequestError("nothing more is decided about this item: it is over", "over")
        _require_room(connection, wish, rules, now)
        made = connection.scalar(select(func.max(requests.c.n)).where(of_partner)) or 0
        expires = min(now + timedelta(days=rules.expires_after_days), item.span_end)
        request = Request(
            partner=wish.partner,
            n=made + 1,
            request_id=_name(wish.partner, made + 1, secret),
            item_id=wish.item_id,
            revision=item.revision,
            opened=now,
            expires=expires,
            closes=expires,
            reason=wish.reason,
            wanted=wish.wanted,
            urgency=wish.urgency,
            office=office,
        )
        connection.execute(insert(requests).values(**_row(request), idempotency_key=wish.key))
    return request


def read_request(engine: Engine, partner: str, request_id: str) -> tuple[Request, int] | None:
    """Return a request of a partner, and the revision of its item now; None if it has none such."""
    with engine.connect() as connection:
        chosen = _of(partner).where(requests.c.request_id == request_id)
        row = connection.execute(chosen).one_or_none()
    return None if row is None else (_request(row), row.now_revision)


def read_requests(
    engine: Engine, partner: str, before: int | None, limit: int
) -> tuple[tuple[tuple[Request, int], ...], bool]:
    """Return up to `limit` requests of a partner, the newest first, and whether there are more.

    Only those before its `before`-th, if that is given. Each comes with the revision of its item
    now.
    """
    query = _of(partner).order_by(requests.c.n.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(requests.c.n < before)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    found = tuple((_request(row), row.now_revision) for row in rows[:limit])
    return found, len(rows) > limit


def standing_requests(engine: Engine) -> tuple[Listed, ...]:
    """Return all requests of all partners for the office, the first to expire first."""
    query = (
        select(
            *_COLUMNS,
            items.c.revision.label("now_revision"),
            items.c.status,
            *(statements.c[name] for name in ("kind", "norad_id_1", "norad_id_2", "tca")),
            statements.c.span_start,
            statements.c.span_end,
        )
        .join(items, _on_item())
        .join(statements, statements.c.statement == items.c.statement)
        .order_by(requests.c.expires, requests.c.partner, requests.c.n)
    )
    with engine.connect() as connection:
        return tuple(_listed(row) for row in connection.execute(query))


def answer_request(
    engine: Engine,
    request_id: str,
    office: str,
    answering: Collection[str],
    text: str,
    step: timedelta,
    now: datetime,
) -> Request:
    """Close a request with a text for its partner; `answering` are the offices that may.

    Raises ReviewError for an unknown request, another office's, or one that is answered or expired.
    """
    with writing(engine, _LOCK) as connection:
        chosen = requests.c.request_id == request_id
        row = connection.execute(select(*_COLUMNS).where(chosen)).one_or_none()
        if row is None:
            raise ReviewError(f"no request {request_id!r}: `tearline review list` shows them")
        request = _request(row)
        if office not in answering:
            whose = " and ".join(sorted(answering))
            raise ReviewError(f"request {request_id} is for {whose}, not for {office}")
        if request.state(now) is not State.OPEN:
            at = format_utc(request.answered or request.expires)
            raise ReviewError(f"request {request_id} is {request.state(now)} since {at}")
        done = replace(
            request,
            closes=closing_time(request, now, step),
            answered=now,
            answered_by=office,
            answer=text,
        )
        connection.execute(update(requests).where(chosen).values(**_row(done)))
    return done


def _same(request: Request, wish: Wish) -> Request:
    asked = wish.item_id, wish.reason, wish.wanted, wish.urgency
    if asked != (request.item_id, request.reason, request.wanted, request.urgency):
        raise RequestError("this Idempotency-Key stood for another request: take a new one", "key")
    return request


def _require_room(connection: Connection, wish: Wish, rules: RequestRules, now: datetime) -> None:
    """Refuse one too many, of those that the partner is told are open."""
    still = select(requests.c.item_id).where(
        requests.c.partner == wish.partner, requests.c.closes > now
    )
    open_for = connection.scalars(still).all()
    if wish.item_id in open_for:
        raise RequestError("you have asked about this item: that request is open", "asked")
    if len(open_for) >= rules.open_at_most:
        text = f"{len(open_for)} of your requests are open: wait until one is closed"
        raise RequestError(text, "many")


def _item(wish: Wish) -> Select[Any]:
    return (
        select(items.c.status, items.c.revision, statements.c.span_end)
        .join(statements, statements.c.statement == items.c.statement)
        .where(items.c.partner == wish.partner, items.c.item_id == wish.item_id)
    )


def _of(partner: str) -> Select[Any]:
    """Return the query for the requests of one partner: every reading starts here."""
    return (
        select(*_COLUMNS, items.c.revision.label("now_revision"))
        .join(items, _on_item())
        .where(requests.c.partner == partner)
    )


def _on_item() -> Any:
    return and_(items.c.partner == requests.c.partner, items.c.item_id == requests.c.item_id)


def _name(partner: str, n: int, secret: bytes) -> str:
    key = derive(secret, "request id", partner)
    return id_text(hmac.digest(key, n.to_bytes(8, "big"), "sha256")[:ID_BYTES])


def _row(request: Request) -> dict[str, Any]:
    row = {field.name: getattr(request, field.name) for field in fields(Request)}
    return {**row, "wanted": orjson.dumps(request.wanted).decode(), "urgency": str(request.urgency)}


def _request(row: Row[Any]) -> Request:
    values = {field.name: getattr(row, field.name) for field in fields(Request)}
    wanted = tuple(orjson.loads(row.wanted))
    return Request(**{**values, "wanted": wanted, "urgency": Urgency(row.urgency)})


def _listed(row: Any) -> Listed:
    pair = row.norad_id_1, row.norad_id_2
    subject = Subject(row.kind, pair, row.tca, (row.span_start, row.span_end))
    return Listed(_request(row), row.now_revision, row.status, subject)
