"""Write entries at the end of ledgers, show them in feeds, and sign what was written.

This module alone writes items and ledger. An entry is never changed: what becomes of an item
is a new entry with the next number of that partner, and the feed shows each item's newest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sda import __version__
from sda.times import format_utc
from sharing.checkpoints import OFFICE, Checkpoint, sign_heads
from sharing.feeds.bodies import Body
from sharing.feeds.identity import Item, Span
from sharing.ledger import GENESIS, Entry, link
from sharing.schema import bodies, documents, items, ledger, partners, publications
from sharing.signing import Signer

__all__ = ["Edition", "Recorder", "last_publication", "next_number"]

_CHUNK = 5000
_FIELDS = tuple(field.name for field in fields(Item))


@dataclass(frozen=True, slots=True)
class Edition:
    """What is published: a run over a window, decided at a time under a policy.

    With the run's close approaches, which are kept as they are, `inputs` and `config` are all
    that a decision depends on.
    """

    run_id: str
    at: datetime
    window: Span
    """First and last time that the run looked at."""
    policy: str
    """Digest of the policy engine."""
    register: str = ""
    """Edition of the register of codes."""
    rules: str = ""
    """Digest of the release rules."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What else was decided on, ready for JSON: digests, approvals, withdrawn sources."""
    config: bytes = b""
    """The files of the configuration as canonical JSON."""
    redecides: bool = False
    """Whether all that was due has been before the door again, also of earlier runs."""


def last_publication(connection: Connection) -> Row[Any] | None:
    """Return the newest publication, None before the first."""
    newest = publications.c.publication.desc()
    return connection.execute(select(publications).order_by(newest).limit(1)).one_or_none()


def next_number(connection: Connection, column: Any) -> int:
    """Return the number after the greatest of a column; inside `writing` it is nobody else's."""
    greatest = connection.scalar(select(func.max(column)))
    return 1 if greatest is None else int(greatest) + 1


class Recorder:
    """Records one edition inside one transaction."""

    def __init__(self, connection: Connection, edition: Edition) -> None:
        self.wrote = False
        self._connection = connection
        self._edition = edition
        self._last = last_publication(connection)
        self._number = 1 if self._last is None else self._last.publication + 1
        self.texts: dict[bytes, bytes] = {}
        """Bodies that are known to be stored, by digest."""

    def items(self, partner: str) -> list[Item]:
        """Return all items of a partner, each as its newest entry says."""
        rows = select(*(items.c[name] for name in _FIELDS)).where(items.c.partner == partner)
        found = self._connection.execute(rows.order_by(items.c.seq))
        return [Item(*row) for row in found]

    def load(self, digests: Iterable[bytes]) -> None:
        """Read the bodies that are not at hand yet."""
        missing = sorted(set(digests) - self.texts.keys())
        for start in range(0, len(missing), _CHUNK):
            some = bodies.c.digest.in_(missing[start : start + _CHUNK])
            rows = self._connection.execute(select(bodies.c.digest, bodies.c.body).where(some))
            self.texts.update((digest, text) for digest, text in rows)

    def lengthen(self, partner: str, until: Mapping[str, datetime | None]) -> None:
        """Note until when decisions hold that were made again, by item; no partner can see it."""
        if not until:
            return
        self.wrote = True
        self._connection.execute(
            update(items)
            .where(items.c.partner == bindparam("p"), items.c.item_id == bindparam("i"))
            .values(valid_until=bindparam("v")),
            [{"p": partner, "i": item_id, "v": valid} for item_id, valid in until.items()],
        )

    def append(self, partner: str, entries: Sequence[tuple[Item, Body]], known: set[str]) -> None:
        """Write entries at the end of a partner's ledger, and show them in its feed."""
        if not entries:
            return
        self.wrote = True
        length, head = self._head(partner)
        chained, shown = [], []
        for n, (item, body) in enumerate(entries, length + 1):
            entry = Entry(
                partner=partner,
                n=n,
                run_id=self._edition.run_id,
                at=self._edition.at,
                policy=self._edition.policy,
                item_id=item.item_id,
                revision=item.revision,
                status=item.status,
                body=body[0],
                register=self._edition.register,
                rules=self._edition.rules,
            )
            previous, head = head, link(head, entry)
            chained.append(
                {
                    "partner": partner,
                    "n": n,
                    "previous": previous,
                    "hash": head,
                    "publication": self._number,
                    "item_id": item.item_id,
                    "revision": item.revision,
                    "status": item.status,
                    "body": body[0],
                }
            )
            shown.append(replace(item, seq=n, body=body[0]))
        self._store(body for _, body in entries)
        self._connection.execute(insert(ledger), chained)
        self._show(partner, shown, known)
        self._connection.execute(
            update(partners)
            .where(partners.c.partner == partner)
            .values(entries=length + len(entries), head=head)
        )

    def close(self, signer: Signer, decided: Mapping[str, str]) -> None:
        """Record the publication itself and sign every head that it leaves behind.

        `decided` has a digest, by partner, of all that it is shown.
        """
        edition, heads = self._edition, self._heads()
        said = {
            "at": format_utc(edition.at),
            "config": sha256(edition.config).hexdigest() if edition.config else None,
            "decided": dict(decided),
            "heads": {name: (entries, head.hex()) for name, (entries, head) in heads.items()},
            "inputs": edition.inputs,
            "policy": edition.policy,
            "previous": self._last.basis.hex() if self._last and self._last.basis else None,
            "publication": self._number,
            "register": edition.register,
            "rules": edition.rules,
            "run_id": edition.run_id,
            "version": __version__,
            "window": [format_utc(time) for time in edition.window],
        }
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        basis = sha256(text).digest()
        rows = [{"digest": basis, "document": text}]
        if edition.config:
            digest = sha256(edition.config).digest()
            rows.append({"digest": digest, "document": edition.config})
        self._connection.execute(self._insert(documents).on_conflict_do_nothing(), rows)
        self._connection.execute(
            insert(publications).values(
                publication=self._number,
                run_id=edition.run_id,
                at=edition.at,
                window_start=edition.window[0],
                window_end=edition.window[1],
                policy=edition.policy,
                register=edition.register,
                rules=edition.rules,
                basis=basis,
            )
        )
        signed = {**heads, OFFICE: (self._number, basis)}
        sign_heads(
            self._connection,
            self._number,
            (
                Checkpoint(name, entries, head, edition.at, edition.policy)
                for name, (entries, head) in signed.items()
            ),
            signer,
        )

    def _heads(self) -> dict[str, tuple[int, bytes]]:
        rows = select(partners.c.partner, partners.c.entries, partners.c.head)
        found = self._connection.execute(rows.order_by(partners.c.partner))
        return {row.partner: (row.entries, row.head) for row in found}

    def _head(self, partner: str) -> tuple[int, bytes]:
        """Return the length and last hash of a partner's ledger, begun now if there is none."""
        row = self._connection.execute(
            select(partners.c.entries, partners.c.head).where(partners.c.partner == partner)
        ).one_or_none()
        if row is not None:
            return row.entries, row.head
        self._connection.execute(
            insert(partners).values(partner=partner, suspended=False, entries=0, head=GENESIS)
        )
        return 0, GENESIS

    def _store(self, written: Iterable[Body]) -> None:
        """Store each body that is not stored yet."""
        rows = {digest: text for digest, text in written if digest not in self.texts}
        if not rows:
            return
        self._connection.execute(
            self._insert(bodies).on_conflict_do_nothing(),
            [{"digest": digest, "body": text} for digest, text in rows.items()],
        )
        self.texts.update(rows)

    def _insert(self, table: Any) -> Any:
        postgres = self._connection.dialect.name == "postgresql"
        return postgresql.insert(table) if postgres else sqlite.insert(table)

    def _show(self, partner: str, shown: Iterable[Item], known: set[str]) -> None:
        """Make each item of the feed what its newest entry says."""
        added, changed = [], []
        for item in shown:
            row = {"partner": partner} | {name: getattr(item, name) for name in _FIELDS}
            if item.item_id in known:
                changed.append(row | {"p": row.pop("partner"), "i": row.pop("item_id")})
            else:
                added.append(row)
        if added:
            self._connection.execute(insert(items), added)
        if changed:
            chosen = items.c.partner == bindparam("p"), items.c.item_id == bindparam("i")
            self._connection.execute(update(items).where(*chosen), changed)
