"""Partners, agreements, sources, assets and offices, read from config/."""

from sharing.registry.contacts import ContactRules, RequestRules, Topic
from sharing.registry.hours import Hours, read_hours
from sharing.registry.loading import FOLDERS, load_register, load_registry
from sharing.registry.model import (
    Agreement,
    Asset,
    Detail,
    Equity,
    FeedPreferences,
    Grid,
    Office,
    OwnerOffice,
    Partner,
    PartnerKind,
    Registry,
    ReleaseRules,
    Source,
    SourceKind,
    Stake,
)

__all__ = [
    "FOLDERS",
    "Agreement",
    "Asset",
    "ContactRules",
    "Detail",
    "Equity",
    "FeedPreferences",
    "Grid",
    "Hours",
    "Office",
    "OwnerOffice",
    "Partner",
    "PartnerKind",
    "Registry",
    "ReleaseRules",
    "RequestRules",
    "Source",
    "SourceKind",
    "Stake",
    "Topic",
    "load_register",
    "load_registry",
    "read_hours",
]
