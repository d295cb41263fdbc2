"""Find every close approach in a window of time."""

from sda.screening.config import ProbabilityConfig, ScreeningConfig
from sda.screening.executors import executor_at
from sda.screening.exhaustive import exhaustive
from sda.screening.lifetimes import end_failed
from sda.screening.nearest import Asked, Nearest, nearest_minima
from sda.screening.refinement import Spans
from sda.screening.rows import KINDS, Rows
from sda.screening.screening import (
    Screening,
    Unpropagated,
    Window,
    conclude,
    prepare,
)
from sda.screening.selection import Selection, select
from sda.screening.sweep import Sweep, screen
from sda.screening.tabulation import ROW_ORDER, Tabulation
from sda.screening.volume_sweep import VolumeSweep
from sda.screening.volumes import Volume
from sda.screening.watchlist import divide, narrowed, read_watch_list

__all__ = [
    "KINDS",
    "ROW_ORDER",
    "Asked",
    "Nearest",
    "ProbabilityConfig",
    "Rows",
    "Screening",
    "ScreeningConfig",
    "Selection",
    "Spans",
    "Sweep",
    "Tabulation",
    "Unpropagated",
    "Volume",
    "VolumeSweep",
    "Window",
    "conclude",
    "divide",
    "end_failed",
    "executor_at",
    "exhaustive",
    "narrowed",
    "nearest_minima",
    "prepare",
    "read_watch_list",
    "screen",
    "select",
]
