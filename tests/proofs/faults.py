"""Faults put into any call of the code itself, and into any statement sent to a database."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

from sqlalchemy import Engine, event

import sharing

HOUSE = Path(sharing.__file__).parent


class FaultError(Exception):
    """What is raised; nothing in the code knows it."""


class Calls:
    """Counts the calls of functions of some packages, and makes one of them raise.

    A generator counts as called each time that it goes on.
    """

    def __init__(self, packages: tuple[str, ...], code: CodeType | None = None, k: int = 0) -> None:
        self._folders = tuple(str(HOUSE / name) for name in packages)
        self._code = code
        self._k = k
        self.counted: Counter[CodeType] = Counter()
        self.raised = False

    def __enter__(self) -> "Calls":
        note = self._count if self._code is None else self._note
        threading.setprofile(note)
        sys.setprofile(note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _note(self, frame: FrameType, what: str, _: object) -> None:
        code = frame.f_code
        if what != "call" or code is not self._code or self.raised:
            return
        self.counted[code] += 1
        if self.counted[code] == self._k:
            self.raised = True
            raise FaultError(f"call {self._k} of {code.co_qualname}")

    def _count(self, frame: FrameType, what: str, _: object) -> None:
        if what == "call" and frame.f_code.co_filename.startswith(self._folders):
            self.counted[frame.f_code] += 1


def chosen(counted: Counter[CodeType], every: int) -> Iterator[tuple[CodeType, int]]:
    """Yield functions, each with the first of its calls, the last, and others evenly between."""
    for code, n in sorted(
        counted.items(), key=lambda one: (one[0].co_filename, one[0].co_qualname)
    ):
        yield from ((code, k) for k in sorted({*range(1, n + 1, max(1, n // every)), n}))


@contextmanager
def failing_at(engine: Engine, n: int) -> Iterator[list[str]]:
    """Let the database refuse the n-th statement from now on; give the list of those that came."""
    came: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        came.append(statement)
        if len(came) == n:
            raise engine.dialect.loaded_dbapi.OperationalError("the disk is gone")

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield came
    finally:
        event.remove(engine, "before_cursor_execute", note)
