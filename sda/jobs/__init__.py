"""Do the steps of a detection job: ingest files, find solutions, compare them, find operations."""

from sda.jobs.catalogues import Catalogue, Unused, catalogue_at
from sda.jobs.detection import Detected, Detection, detect
from sda.jobs.ingesting import Ingested, files_without_messages, ingest
from sda.jobs.operations import Operations, RunConfig, find_operations, keep_operations

__all__ = [
    "Catalogue",
    "Detected",
    "Detection",
    "Ingested",
    "Operations",
    "RunConfig",
    "Unused",
    "catalogue_at",
    "detect",
    "files_without_messages",
    "find_operations",
    "ingest",
    "keep_operations",
]
