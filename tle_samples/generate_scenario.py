"""Draw the EXERCISE scenario anew: python tle_samples/generate_scenario.py [DIRECTORY].

Without a directory the files go to tle_samples/scenario, where the committed ones lie; the
same seed gives the same text, byte by byte.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tle_samples.generator.files import written  # noqa: E402
from tle_samples.generator.scenario import scenario  # noqa: E402


def main() -> None:
    """Write the files and list them with their sizes."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "scenario"
    for path in written(scenario(), directory):
        print(f"{path.stat().st_size:>9,} bytes  {path}")


if __name__ == "__main__":
    main()
