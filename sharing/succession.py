"""Which decisions may follow which: no run an older one, and no time an earlier one.

What lapsed by the time of the last decisions (an agreement, an approval, a warning near TCA) must
not hold again because a clock went back.
"""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, select

from sda.times import format_utc
from sharing.errors import FeedError
from sharing.recording import Edition
from sharing.schema import documents, publications

__all__ = ["is_older", "last_decision", "require_later", "require_newest"]


def last_decision(connection: Connection, run_id: str | None = None) -> Row[Any] | None:
    """Return the newest publication that decided anything, of one run or of all.

    An order to retract is recorded as a publication too, and decides nothing anew.
    """
    newest = select(publications).order_by(publications.c.publication.desc())
    if run_id is not None:
        newest = newest.where(publications.c.run_id == run_id)
    last = connection.execute(newest.limit(1)).one_or_none()
    while last is not None and _is_retraction(connection, last):
        earlier = newest.where(publications.c.publication < last.publication)
        last = connection.execute(earlier.limit(1)).one_or_none()
    return last


def require_newest(engine: Engine, edition: Edition) -> None:
    """Raise FeedError when a newer run is published already, or was decided at a later time."""
    with engine.connect() as connection:
        is_older(connection, edition)


def require_later(engine: Engine, at: datetime) -> None:
    """Raise FeedError for a time earlier than that of the last decisions."""
    with engine.connect() as connection:
        last = last_decision(connection)
    if last is not None and at < last.at:
        raise _too_early(at, last)


def is_older(connection: Connection, edition: Edition) -> bool:
    """Return whether a run was decided again since; raises FeedError when another was."""
    last = last_decision(connection)
    if last is None or (edition.window[0] >= last.window_start and edition.at >= last.at):
        return False
    if (last.run_id, last.policy) == (edition.run_id, edition.policy):
        return True
    if edition.window[0] < last.window_start:
        raise FeedError(
            f"run {edition.run_id} is older than {last.run_id}, which is published: "
            "publish the newest run"
        )
    raise _too_early(edition.at, last)


def _is_retraction(connection: Connection, publication: Row[Any]) -> bool:
    basis = select(documents.c.document).where(documents.c.digest == publication.basis)
    text = connection.scalar(basis)
    # Where nothing was kept of it, it may have decided.
    return text is not None and "retraction" in orjson.loads(text)["inputs"]


def _too_early(at: datetime, last: Row[Any]) -> FeedError:
    return FeedError(
        f"{format_utc(at)} is earlier than {format_utc(last.at)}, when run {last.run_id} was "
        "decided: what has lapsed since must not hold again; set the clock, or publish --at "
        f"{format_utc(last.at)} or later"
    )
