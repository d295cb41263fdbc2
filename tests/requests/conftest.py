"""The desks of publishing."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import desk, fresh

__all__ = ["desk", "fresh"]
