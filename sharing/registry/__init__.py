"""Partners, agreements, sources, assets and offices, read from config/."""

from sharing.registry.loading import load_register, load_registry
from sharing.registry.model import (
    Agreement,
    Asset,
    Detail,
    FeedPreferences,
    Grid,
    Office,
    Partner,
    PartnerKind,
    Registry,
    ReleaseRules,
    Source,
    SourceKind,
)

__all__ = [
    "Agreement",
    "Asset",
    "Detail",
    "FeedPreferences",
    "Grid",
    "Office",
    "Partner",
    "PartnerKind",
    "Registry",
    "ReleaseRules",
    "Source",
    "SourceKind",
    "load_register",
    "load_registry",
]
