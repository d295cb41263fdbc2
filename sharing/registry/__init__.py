"""Partners, agreements, sources, assets and offices, read from config/."""

from sharing.registry.loading import FOLDERS, load_register, load_registry
from sharing.registry.model import (
    Agreement,
    Asset,
    Detail,
    Equity,
    FeedPreferences,
    Grid,
    Office,
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
    "Detail",
    "Equity",
    "FeedPreferences",
    "Grid",
    "Office",
    "Partner",
    "PartnerKind",
    "Registry",
    "ReleaseRules",
    "Source",
    "SourceKind",
    "Stake",
    "load_register",
    "load_registry",
]
