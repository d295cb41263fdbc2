"""Run the real command in a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Tearline = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a user who has set nothing but the database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEARLINE_")}
    return {**kept, "TEARLINE_DATABASE_URL": f"sqlite:///{tmp_path}/tearline.db"}


@pytest.fixture
def tearline(tmp_path: Path, environment: Mapping[str, str]) -> Tearline:
    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = Path(sys.executable).with_name("tearline")
        return subprocess.run(
            [command, *map(str, arguments)],
            cwd=tmp_path,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call
