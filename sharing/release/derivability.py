"""Certify that public element sets alone lead to what a marked solution says of an event.

A certificate proposes to challenge a marking, and decides nothing: no release asks for one, and
none reaches a partner. What it says of the event comes from public sets; the differences from the
marked values are as marked as these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field

from sda import __version__
from sda.model import CloseApproach, ElementSet, Kind
from sda.screening import Nearest
from sda.times import format_utc, parse_utc
from sharing.registry import Registry
from sharing.release.solutions import Solution

__all__ = [
    "Certificate",
    "DerivabilityConfig",
    "Difference",
    "Input",
    "Proposal",
    "certify",
    "has_minimum",
    "is_open",
    "proposals_of",
    "read_certificate",
]

_DECIDING: Final = ("tca", "miss_distance", "relative_speed")
"""Facts that have to agree before anything counts as derivable."""
_FOLLOWING: Final = frozenset({"max_probability", "dilution"})
"""Facts that follow from the miss distance by constants of config/, which are public."""


class DerivabilityConfig(BaseModel):
    """All of config/derivability.toml: how near public values have to come."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sigmas: float = Field(gt=0)
    miss_km: float = Field(gt=0)
    tca_s: float = Field(gt=0)
    """Also how far from a marked time a public one is looked for."""
    relative_speed_km_s: float = Field(gt=0)


@dataclass(frozen=True, slots=True)
class Input:
    """A public element set, by the SHA-256 of its values as canonical JSON."""

    norad_id: int
    name: str
    source: str
    epoch: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the marked value of a fact is from the public one, in `unit`."""

    fact: str
    unit: str
    public: str | float
    difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether it lies within the tolerance."""
        return abs(self.difference) <= self.tolerance


@dataclass(frozen=True)
class Certificate:
    """What public sets lead to, from which of them, and how the marked solution differs."""

    run_id: str
    solution: str
    sources: tuple[str, ...]
    marking: str
    """Banner of the marked solution, and of the differences."""
    pair: tuple[int, int]
    tca: datetime
    """The marked one."""
    known_at: datetime
    """The inputs are the newest public sets that were known then."""
    inputs: tuple[Input, Input]
    differences: tuple[Difference, ...]
    facts: tuple[str, ...]
    """Facts of the solution that are publicly derivable."""
    version: str = __version__

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        said = asdict(self)
        said["tca"], said["known_at"] = format_utc(self.tca), format_utc(self.known_at)
        said["inputs"] = [{**one, "epoch": format_utc(one["epoch"])} for one in said["inputs"]]
        return said

    @cached_property
    def text(self) -> bytes:
        """Canonical JSON."""
        return orjson.dumps(self.document(), option=orjson.OPT_SORT_KEYS)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON."""
        return sha256(self.text).digest()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A marking to challenge, and who can act on it. It changes nothing by itself."""

    subject: str
    """A source by id, or `message`."""
    office: str
    text: str


def proposals_of(
    certificate: Certificate, is_marked_message: bool, registry: Registry
) -> tuple[Proposal, ...]:
    """Return what a certificate proposes to the originator of each closed source of its solution.

    Where the message itself is marked, its originators are those of all its sources.
    """
    found = ", ".join(certificate.facts)
    why = f"challenge the marking: derivable from public sets ({found})"
    sources = [registry.sources[name] for name in certificate.sources]
    proposals = [
        Proposal(one.id, registry.offices[one.office].label, why)
        for one in sources
        if not one.is_open
    ]
    if is_marked_message:
        offices = dict.fromkeys(registry.offices[one.office].label for one in sources)
        proposals.append(Proposal("message", "; ".join(offices), why))
    return tuple(proposals)


def read_certificate(text: bytes) -> Certificate:
    """Return the certificate that a canonical JSON holds."""
    said: dict[str, Any] = orjson.loads(text)
    first, second = (Input(**{**one, "epoch": parse_utc(one["epoch"])}) for one in said["inputs"])
    return Certificate(
        **{
            **said,
            "sources": tuple(said["sources"]),
            "pair": (said["pair"][0], said["pair"][1]),
            "tca": parse_utc(said["tca"]),
            "known_at": parse_utc(said["known_at"]),
            "inputs": (first, second),
            "differences": tuple(Difference(**one) for one in said["differences"]),
            "facts": tuple(said["facts"]),
        }
    )


def is_open(solution: Solution, registry: Registry) -> bool:
    """Return whether a solution is of open sources alone, and marked no higher than they are.

    One that cannot be marked at all is not.
    """
    return (
        not solution.fault
        and all(registry.sources[name].is_open for name in solution.sources)
        and all(marking.is_unrestricted for _, marking, _ in solution.shape.facts)
    )


def has_minimum(approach: CloseApproach) -> bool:
    """Return whether an approach has a time of its own: an edge or a coincident pair has none."""
    return approach.kind in (Kind.CROSSING, Kind.PROXIMITY)


def certify(
    run_id: str,
    known_at: datetime,
    solution: Solution,
    approach: CloseApproach,
    public: Nearest,
    sets: Mapping[int, ElementSet],
    config: DerivabilityConfig,
) -> Certificate | None:
    """Return the certificate of a marked solution whose approach public sets lead to, too.

    `public` is the minimum that the public `sets`, by catalogue number, have next to it. None where
    time, miss distance or relative speed differ by more than stated errors and caps allow: then a
    public user does not know the event.
    """
    differences = tuple(_differences(approach, public, config))
    agree = {one.fact for one in differences if one.agrees}
    if not agree.issuperset(_DECIDING):
        return None
    first, second = (sets[number] for number in solution.pair)
    named = {
        "norad_id_1": True,
        "norad_id_2": True,
        "name_1": first.name == approach.name_1,
        "name_2": second.name == approach.name_2,
    }
    agree |= {name for name, same in named.items() if same}
    agree |= _FOLLOWING
    return Certificate(
        run_id=run_id,
        solution=solution.name,
        sources=solution.sources,
        # Every fact of a solution is marked with the roll-up of all that is behind it.
        marking=solution.facts[0].marking.banner,
        pair=solution.pair,
        tca=approach.tca,
        known_at=known_at,
        inputs=(_input(first), _input(second)),
        differences=differences,
        facts=tuple(fact.name for fact in solution.facts if fact.name in agree),
    )


def _differences(
    approach: CloseApproach, public: Nearest, config: DerivabilityConfig
) -> Sequence[Difference]:
    miss_km = min(config.sigmas * public.sigma_km, config.miss_km)
    tca_s = min(config.sigmas * public.tca_sigma_s, config.tca_s)
    apart_s = (approach.tca - public.tca).total_seconds()
    lengths = (
        ("miss_distance", approach.miss_km, public.miss_km),
        ("radial", approach.radial_km, public.radial_km),
        ("in_track", approach.in_track_km, public.in_track_km),
        ("cross_track", approach.cross_track_km, public.cross_track_km),
    )
    return (
        Difference("tca", "s", format_utc(public.tca), apart_s, tca_s),
        *(Difference(fact, "km", there, here - there, miss_km) for fact, here, there in lengths),
        Difference(
            "relative_speed",
            "km/s",
            public.relative_speed_km_s,
            approach.relative_speed_km_s - public.relative_speed_km_s,
            config.relative_speed_km_s,
        ),
    )


def _input(one: ElementSet) -> Input:
    values = {**asdict(one), "epoch": format_utc(one.epoch)}
    digest = sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Input(one.norad_id, one.name, one.source, one.epoch, digest)
