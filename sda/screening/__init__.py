"""Find every close approach in a window of time."""

from sda.screening.config import ProbabilityConfig, ScreeningConfig
from sda.screening.exhaustive import exhaustive
from sda.screening.lifetimes import end_failed
from sda.screening.refinement import Spans
from sda.screening.rows import KINDS, Rows
from sda.screening.screening import (
    Screening,
    Unpropagated,
    Window,
    conclude,
    prepare,
)
from sda.screening.sweep import Sweep, screen
from sda.screening.tabulation import ROW_ORDER, Tabulation

__all__ = [
    "KINDS",
    "ROW_ORDER",
    "ProbabilityConfig",
    "Rows",
    "Screening",
    "ScreeningConfig",
    "Spans",
    "Sweep",
    "Tabulation",
    "Unpropagated",
    "Window",
    "conclude",
    "end_failed",
    "exhaustive",
    "prepare",
    "screen",
]
