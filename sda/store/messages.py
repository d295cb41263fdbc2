"""Keep conjunction data messages once each, and give back those of a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite

from sda.ccsds import Cdm, CdmFormat, read_cdm_text, write_cdm
from sda.ccsds.conjunctions import norad_id_of
from sda.errors import MessageError, StoreError
from sda.store.engine import writing
from sda.store.ingestion import Added, Ingestion, begin_log, finish_log, storable
from sda.store.schema import messages

__all__ = ["Message", "Messages", "message_of"]

_CHUNK = 5000
_TEXTS = ("message_id", "originator", "text")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a source, as it is kept."""

    source: str
    markings: tuple[str, ...]
    """Those it was ingested under; none where its source's own holds."""
    digest: str
    """SHA-256 of what it says, whichever of the three formats it came in."""
    message_id: str
    originator: str
    created: datetime
    norad_id_1: int
    norad_id_2: int
    """Greater than norad_id_1; either may be object 1 of the message."""
    tca: datetime
    text: str
    """In KVN."""

    @property
    def marking(self) -> str:
        """Return its markings, a line each; empty where its source's own holds."""
        return _text_of(self.markings)

    def cdm(self) -> Cdm:
        """Return the message itself."""
        (cdm,) = read_cdm_text(self.text, self.message_id)
        return cdm


def message_of(cdm: Cdm, source: str, marking: str = "") -> Message:
    """Return a message under a marking, or under its source's own.

    Raises MessageError for objects without a catalogue number, for one object twice, and for a
    message without a time of creation or of closest approach.
    """
    name = cdm.text("MESSAGE_ID") or ""
    numbers: list[int] = []
    for obj in (1, 2):
        number = norad_id_of(cdm, obj)
        if number is None:
            raise MessageError(
                f"message {name}: OBJECT_DESIGNATOR {cdm.text('OBJECT_DESIGNATOR', obj)} of object "
                f"{obj} in CATALOG_NAME {cdm.text('CATALOG_NAME', obj)} is no catalogue number: "
                "its event cannot be found"
            )
        numbers.append(number)
    first, second = sorted(numbers)
    if first == second:
        raise MessageError(f"message {name}: both objects are {first}")
    created, tca = cdm.time("CREATION_DATE"), cdm.time("TCA")
    if created is None or tca is None:
        missing = "CREATION_DATE" if created is None else "TCA"
        raise MessageError(f"message {name} has no {missing}: ask its originator")
    # XML has one place for each comment, so all formats of a message agree in it.
    digest = sha256(write_cdm((cdm,), CdmFormat.XML).encode()).hexdigest()
    return Message(
        source=source,
        markings=(marking,) if marking else (),
        digest=digest,
        message_id=name,
        originator=cdm.text("ORIGINATOR") or "",
        created=created,
        norad_id_1=first,
        norad_id_2=second,
        tca=tca,
        text=write_cdm((cdm,), CdmFormat.KVN),
    )


class Messages:
    """The messages of a database that `open_store` opened."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, found: Sequence[Message], ingestion: Ingestion) -> Added:
        """Keep the messages that are new, all or none of them.

        A message that comes again under another marking is kept under both: what was marked once
        is not less so because it came by another way. Raises StoreError when a message is of
        another source than the ingestion.
        """
        if strange := next((one for one in found if one.source != ingestion.source), None):
            raise StoreError(
                f"message {strange.message_id} is of source {strange.source!r}, its ingestion of "
                f"{ingestion.source!r}: ingest each source on its own"
            )
        with writing(self._engine) as connection:
            number = begin_log(connection, ingestion)
            rows = {(one.digest, _text_of(one.markings)): one for one in found}
            kept = _kept(connection, ingestion.source, sorted({digest for digest, _ in rows}))
            fresh = [_row(one, number) for key, one in rows.items() if key not in kept]
            if fresh:
                dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
                connection.execute(dialect.insert(messages), fresh)
            added = Added(len(fresh), len(found) - len(fresh))
            finish_log(connection, number, ingestion, added)
        return added

    def between(
        self, start: datetime, end: datetime, at: datetime, sources: Sequence[str]
    ) -> tuple[Message, ...]:
        """Return the messages of closest approaches from a start to an end, both included.

        Those created after `at` were not known then. They come by source, pair, creation and
        digest.
        """
        query = (
            select(messages)
            .where(
                messages.c.tca >= start,
                messages.c.tca <= end,
                messages.c.created <= at,
                messages.c.source.in_(sources),
            )
            .order_by(messages.c.source, messages.c.digest, messages.c.marking)
        )
        found = []
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for _, same in groupby(rows, attrgetter("source", "digest")):
            given = list(same)
            markings = {one for row in given for one in row.marking.split("\n") if one}
            values = {name: getattr(given[0], name) for name in _VALUES}
            found.append(Message(markings=tuple(sorted(markings)), **values))
        order = attrgetter("source", "norad_id_1", "norad_id_2", "created", "message_id", "digest")
        return tuple(sorted(found, key=order))

    def count(self) -> int:
        """Return how many messages there are, each source's own."""
        each = select(messages.c.source, messages.c.digest).distinct().subquery()
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(each)) or 0


_VALUES = tuple(name for name in Message.__dataclass_fields__ if name != "markings")


def _text_of(markings: Iterable[str]) -> str:
    return "\n".join(markings)


def _kept(connection: Connection, source: str, digests: Sequence[str]) -> set[tuple[str, str]]:
    """Return the digests and markings of those messages that are kept already."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(digests), _CHUNK):
        query = select(messages.c.digest, messages.c.marking).where(
            messages.c.source == source,
            messages.c.digest.in_(digests[start : start + _CHUNK]),
        )
        found.update((digest, marking) for digest, marking in connection.execute(query))
    return found


def _row(one: Message, number: int) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(one, name) for name in _VALUES}
    row |= {name: storable(str(row[name])) for name in _TEXTS}
    return {**row, "marking": _text_of(one.markings), "ingestion_id": number}
