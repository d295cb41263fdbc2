"""Items of partners' feeds, made of close approaches through the door."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import desk

__all__ = ["desk"]
