"""Retract what should not have been released: by a tombstone in the feed, never by deletion.

A tombstone is a new revision without facts that keeps its marking. The entries before it stay in
the ledger, and later publications leave the item retracted until that is undone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select

from sda.store import writing
from sharing.errors import FeedError
from sharing.feeds.bodies import withdrawn
from sharing.feeds.identity import Item, may_be_same, tolerance_of
from sharing.feeds.standing import items_of
from sharing.recording import Edition, Recorder, last_publication, next_number
from sharing.registry import ReleaseRules
from sharing.revising import ACTIVE, RETRACTED
from sharing.schema import bodies, partners, retractions
from sharing.signing import Signer

__all__ = ["Retraction", "list_retractions", "retract", "retracted_items", "undo_retraction"]


@dataclass(frozen=True, slots=True)
class Retraction:
    """One order to retract an item of a partner, or to undo that."""

    partner: str
    item_id: str
    retracted: bool
    at: datetime
    reason: str


def retract(
    engine: Engine,
    partner: str,
    item_id: str,
    reason: str,
    now: datetime,
    rules: ReleaseRules,
    signer: Signer,
    everyone: bool = False,
) -> tuple[Retraction, ...]:
    """Retract an item at once, from one partner or from everyone who got the event.

    Others' items are of the event when they are of its pair and no farther than items of one
    event may lie. Raises FeedError for no such item, one retracted already, or no reason.
    """
    if not reason.strip():
        raise FeedError("a retraction needs a reason: give --reason")
    with writing(engine, "publish") as connection:
        last = last_publication(connection)
        standing = retracted_items(connection)
        if last is None:
            raise FeedError("nothing is published yet: there is nothing to retract")
        edition = Edition(
            run_id=last.run_id,
            at=max(now, last.at),
            window=(last.window_start, last.window_end),
            policy=last.policy,
            register=last.register or "",
            rules=last.rules or "",
            inputs={"retraction": {"item": item_id, "partner": partner, "reason": reason}},
        )
        recorder = Recorder(connection, edition)
        first = _item(connection, partner, item_id)
        if item_id in standing.get(partner, ()):
            raise FeedError(f"item {item_id} of {partner} is retracted already")
        chosen = [(partner, first)]
        if everyone:
            chosen += _of_event(connection, partner, first, standing, rules)
        done = []
        for name, item in chosen:
            _bury(connection, recorder, name, item)
            done.append(Retraction(name, item.item_id, True, now, reason))
        _keep(connection, done)
        recorder.close(signer, {}, {})
    return tuple(done)


def undo_retraction(
    engine: Engine, partner: str, item_id: str, reason: str, now: datetime
) -> Retraction:
    """Let the next publication show an item again, if it is still to be released.

    Raises FeedError for an item that is not retracted by an order.
    """
    with writing(engine, "publish") as connection:
        if item_id not in retracted_items(connection).get(partner, ()):
            raise FeedError(f"item {item_id} of {partner} is not retracted: nothing to undo")
        order = Retraction(partner, item_id, False, now, reason)
        _keep(connection, [order])
    return order


def retracted_items(connection: Connection) -> dict[str, frozenset[str]]:
    """Return the items that stay retracted, by partner."""
    columns = retractions.c.partner, retractions.c.item_id, retractions.c.retracted
    newest = {
        (partner, item_id): is_retracted
        for partner, item_id, is_retracted in connection.execute(
            select(*columns).order_by(retractions.c.n)
        )
    }
    found: dict[str, frozenset[str]] = {}
    for (partner, item_id), is_retracted in newest.items():
        if is_retracted:
            found[partner] = found.get(partner, frozenset()) | {item_id}
    return found


def list_retractions(engine: Engine) -> tuple[Retraction, ...]:
    """Return all orders, the oldest first."""
    columns = (retractions.c[name] for name in Retraction.__dataclass_fields__)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(retractions.c.n))
        return tuple(Retraction(*row) for row in rows)


def _item(connection: Connection, partner: str, item_id: str) -> Item:
    found = next((one for one in items_of(connection, partner) if one.item_id == item_id), None)
    if found is None:
        raise FeedError(f"{partner} has no item {item_id!r}: look for it in its feed")
    return found


def _of_event(
    connection: Connection,
    partner: str,
    first: Item,
    standing: dict[str, frozenset[str]],
    rules: ReleaseRules,
) -> Iterable[tuple[str, Item]]:
    """Yield the nearest item of the event of each other partner, if it is not retracted."""
    others = select(partners.c.partner).where(partners.c.partner != partner)
    for name in sorted(connection.scalars(others)):
        near = []
        for item in items_of(connection, name):
            one, other = item.subject, first.subject
            gap = max(one.span[0] - other.span[1], other.span[0] - one.span[1], timedelta(0))
            tolerance = max(tolerance_of(one.kind, rules), tolerance_of(other.kind, rules))
            if one.pair == other.pair and may_be_same(one.kind, other.kind) and gap <= tolerance:
                near.append((gap, abs(one.tca - other.tca), item.item_id, item))
        if near:
            item = min(near, key=lambda one: one[:3])[3]
            if item.item_id not in standing.get(name, ()):
                yield name, item


def _bury(connection: Connection, recorder: Recorder, partner: str, item: Item) -> None:
    if item.status != ACTIVE:
        # It has no facts to take back; the order alone keeps it from coming back.
        return
    text = connection.execute(select(bodies.c.body).where(bodies.c.digest == item.body))
    recorder.append_one(partner, item, withdrawn(text.scalar_one()), RETRACTED)


def _keep(connection: Connection, orders: Iterable[Retraction]) -> None:
    first = next_number(connection, retractions.c.n)
    rows = [
        {
            "n": n,
            "partner": one.partner,
            "item_id": one.item_id,
            "retracted": one.retracted,
            "at": one.at,
            "reason": one.reason,
        }
        for n, one in enumerate(orders, first)
    ]
    connection.execute(insert(retractions), rows)
