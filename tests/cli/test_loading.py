"""A command loads what it needs, so that it starts soon."""

import subprocess
import sys
from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "tle_samples" / "real"
SERVING = {"alembic", "cedarpy", "fastapi", "sqlalchemy", "structlog", "uvicorn"}
SCREENING = {"numba", "scipy", "skyfield"}


@pytest.mark.parametrize(
    ("command", "needed", "spared"),
    [
        (
            (
                "screen",
                REAL,
                "--start",
                "2006-06-25T00:00:00Z",
                "--hours",
                "1",
                "--threshold-km",
                "500",
                "--out",
                "rows",
            ),
            {"numba"},
            SERVING | {"plotly", "pyarrow", "pydantic_settings", "skyfield"},
        ),
        (("marking", "parse", "--help"), {"typer"}, SERVING | SCREENING),
        (("pull", "--help"), {"cryptography"}, SCREENING | SERVING - {"sqlalchemy"}),
        (("key", "list"), {"sqlalchemy"}, {"fastapi", "numba", "uvicorn"}),
    ],
)
def test_a_command_loads_no_more_than_it_needs(environment, tmp_path, command, needed, spared):
    program = (
        "import sys; from sharing.cli import app; app(standalone_mode=False);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        env=dict(environment), cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(done.stderr.splitlines()[-1].split())
    assert needed <= loaded
    assert not loaded & spared
