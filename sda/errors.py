"""Name everything that can go wrong in detection.

The tree, each message in one line that says what to do:

    TearlineError
    ├── ConfigError         a configuration file or setting is missing or wrong
    ├── TimeError           a time is naive or not ISO 8601
    ├── ElementError        an element set cannot be read, written or used
    ├── CatalogueError      no usable object is left, or the catalogue is stale
    ├── ScreeningError      the screening was asked for something it cannot do
    ├── RiskError           a probability was asked of states or covariances that have none
    ├── MessageError        a conjunction message cannot be read or written
    ├── EventError          an event is unknown, or a file of events cannot be read
    ├── OutputError         a result cannot be written where it was asked for
    ├── WorkerError         processes that were to help cannot be reached, or have failed
    └── StoreError          the database is unreachable, locked or of another version

`sharing.errors` grows its own branch from `TearlineError`.
"""

__all__ = [
    "CatalogueError",
    "ConfigError",
    "ElementError",
    "EventError",
    "MessageError",
    "OutputError",
    "RiskError",
    "ScreeningError",
    "StoreError",
    "TearlineError",
    "TimeError",
    "WorkerError",
]


class TearlineError(Exception):
    """Base of every error that Tearline raises on purpose."""


class ConfigError(TearlineError):
    """A configuration file or setting is missing or wrong."""


class TimeError(TearlineError, ValueError):
    """A time is naive or cannot be read as ISO 8601."""


class ElementError(TearlineError, ValueError):
    """An element set cannot be read, written or used."""


class CatalogueError(TearlineError):
    """No usable object is left, or the catalogue is stale."""


class ScreeningError(TearlineError, ValueError):
    """The screening was asked for something it cannot do."""


class RiskError(TearlineError, ValueError):
    """A probability was asked of states or covariances that have none."""


class MessageError(TearlineError, ValueError):
    """A conjunction data message cannot be read, or would not be one if it were written."""


class EventError(TearlineError):
    """An event is unknown, or a file of events cannot be read."""


class OutputError(TearlineError):
    """A result cannot be written where it was asked for."""


class WorkerError(TearlineError):
    """Processes that were to help cannot be reached, or have failed."""


class StoreError(TearlineError):
    """The database is unreachable, locked or of another version."""
