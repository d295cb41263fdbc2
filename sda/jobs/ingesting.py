"""Read files of element sets and of conjunction messages into the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from sda.ccsds import Cdm, read_cdm
from sda.ccsds.close_approaches import oriented
from sda.ccsds.reading import holds_messages
from sda.elements import files_of, read_files
from sda.elements.validity import shorten
from sda.errors import ElementError, MessageError
from sda.store import Archive, Ingestion, Message, Messages, Reject, message_of

__all__ = ["Contents", "Ingested", "files_without_messages", "ingest"]


class Contents(StrEnum):
    """What a file holds, told from its content."""

    ELEMENT_SETS = "element sets"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the records of one file."""

    file: str
    source: str
    new: int
    known: int
    rejected: int
    contents: Contents = Contents.ELEMENT_SETS
    errors: tuple[str, ...] = ()
    """What is wrong with each message that was rejected, in a line."""


def files_without_messages(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files, of those given and below directories, that a marking cannot be given to.

    Raises ElementError for a path that does not exist.
    """
    return tuple(f for path in paths for f in files_of(path) if not holds_messages(f))


def ingest(
    engine: Engine, paths: Iterable[Path], source: str, now: datetime, marking: str = ""
) -> tuple[Ingested, ...]:
    """Read files and directories into the database, each file whole or not at all.

    A marking is that of all messages in them, beside their source's own. Raises ElementError when
    a file that is to be marked holds no messages, before anything is kept, and when not one usable
    record was found in all of them.
    """
    paths = tuple(paths)
    if marking and (strange := files_without_messages(paths)):
        raise ElementError(f"{strange[0]} holds no messages: only messages have their own marking")
    done: list[Ingested] = []
    for file in (file for path in paths for file in files_of(path)):
        if holds_messages(file):
            done.append(_ingest_messages(engine, file, source, now, marking))
        else:
            done.append(_ingest_elements(engine, file, source, now))
    if not any(one.new or one.known for one in done):
        why = next((error for one in done for error in one.errors), "check the files' format")
        raise ElementError(f"no usable element set or message in what was given: {why}")
    return tuple(done)


def _ingest_elements(engine: Engine, file: Path, source: str, now: datetime) -> Ingested:
    reading = read_files([file], source)
    rejects = tuple(
        Reject(f"line {r.line}", r.text, f"{r.reason}; expected {r.expected}")
        for r in reading.rejects
    )
    ingestion = Ingestion(str(file), _digest(file), source, now, rejects)
    added = Archive(engine).add(reading.elements, ingestion)
    return Ingested(str(file), source, added.new, added.known, len(rejects) + added.differing)


def _ingest_messages(
    engine: Engine, file: Path, source: str, now: datetime, marking: str
) -> Ingested:
    found: list[Message] = []
    rejects: list[Reject] = []
    errors: list[str] = []
    cdms: tuple[Cdm, ...] = ()
    try:
        cdms = read_cdm(file)
    except MessageError as error:
        # One fault costs the whole file: where the next message begins cannot be trusted.
        text = str(error)
        place, _, reason = text.removeprefix(f"{file}, ").partition(": ")
        rejects.append(Reject(place, shorten(reason.rpartition(": ")[2]), reason))
        errors.append(text)
    for cdm in cdms:
        try:
            one = message_of(cdm, source, marking)
            oriented(cdm)
            found.append(one)
        except MessageError as error:
            name = cdm.text("MESSAGE_ID") or ""
            rejects.append(Reject(f"message {name}", name, str(error)))
            errors.append(f"{file}: {error}")
    ingestion = Ingestion(str(file), _digest(file), source, now, tuple(rejects))
    added = Messages(engine).add(found, ingestion)
    return Ingested(
        file=str(file),
        source=source,
        new=added.new,
        known=added.known,
        rejected=len(rejects),
        contents=Contents.MESSAGES,
        errors=tuple(errors),
    )


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
