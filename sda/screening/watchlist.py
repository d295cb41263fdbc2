"""Choose the objects that a screening watches, and leave out whom they cannot meet."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.elements import from_alpha5
from sda.errors import CatalogueError, ElementError, ScreeningError
from sda.model import ElementSet
from sda.orbit.bands import radial_bands
from sda.orbit.propagation import Propagator
from sda.screening.screening import prepare

__all__ = ["divide", "narrowed", "reachable", "read_watch_list", "within_bands"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_HIGHEST_NUMBER: Final = 999_999_999
_SHOWN: Final = 60


def read_watch_list(given: str) -> tuple[int, ...]:
    """Return catalogue numbers, each once, in the order given.

    Takes numbers with commas between (`25544,48274`), or the path of a file that holds them one a
    line or with commas or blanks between, `#` starting a comment. Alpha-5 (`A0001`) is accepted.
    Raises ScreeningError, with the text and its line, for what is neither, and for an empty list.
    """
    path = Path(given)
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, ValueError):  # longer than a name may be, or with a NUL
        is_file = is_folder = False
    if given and is_folder:
        raise ScreeningError(f"{given} is a folder: give a file of catalogue numbers, one a line")
    if not is_file:
        return _numbers([given], lambda _: f"no file {_short(given)}, and")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ScreeningError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScreeningError(f"{path} is not text: give catalogue numbers, one a line") from None
    return _numbers(lines, lambda line: f"{path}, line {line}:")


def divide(
    numbers: Sequence[int], elements: Iterable[ElementSet]
) -> tuple[frozenset[int], tuple[int, ...]]:
    """Return the numbers that have an element set, and those that have none, to be named.

    Raises CatalogueError where none has.
    """
    known = {one.norad_id for one in elements}
    absent = tuple(number for number in numbers if number not in known)
    present = frozenset(numbers) & known
    if not present:
        named = ", ".join(str(number) for number in absent[:5])
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        raise CatalogueError(
            f"none of the primaries has a usable element set ({named}{more}): check the numbers"
        )
    return present, absent


def reachable(
    propagator: Propagator,
    is_primary: Mask,
    start: datetime,
    length_s: float,
    reach_km: float | Floats,
) -> Mask:
    """Return which objects `(n,)` may come within reach of a primary during a window.

    `is_primary` is `(n,)`; `reach_km` one number, or `(n,)`: how far from each primary's radius
    the radius of what it meets may be (others' values are not used). Two points are never nearer
    than their distances from the Earth's centre differ, so objects whose bands lie further apart
    are left out and no other is: neither phase nor planes are looked at. Primaries are reachable.
    """
    bands_km = radial_bands(propagator, start, length_s)
    return within_bands(bands_km, is_primary, reach_km)


def within_bands(
    bands_km: tuple[Floats, Floats], is_primary: Mask, reach_km: float | Floats
) -> Mask:
    """Return `reachable` for least and greatest radii `(n,)`."""
    low_km, high_km = bands_km
    pad_km = np.broadcast_to(np.asarray(reach_km, np.float64), low_km.shape)[is_primary]
    below_km, above_km = low_km[is_primary] - pad_km, high_km[is_primary] + pad_km
    order = np.argsort(below_km)
    # Of the primaries that begin below an object's top, does any end above its bottom?
    highest_km = np.maximum.accumulate(above_km[order])
    n_below = np.searchsorted(below_km[order], high_km, side="right")
    reached_km = np.append(-np.inf, highest_km)[n_below]
    met: Mask = is_primary | (reached_km >= low_km)
    return met


def narrowed(
    elements: Sequence[ElementSet],
    primaries: frozenset[int],
    start: datetime,
    hours: float,
    reach_km: float,
) -> tuple[ElementSet, ...]:
    """Return the element sets without those that cannot come within reach of a primary.

    Those that SGP4 cannot start from stay, to be named. Raises ScreeningError as `prepare` does.
    """
    window, propagator = prepare(elements, start, hours, reach_km)
    is_primary = np.array([one.norad_id in primaries for one in propagator.elements], np.bool_)
    met = reachable(propagator, is_primary, window.start, window.length_s, reach_km)
    kept = (one for one, is_met in zip(propagator.elements, met, strict=True) if is_met)
    return (*kept, *(unusable.element_set for unusable in propagator.unusable))


def _numbers(lines: Sequence[str], place: Callable[[int], str]) -> tuple[int, ...]:
    """Return the numbers of all lines; `place` says where a line stands."""
    found: dict[int, None] = {}
    for at, line in enumerate(lines, 1):
        for text in line.partition("#")[0].replace(",", " ").split():
            number = _number(text)
            if not 0 < number <= _HIGHEST_NUMBER:
                raise ScreeningError(
                    f"{place(at)} {_short(text)} is no catalogue number: "
                    f"write 1 to {_HIGHEST_NUMBER}, or A0000 to Z9999"
                )
            found[number] = None
    if not found:
        raise ScreeningError(f"{place(1)} no catalogue number is there: write 25544,48274")
    return tuple(found)


def _number(text: str) -> int:
    """Return the number of digits or of Alpha-5; 0, which no object has, for anything else."""
    if text.isdigit() and text.isascii():
        return int(text) if len(text) <= _SHOWN else 0
    try:
        return from_alpha5(text)
    except ElementError:
        return 0


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
