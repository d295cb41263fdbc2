"""Find every close approach in a window of time."""

from sda.screening.config import ProbabilityConfig, ScreeningConfig
from sda.screening.exhaustive import exhaustive
from sda.screening.lifetimes import end_failed
from sda.screening.refinement import Spans
from sda.screening.rows import Rows
from sda.screening.screening import (
    COLUMNS,
    Screening,
    Unpropagated,
    Window,
    conclude,
    prepare,
    row_of,
)
from sda.screening.sweep import Sweep, screen

__all__ = [
    "COLUMNS",
    "ProbabilityConfig",
    "Rows",
    "Screening",
    "ScreeningConfig",
    "Spans",
    "Sweep",
    "Unpropagated",
    "Window",
    "conclude",
    "end_failed",
    "exhaustive",
    "prepare",
    "row_of",
    "screen",
]
