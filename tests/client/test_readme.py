"""What the README shows partners does what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_lines_for_partners_run(served, tmp_path):
    section = README.split("### For partners\n")[1].split("\n### ")[0]
    shell = "\n".join(re.findall(r"^    (\S.*)$", section.split("```python")[0], re.MULTILINE))
    python = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEARLINE_")}
    bin_folder = Path(sys.executable).parent
    environment = kept | {
        "FEED": served.url,
        "TEARLINE_KEY": served.key(),
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    told = []
    for command in [["bash", "-euc", shell], *([sys.executable, "-c", one] for one in python)]:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        told.append(done.stdout)
    assert len(told) == 2
    assert '"items":[' in told[0]
    assert "signed by" in told[0]
    assert told[1].count(" 3.25 km\n") == 7
