"""Facts, solutions and releases: everything that leaves goes through the one door here."""

from sharing.release.approvals import Approval, is_one_event
from sharing.release.door import SUPERSEDED, Door, release
from sharing.release.facts import (
    COVARIANCE_UNIT,
    DISAGREEMENT,
    FACTS,
    OF_APPROACHES,
    OF_OPERATIONS,
    STATE_UNIT,
    FactKind,
    Marker,
    age_of,
    solution_of,
)
from sharing.release.projection import APPROVED, FAILED
from sharing.release.releases import (
    UNDISCLOSED,
    Decided,
    Held,
    Reason,
    Release,
    Rendition,
    Showing,
)
from sharing.release.solutions import Contradiction, Fact, ReleasedFact, Scalar, Shape, Solution

__all__ = [
    "APPROVED",
    "COVARIANCE_UNIT",
    "DISAGREEMENT",
    "FACTS",
    "FAILED",
    "OF_APPROACHES",
    "OF_OPERATIONS",
    "STATE_UNIT",
    "SUPERSEDED",
    "UNDISCLOSED",
    "Approval",
    "Contradiction",
    "Decided",
    "Door",
    "Fact",
    "FactKind",
    "Held",
    "Marker",
    "Reason",
    "Release",
    "ReleasedFact",
    "Rendition",
    "Scalar",
    "Shape",
    "Showing",
    "Solution",
    "age_of",
    "is_one_event",
    "release",
    "solution_of",
]
