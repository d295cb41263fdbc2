"""Time the exhaustive screening of a whole catalogue: wall, rows, peak memory.

.venv/bin/python benchmarks/exhaustive.py [HOURS] [THRESHOLD_KM] [CATALOGUE]
"""

import resource
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sda.configuration import read_toml
from sda.elements import newest, read_files
from sda.screening import ScreeningConfig, exhaustive

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "../shared/data/catalogs/full-2025-08-08.3le.gz"
START = datetime(2025, 8, 8, 12, tzinfo=UTC)


def main(hours: str = "1", threshold_km: str = "5", catalogue: str = str(CATALOGUE)) -> None:
    """Screen the catalogue and print what it took."""
    path = Path(catalogue)
    if not path.is_file():
        print(f"skipped: {path} is not there; name a catalogue as the third argument")
        return
    config = read_toml(ROOT / "config/screening.toml", ScreeningConfig)
    elements = newest(read_files([path]).elements)
    began, began_cpu = time.perf_counter(), time.process_time()
    screening = exhaustive(elements, START, float(hours), float(threshold_km), config)
    wall_s = time.perf_counter() - began
    cpu_s = time.process_time() - began_cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kinds = Counter(approach.kind.value for approach in screening.approaches)
    pairs = len({(a.norad_id_1, a.norad_id_2) for a in screening.approaches})
    print(f"{len(elements)} objects, {hours} h, {threshold_km} km")
    print(f"wall {wall_s:.1f} s, processor {cpu_s:.1f} s, peak memory {peak_mb:.0f} MB")
    print(f"{len(screening.approaches)} rows of {pairs} pairs: {dict(kinds)}")
    print(f"{len(screening.unusable)} objects unusable, wholly or from some time on")


if __name__ == "__main__":
    main(*sys.argv[1:])
