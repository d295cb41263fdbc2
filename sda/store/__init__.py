"""Keep element sets, messages, runs and their results in SQLite or PostgreSQL."""

from sda.store.archive import Archive, Counts, Found
from sda.store.disagreements import Disagreements, KeptDisagreement
from sda.store.engine import database_file, open_engine, writing
from sda.store.events import Events, EventStatus, KeptEvent, Saved, Telling
from sda.store.ingestion import Added, Ingestion, Reject
from sda.store.lock import run_lock
from sda.store.messages import Message, Messages, message_of
from sda.store.migrating import migrate, open_store
from sda.store.runs import Run, Runs, Status
from sda.store.watch import Watch

__all__ = [
    "Added",
    "Archive",
    "Counts",
    "Disagreements",
    "EventStatus",
    "Events",
    "Found",
    "Ingestion",
    "KeptDisagreement",
    "KeptEvent",
    "Message",
    "Messages",
    "Reject",
    "Run",
    "Runs",
    "Saved",
    "Status",
    "Telling",
    "Watch",
    "database_file",
    "message_of",
    "migrate",
    "open_engine",
    "open_store",
    "run_lock",
    "writing",
]
