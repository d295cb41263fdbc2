"""Plant a mutant in what runs: in the functions that live, or in a module as it is imported."""

import gc
import importlib.abc
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from mutations import Mutant

__all__ = ["ROOT", "Planting", "living", "plant"]

ROOT = Path(__file__).parents[1]

_Name = tuple[str, str, int]
"""File, qualified name and first line of a function."""


def living(files: frozenset[str]) -> dict[_Name, list[FunctionType]]:
    """Return the functions of some files, by name."""
    found: dict[_Name, list[FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            code = one.__code__
            name = code.co_filename, code.co_qualname, code.co_firstlineno
            found.setdefault(name, []).append(one)
    return found


def plant(mutant: Mutant, functions: dict[_Name, list[FunctionType]]) -> None:
    """Put the changed code into the functions that live."""
    file, count = str(ROOT / mutant.path), 0
    for code in _codes(mutant.compiled()):
        if mutant.lines[0] <= code.co_firstlineno <= mutant.lines[1]:
            for function in functions.get((file, code.co_qualname, code.co_firstlineno), ()):
                function.__code__ = code
                count += 1
    if not count:
        raise LookupError(mutant.unit)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


class Planting(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import a module with a mistake in it."""

    def __init__(self, mutant: Mutant) -> None:
        """Take the mutant."""
        self._name = mutant.path.removesuffix(".py").replace("/", ".")
        self._code = mutant.compiled()

    def find_spec(self, name: str, path: object, target: object = None) -> Any:
        """Return where the module comes from: here."""
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code as the module."""
        exec(self._code, module.__dict__)  # noqa: S102
