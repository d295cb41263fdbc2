"""A small made-up registry: three nations and a coalition, three agreements, five sources.

Everything in it differs in something that a policy may ask, so that a mistake shows.
"""

from datetime import date
from pathlib import Path

from sharing.markings import Classification, Register, parse
from sharing.registry import (
    Agreement,
    Asset,
    Detail,
    Equity,
    FeedPreferences,
    Office,
    Partner,
    PartnerKind,
    Registry,
    ReleaseRules,
    Source,
    SourceKind,
    Stake,
)

SCHEMA = (Path(__file__).parents[2] / "config/policy/schema.cedarschema").read_text()
BEGIN, DAY, END = date(2026, 1, 1), date(2026, 11, 23), date(2027, 1, 1)
LATER = date(2028, 1, 1)
HEAD = '@id("{id}") @title("Title") @authority("Authority") @review("{review}")\n'


def permit(condition: str = "true", id: str = "may", review: str = "2099-01-01") -> str:
    head = HEAD.format(id=id, review=review)
    return head + f"permit (principal, action, resource) when {{ {condition} }};\n"


def forbid(condition: str, id: str = "no", review: str = "2099-01-01") -> str:
    head = HEAD.format(id=id, review=review)
    return head + f"forbid (principal, action, resource) when {{ {condition} }};\n"


def partner(
    id: str,
    clearance: Classification,
    detail: Detail,
    agreements: tuple[str, ...],
    codes: tuple[str, ...] = (),
) -> Partner:
    kind = PartnerKind.COALITION if codes else PartnerKind.NATION
    own = codes or (id.upper(),)
    return Partner(id, id, kind, own, clearance, detail, agreements, FeedPreferences())


def agreement(
    id: str, parties: tuple[str, ...], sources: tuple[str, ...], detail: Detail, end: date = END
) -> Agreement:
    return Agreement(id, f"{id} title", f"{id} board", parties, sources, detail, BEGIN, end, LATER)


def source(
    id: str,
    kind: SourceKind,
    marking: str,
    licensees: tuple[str, ...] = (),
    passing_on: bool = False,
) -> Source:
    base, office = kind is SourceKind.OPEN, f"{id}-desk"
    return Source(id, id, kind, parse(marking), licensees, passing_on, base, office)


def asset(norad_id: int, *exact_under: str, nations: tuple[str, ...] = ()) -> Asset:
    equities = tuple(Equity(nation, Stake.OWNER, "asset-desk") for nation in nations)
    return Asset(f"asset-{norad_id}", "made up", norad_id, equities, exact_under, "asset-desk")


PARTNERS = (
    partner("aus", Classification.S, Detail.EXACT, ("fine", "late")),
    partner("kor", Classification.C, Detail.COARSE, ("fine", "rough")),
    partner("per", Classification.U, Detail.COARSE, ()),
    partner("duo", Classification.C, Detail.EXACT, ("rough",), codes=("AUS", "KOR")),
)
AGREEMENTS = (
    agreement("fine", ("aus", "kor"), ("sensor", "firm"), Detail.EXACT),
    agreement("rough", ("kor", "duo"), ("firm", "other-firm"), Detail.COARSE),
    agreement("late", ("aus",), ("radar",), Detail.EXACT, end=date(2026, 6, 1)),
)
SOURCES = (
    source("firm", SourceKind.COMMERCIAL, "U//REL TO USA, AUS, KOR", ("aus",), passing_on=True),
    source("other-firm", SourceKind.COMMERCIAL, "U//REL TO USA, AUS, KOR", ("aus", "kor")),
    source("public", SourceKind.OPEN, "U"),
    source("radar", SourceKind.SENSOR, "S//NF"),
    source("sensor", SourceKind.SENSOR, "S//REL TO USA, AUS"),
)
OFFICES = (*(f"{one.id}-desk" for one in SOURCES), "asset-desk", "duty-desk")


def small(
    assets: tuple[Asset, ...] = (asset(7, "fine"), asset(8)),
    sources: tuple[Source, ...] = SOURCES,
) -> Registry:
    return Registry(
        partners={one.id: one for one in PARTNERS},
        agreements={one.id: one for one in AGREEMENTS},
        sources={one.id: one for one in sources},
        assets={one.norad_id: one for one in assets},
        offices={
            id: Office(id, f"{id} role", f"line {number}", (), "", (), (), BEGIN)
            for number, id in enumerate(OFFICES)
        },
        register=Register(edition=BEGIN, members={"DUOS": ("AUS", "KOR")}),
        rules=ReleaseRules(30, 60, 5, 5, 5, 3, "duty-desk", ()),
    )
