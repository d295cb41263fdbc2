"""Find every close approach in a window of time."""

from sda.screening.config import ProbabilityConfig, ScreeningConfig
from sda.screening.exhaustive import exhaustive
from sda.screening.screening import (
    COLUMNS,
    Screening,
    Unpropagated,
    Window,
    conclude,
    prepare,
    row_of,
)

__all__ = [
    "COLUMNS",
    "ProbabilityConfig",
    "Screening",
    "ScreeningConfig",
    "Unpropagated",
    "Window",
    "conclude",
    "exhaustive",
    "prepare",
    "row_of",
]
