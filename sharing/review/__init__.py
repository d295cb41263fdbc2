"""The queue of what policy holds for a review by some office. No partner sees any of it."""

from sharing.review.cases import Case, State, Verdict, state_of
from sharing.review.documents import case_document
from sharing.review.queue import approvals_in_force, approve, cases, follow, refuse, verdicts

__all__ = [
    "Case",
    "State",
    "Verdict",
    "approvals_in_force",
    "approve",
    "case_document",
    "cases",
    "follow",
    "refuse",
    "state_of",
    "verdicts",
]
