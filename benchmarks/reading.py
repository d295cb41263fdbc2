"""Measure how fast catalogues and histories are read: seconds, sets a second, rejects, memory.

    python benchmarks/reading.py [FILE...]

Without arguments it reads one public catalogue from beside the project, if it is there. The peak
is that of the process, so each file is read in a process of its own.
"""

import argparse
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from sda.elements import read_files

DEFAULT = Path(__file__).parent.parent / "../shared/data/catalogs/full-2025-08-08.3le.gz"
REPEATS = 3


def measure(path: Path) -> tuple[int, int, float, float]:
    """Return the sets, the rejects, the best of three times in s, and the peak in MiB."""
    best_s = float("inf")
    sets = rejects = 0
    for _ in range(REPEATS):
        start_s = time.perf_counter()
        reading = read_files([path])
        best_s = min(best_s, time.perf_counter() - start_s)
        sets, rejects = len(reading.elements), len(reading.rejects)
        del reading
    unit = 1 if sys.platform == "darwin" else 1024
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    return sets, rejects, best_s, peak_mib


def main() -> None:
    """Print one line a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, default=[DEFAULT])
    print(f"{'file':40} {'sets':>8} {'rejects':>8} {'s':>8} {'sets/s':>9} {'peak MiB':>9}")
    for path in parser.parse_args().files:
        if not path.exists():
            print(f"{path.name:40} skipped: {path} is not there")
            continue
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            sets, rejects, best_s, peak_mib = pool.submit(measure, path).result()
        rate = sets / best_s
        print(f"{path.name:40} {sets:8} {rejects:8} {best_s:8.3f} {rate:9.0f} {peak_mib:9.0f}")


if __name__ == "__main__":
    main()
