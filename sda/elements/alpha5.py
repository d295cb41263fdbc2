"""Write catalogue numbers in the five columns that a TLE has for them (Space-Track, Alpha-5).

The first column may be a letter, A = 10 to Z = 33, without I and O, which look like digits;
so five columns reach from 00000 to Z9999 = 339999.
"""

from typing import Final

from sda.errors import ElementError

__all__ = ["ALPHA5_MAX", "from_alpha5", "to_alpha5"]

ALPHA5_MAX: Final = 339_999
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_FIRST: Final = {letter: 100_000 + 10_000 * rank for rank, letter in enumerate(_LETTERS)}


def to_alpha5(norad_id: int) -> str:
    """Return the five columns of a catalogue number.

    Raises ElementError above 339999, which only an OMM can hold, and below 0.
    """
    if not 0 <= norad_id <= ALPHA5_MAX:
        raise ElementError(
            f"catalogue number {norad_id} does not fit a TLE (0 to {ALPHA5_MAX}): write an OMM"
        )
    if norad_id < 100_000:
        return f"{norad_id:05d}"
    return f"{_LETTERS[norad_id // 10_000 - 10]}{norad_id % 10_000:04d}"


def from_alpha5(text: str) -> int:
    """Return the catalogue number of five columns; digits may be padded with blanks.

    Raises ElementError for anything else, such as the letters I and O.
    """
    digits = text.strip()
    if digits.isdigit() and digits.isascii() and len(digits) <= 5:
        return int(digits)
    first, rest = digits[:1], digits[1:]
    if first in _FIRST and len(rest) == 4 and rest.isdigit() and rest.isascii():
        return _FIRST[first] + int(rest)
    raise ElementError(
        f"catalogue number {text!r} is neither digits nor Alpha-5: write A0000 to Z9999"
    )
