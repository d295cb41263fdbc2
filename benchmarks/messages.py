"""Measure how fast Conjunction Data Messages are read and written: messages a second.

    python benchmarks/messages.py [FILE...]

Without arguments the packaged message is taken. Beside ours stands ccsds-ndm-py, a reader in Rust
that keeps numbers and not their digits, on the same texts in the same run; it has no JSON, and a
text that it refuses has no figure.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import ccsds_ndm

from sda.ccsds import Cdm, CdmFormat, read_cdm, read_cdm_text, write_cdm

DEFAULT = Path(__file__).parent.parent / "tle_samples/messages/exercise-crossing.cdm.kvn"
REPEATS = 5
WIDTH = 20
MESSAGES = 400
"""How many are read in one go; the given ones are taken again and again."""


def rate(work: Callable[[], object], count: int) -> float:
    """Return the best of some runs, in messages a second."""
    best_s = float("inf")
    for _ in range(REPEATS):
        start_s = time.perf_counter()
        work()
        best_s = min(best_s, time.perf_counter() - start_s)
    return count / best_s


def rates(
    messages: list[Cdm], format: CdmFormat
) -> tuple[float, float, float | None, float | None]:
    """Return reads and writes a second of ours, and of the other reader where it reads all."""
    count = len(messages)
    texts = [write_cdm([cdm], format) for cdm in messages]
    read = rate(lambda: [read_cdm_text(text, "generated") for text in texts], count)
    write = rate(lambda: [write_cdm([cdm], format) for cdm in messages], count)
    try:
        theirs = [ccsds_ndm.from_str(text) for text in texts]
    except (ccsds_ndm.NdmError, ValueError):
        return read, write, None, None
    other = rate(lambda: [ccsds_ndm.from_str(text) for text in texts], count)
    written = rate(lambda: [one.to_str(str(format)) for one in theirs], count)
    return read, write, other, written


def main() -> None:
    """Print one line a format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, default=[DEFAULT])
    given = [cdm for path in parser.parse_args().files for cdm in read_cdm(path)]
    messages = (given * (MESSAGES // len(given) + 1))[: max(MESSAGES, len(given))]
    print(f"{len(messages)} messages, {len(given)} of them different")
    names = ("reads/s", "writes/s", "ccsds-ndm-py reads/s", "writes/s", "its reads to ours")
    print(f"{'format':8}", *(f"{name:>{WIDTH}}" for name in names))
    for format in CdmFormat:
        figures = rates(messages, format)
        ratio = "-" if figures[2] is None else f"{figures[2] / (figures[0] or 1.0):.1f}"
        cells = ["-" if one is None else f"{one:.0f}" for one in figures]
        print(f"{format:8}", *(f"{cell:>{WIDTH}}" for cell in [*cells, ratio]))


if __name__ == "__main__":
    main()
