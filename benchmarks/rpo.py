"""Measure how `tearline rpo` tells operations from chance, on real histories and on the scenario.

    python benchmarks/rpo.py known|year|dense|scenario|weights [options]

Criteria by which flagged events are judged stand in rpo_criteria.md, what is expected and by what
rules it is counted at the top of each part (rpo_known.py, rpo_year.py, ...): all of it was written
before the first result. Real histories are read from ../shared/data; without it the part says so.
Options that are not listed go to the command as they are.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from rpo_command import CommandError
from rpo_dense import dense
from rpo_known import known
from rpo_scenario import scenario
from rpo_year import year


def main() -> int:
    """Run one part; print its tables, and its figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("known", "year", "dense", "scenario", "weights"))
    parser.add_argument("--rows", default="", help="known: only these rows, commas between")
    parser.add_argument("--as-of", action="store_true", help="year: each snapshot by itself too")
    parser.add_argument("--until-demo", action="store_true", help="scenario: not the whole of it")
    parser.add_argument("--limits", action="store_true", help="weights: the limits too")
    parser.add_argument("--keep", type=Path, help="weights: file for what was searched")
    parser.add_argument("--folder", type=Path, help="year: where the dossiers go")
    parser.add_argument("--config", type=Path, help="configuration directory")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked, options = parser.parse_known_args()
    folder = asked.folder or Path(tempfile.gettempdir())
    try:
        match asked.part:
            case "known":
                rows = [row for row in asked.rows.split(",") if row]
                result: object = known(rows, options, asked.config)
            case "year":
                result = year(options, folder, asked.as_of, asked.config)
            case "dense":
                result = dense(options, asked.config)
            case "scenario":
                result = scenario(options, asked.until_demo, asked.config)
            case _:
                from rpo_weights import weights

                result = weights(asked.config, asked.limits, asked.keep)
    except CommandError as error:
        print(f"tearline rpo failed: {error}", file=sys.stderr)
        return 1
    if asked.json:
        asked.json.write_text(json.dumps(result, default=str, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
