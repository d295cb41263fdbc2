"""Facts, solutions and releases: everything that leaves goes through the one door here."""

from sharing.release.door import SUPERSEDED, release
from sharing.release.facts import DISAGREEMENT, FACTS, FactKind, solution_of
from sharing.release.projection import FAILED
from sharing.release.releases import Decided, Reason, Release, Rendition, Showing
from sharing.release.solutions import Contradiction, Fact, ReleasedFact, Scalar, Solution

__all__ = [
    "DISAGREEMENT",
    "FACTS",
    "FAILED",
    "SUPERSEDED",
    "Contradiction",
    "Decided",
    "Fact",
    "FactKind",
    "Reason",
    "Release",
    "ReleasedFact",
    "Rendition",
    "Scalar",
    "Showing",
    "Solution",
    "release",
    "solution_of",
]
