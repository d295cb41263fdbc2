"""The values that config/ is read into: who shares what with whom, under what, and who answers.

All are frozen and hold only tuples and scalars, so that a registry prints, and is hashed, the
same in every process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sharing.markings import Classification, Marking, Register
from sharing.registry.contacts import ContactRules

__all__ = [
    "Agreement",
    "Asset",
    "Detail",
    "Equity",
    "FeedPreferences",
    "Grid",
    "Office",
    "OwnerOffice",
    "Partner",
    "PartnerKind",
    "Registry",
    "ReleaseRules",
    "Source",
    "SourceKind",
    "Stake",
]


class PartnerKind(StrEnum):
    """Whether a partner is one nation or several that read one feed together."""

    NATION = "nation"
    COALITION = "coalition"


class SourceKind(StrEnum):
    """Where the data of a source comes from."""

    OPEN = "open"
    COMMERCIAL = "commercial"
    SENSOR = "sensor"


class Stake(StrEnum):
    """What makes a nation hold an equity in an object."""

    OWNER = "owner"
    HOST = "host"
    """The spacecraft that carries it is the nation's."""
    PAYLOAD = "payload owner"


class Detail(StrEnum):
    """How finely values may be shown."""

    COARSE = "coarse"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class FeedPreferences:
    """What a partner wants of what it may see; an empty tuple or None asks for everything."""

    kinds: tuple[str, ...] = ()
    objects: tuple[int, ...] = ()
    max_miss_km: float | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """One reader of a feed. `codes` is its trigraph, or those of every member of a coalition."""

    id: str
    name: str
    kind: PartnerKind
    codes: tuple[str, ...]
    clearance: Classification
    detail: Detail
    """The finest that it may have of anything that is not open."""
    agreements: tuple[str, ...]
    """Agreements that name it, or a coalition it belongs to."""
    feed: FeedPreferences


@dataclass(frozen=True, slots=True)
class Agreement:
    """An arrangement under which data of some sources is shared with its parties.

    It counts from `effective` up to, and not on, `expires` and `review`.
    """

    id: str
    title: str
    authority: str
    parties: tuple[str, ...]
    sources: tuple[str, ...]
    detail: Detail
    effective: date
    expires: date
    review: date

    def in_force(self, day: date) -> bool:
        """Return whether the agreement counts on a day."""
        return self.effective <= day < min(self.expires, self.review)


@dataclass(frozen=True, slots=True)
class Source:
    """A source of element sets, and what its owner lets be done with them.

    `licensees` are the partners that hold a licence (commercial sources alone need one);
    `passing_on` says whether coarse values may go to others in the last day before TCA;
    a `base` source is a catalogue that other sources are laid over.
    """

    id: str
    name: str
    kind: SourceKind
    marking: Marking
    licensees: tuple[str, ...]
    passing_on: bool
    base: bool
    office: str

    @property
    def is_open(self) -> bool:
        """Whether anybody may have what it holds."""
        return self.kind is SourceKind.OPEN and self.marking.is_unrestricted


@dataclass(frozen=True, slots=True)
class Equity:
    """A nation's stake in an object, and the office that answers for it to the releaser."""

    nation: str
    stake: Stake
    office: str


@dataclass(frozen=True, slots=True)
class Asset:
    """A protected object: marked values about it are exact only under `exact_under`.

    Of a hosted payload owner, host and payload owners are different nations, and each holds an
    equity. `office`, as those of the equities, answers to the releaser alone: naming it to a
    partner would name the asset.
    """

    id: str
    name: str
    norad_id: int
    equities: tuple[Equity, ...]
    exact_under: tuple[str, ...]
    office: str


@dataclass(frozen=True, slots=True)
class Office:
    """A role that answers for something; never a person.

    Of its topics the first is what it is there for. Alternates stand in for it, the first before
    the next, while it is not filled or nobody has verified it for too long.
    """

    id: str
    role: str
    channel: str
    topics: tuple[str, ...]
    hours: str
    languages: tuple[str, ...]
    alternates: tuple[str, ...]
    last_verified: date
    filled: bool = True

    @property
    def label(self) -> str:
        """Role and channel, as the releaser is told them."""
        return f"{self.role} ({self.channel})"


@dataclass(frozen=True, slots=True)
class Grid:
    """The fixed grid of a coarse value, which becomes the least edge that it lies below."""

    fact: str
    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OwnerOffice:
    """The office through which a foreign owner consents that its information goes on."""

    owner: str
    office: str


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """Grids, tolerances and the offices of last resort and of foreign owners, for every partner."""

    time_grid_min: int
    existence_grid_min: int
    longitude_grid_deg: int
    same_event_min: int
    same_episode_min: int
    close_after_days: int
    default_office: str
    grids: tuple[Grid, ...]
    owner_offices: tuple[OwnerOffice, ...] = ()

    def office_of(self, owner: str) -> str | None:
        """Return the office that stands for a foreign owner, None where there is none."""
        return next((one.office for one in self.owner_offices if one.owner == owner), None)


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that config/ says about sharing, by id; mappings are sorted and read-only."""

    partners: Mapping[str, Partner]
    agreements: Mapping[str, Agreement]
    sources: Mapping[str, Source]
    assets: Mapping[int, Asset]
    """By catalogue number."""
    offices: Mapping[str, Office]
    register: Register
    rules: ReleaseRules
    contacts: ContactRules = field(default_factory=ContactRules)
