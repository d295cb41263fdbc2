"""What partners may do with facts, decided by Cedar over a validated schema. Pure."""

from sharing.policy.engine import Approver, Decision, Engine, Policy, read_engine
from sharing.policy.loading import load_engine
from sharing.policy.vocabulary import (
    BAND_STARTS,
    Action,
    Attributes,
    Band,
    Context,
    attributes_of,
    band_at,
    foreign_owners,
    whole_of,
)

__all__ = [
    "BAND_STARTS",
    "Action",
    "Approver",
    "Attributes",
    "Band",
    "Context",
    "Decision",
    "Engine",
    "Policy",
    "attributes_of",
    "band_at",
    "foreign_owners",
    "load_engine",
    "read_engine",
    "whole_of",
]
