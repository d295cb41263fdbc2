"""Element sets of python-sgp4's verification file (AIAA 2006-6753)."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sgp4

from sda.elements import read_text
from sda.model import ElementSet

LINES = (Path(sgp4.__file__).parent / "SGP4-VER.TLE").read_text().splitlines()


def _lines_of(norad_id: int) -> tuple[str, str]:
    # The columns after the 69th are for the test driver that comes with the file.
    at = next(k for k, line in enumerate(LINES) if line.startswith(f"1 {norad_id:05}"))
    return LINES[at][:69], LINES[at + 1][:69]


def element_set_of(norad_id: int) -> ElementSet:
    text = "\n".join(_lines_of(norad_id)) + "\n"
    (element_set,) = read_text(text, "SGP4-VER.TLE").elements
    return element_set


@pytest.fixture
def lines_of() -> Callable[[int], tuple[str, str]]:
    """The two published lines of an object."""
    return _lines_of


@pytest.fixture
def low() -> ElementSet:
    """DELTA 1 DEB: 58 deg, 15.6 revolutions a day."""
    return element_set_of(6251)


@pytest.fixture
def polar() -> ElementSet:
    """A sun-synchronous orbit, 98 deg and retrograde."""
    return element_set_of(28057)


@pytest.fixture
def molniya() -> ElementSet:
    """MOLNIYA 2-14: eccentricity 0.69, 12 hours."""
    return element_set_of(8195)
