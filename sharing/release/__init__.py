"""Facts, solutions and releases: everything that leaves goes through the one door here."""

from sharing.release.releases import Decided, Reason, Release, ReleasedFact, Rendition, Showing
from sharing.release.solutions import Fact, Scalar, Solution

__all__ = [
    "Decided",
    "Fact",
    "Reason",
    "Release",
    "ReleasedFact",
    "Rendition",
    "Scalar",
    "Showing",
    "Solution",
]
