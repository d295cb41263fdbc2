"""Write entries at the end of ledgers, show them in feeds, and sign what was written.

This module alone writes items and ledger. An entry is never changed: what becomes of an item
is a new entry with the next number of that partner, and the feed shows each item's newest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from sda import __version__
from sda.times import format_utc
from sharing.batches import Batch, Batches, head_of
from sharing.checkpoints import OFFICE, Checkpoint, sign_heads
from sharing.errors import LedgerError
from sharing.feeds.bodies import Body
from sharing.feeds.identity import Item, Span
from sharing.ids import id_of
from sharing.ledger import Entry, chain
from sharing.schema import documents, partners, publications
from sharing.signing import Signer
from sharing.stock import Stock, added_once

__all__ = ["Edition", "Recorder", "last_publication", "next_number"]


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
        self.stock = Stock(connection)
        self._batches = Batches(connection, self.stock)
        self._begun = False
        self._connection = connection
        self._edition = edition
        self._last = last_publication(connection)
        self._number = 1 if self._last is None else self._last.publication + 1

    def first_entry(self, partner: str, length: int) -> Entry:
        """Return what the entries have in common that follow `length` others, and their number."""
        edition = self._edition
        return Entry(
            partner=partner,
            n=length + 1,
            run_id=edition.run_id,
            at=edition.at,
            policy=edition.policy,
            item_id="",
            revision=0,
            status="",
            body=b"",
            register=edition.register,
            rules=edition.rules,
        )

    def append(self, partner: str, batch: Batch, ids: bytes, first: int, hashes: bytes) -> None:
        """Write entries at the end of a partner's ledger, as `Batches.append` does."""
        self.wrote = True
        self._begin()
        self._batches.append(self._number, partner, batch, ids, first, hashes)

    def hold(self) -> None:
        """Note until when the decisions hold that were made; no partner can see it."""
        self.wrote = self.stock.write_held() or self.wrote

    def append_one(self, partner: str, item: Item, body: Body, status: str) -> None:
        """Write one entry about an item that the partner has already.

        Raises LedgerError for an item whose id is none.
        """
        one = id_of(item.item_id)
        if one is None:
            raise LedgerError(f"{item.item_id!r} is no id of an item: nothing is written")
        number = self.stock.add(body, item.subject, item.sources)
        self.stock.write()
        length, head = head_of(self._connection, partner)
        revision = item.revision + 1
        first = self.first_entry(partner, length)
        said = [item.item_id.encode()], [revision], [status.encode()], [body[0].hex().encode()]
        hashes = chain(head, first, *said)
        batch = Batch(np.array([number]), np.array([revision]), (status,), 0)
        self.append(partner, batch, one, length + 1, hashes)

    def close(self, signer: Signer, decided: Mapping[str, str], inputs: Mapping[str, Any]) -> None:
        """Record the publication itself and sign every head that it leaves behind.

        `decided` has a digest, by partner, of all that it is shown; `inputs` are those of the
        edition, and what was found out while deciding.
        """
        edition, heads = self._edition, self._heads()
        said = {
            "at": format_utc(edition.at),
            "config": sha256(edition.config).hexdigest() if edition.config else None,
            "decided": dict(decided),
            "heads": {name: (entries, head.hex()) for name, (entries, head) in heads.items()},
            "inputs": {**edition.inputs, **inputs},
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
        kept = [(basis, text)]
        if edition.config:
            kept.append((sha256(edition.config).digest(), edition.config))
        added_once(self._connection, documents, ("digest", "document"), kept)
        self._begin()
        chosen = publications.c.publication == self._number
        self._connection.execute(update(publications).where(chosen).values(basis=basis))
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
        self._batches.drop()

    def _begin(self) -> None:
        """Write the publication, before any entry that names it."""
        if self._begun:
            return
        edition, self._begun = self._edition, True
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
            )
        )

    def _heads(self) -> dict[str, tuple[int, bytes]]:
        rows = select(partners.c.partner, partners.c.entries, partners.c.head)
        found = self._connection.execute(rows.order_by(partners.c.partner))
        return {row.partner: (row.entries, row.head) for row in found}
