"""The offices that the proofs decide with."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "release"), str(TESTS / "publishing"), str(TESTS / "delivery")]

from places import receiver  # noqa: E402
from worlds import small_config  # noqa: E402

from sharing.jobs import Office, open_office  # noqa: E402

__all__ = ["receiver"]


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_config(tmp_path_factory.mktemp("small") / "config")


@pytest.fixture(scope="session")
def office(config: Path) -> Office:
    return open_office(config)
