"""Measure the archive: seconds to ingest a file once and twice, and to ask for a catalogue.

    python benchmarks/ingesting.py [--database URL] [FILE...]

Without arguments it ingests one public catalogue and one history from beside the project, those
that are there, each into an SQLite database of its own and in a process of its own, so that the
peak of memory is that of the file, its reading included. A database given by --database keeps
what is ingested: give an empty one.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import text

from sda.elements import read_files
from sda.store import Archive, Ingestion, database_file, open_store

SHARED = Path(__file__).parent.parent / "../shared/data"
DEFAULT = [
    SHARED / "catalogs/full-2025-08-08.3le.gz",
    SHARED / "history/active-2025-09-12-to-27.3le.gz",
]
HEADING = f"{'file':32} {'sets':>7} {'read s':>7} {'once s':>7} {'twice s':>7} {'MiB':>6}"


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Note how long a step takes."""
    start_s = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - start_s


def measure(path: Path, url: str) -> str:
    """Return the line of a file ingested into the database of a URL."""
    engine = open_store(url)
    archive = Archive(engine)
    took: dict[str, float] = {}
    with timed(took, "read"):
        reading = read_files([path], "public")
    digest = sha256(path.read_bytes()).hexdigest()
    ingestion = Ingestion(path.name, digest, "public", datetime.now(UTC))
    with timed(took, "once"):
        first = archive.add(reading.elements, ingestion)
    with timed(took, "twice"):
        second = archive.add(reading.elements, ingestion)
    if second.new:
        raise SystemExit(f"{path.name}: {second.new} sets were new the second time")
    newest = archive.newest_epoch() or ingestion.at
    with timed(took, "catalogue"):
        catalogue = archive.catalogue(newest - timedelta(days=1), timedelta(days=14))
    unit = 1 if sys.platform == "darwin" else 1024
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    if (file := database_file(engine)) is not None:
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        size = file.stat().st_size
    else:
        with engine.connect() as connection:
            size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
    engine.dispose()
    return (
        f"{path.name:32} {first.new:7} {took['read']:7.2f} {took['once']:7.2f} "
        f"{took['twice']:7.2f} {size / 2**20:6.1f} {took['catalogue']:11.2f} "
        f"{len(catalogue):7} {peak_mib:8.0f}"
    )


def main() -> None:
    """Print one line a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", help="SQLAlchemy URL of an empty database")
    parser.add_argument("files", nargs="*", type=Path, default=DEFAULT)
    arguments = parser.parse_args()
    print(f"{HEADING} {'catalogue s':>11} {'objects':>7} {'peak MiB':>8}")
    for path in arguments.files:
        if not path.exists():
            print(f"{path.name:32} skipped: {path} is not there")
            continue
        with (
            tempfile.TemporaryDirectory() as folder,
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        ):
            url = arguments.database or f"sqlite:///{folder}/tearline.db"
            print(pool.submit(measure, path, url).result(), flush=True)


if __name__ == "__main__":
    main()
