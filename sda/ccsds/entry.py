"""One line of a Conjunction Data Message: a keyword, its value, and what stands with it."""

from dataclasses import dataclass, field

__all__ = ["Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A keyword with its value and unit as the message gives them."""

    keyword: str
    value: str
    """As written, without the blanks around it; '' where an optional one is left empty."""
    unit: str | None = None
    """As written; None where none is given, '' where its brackets hold nothing."""
    comments: tuple[str, ...] = ()
    """The comments that stand before it."""
    line: int = field(default=0, compare=False)
    """Line in the file, from 1; 0 if it comes from none. It has no part in comparisons."""
    alternate: bool = False
    """Whether it is of the alternate covariance, where its keyword is of the RTN matrix too."""
