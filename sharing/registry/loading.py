"""Read the registry from config/, check every cross reference, and say which field is wrong.

One file a partner, agreement, source, asset or office; the file name is the identifier.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml
from sda.errors import ConfigError
from sda.model import Kind
from sharing.errors import MarkingError, RegistryError
from sharing.markings import CONCEALED, US, Classification, Register, parse
from sharing.registry.consistency import check_coalitions, check_references, require, wrong
from sharing.registry.contacts import read_contacts
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

__all__ = ["FOLDERS", "load_register", "load_registry"]

FOLDERS: Final = ("agreements", "assets", "offices", "partners", "sources")
"""What a configuration has to hold: where one is gone, a file of it that protects may be, too."""

_Model = TypeVar("_Model", bound=BaseModel)
_Value = TypeVar("_Value")
_Key = TypeVar("_Key", int, str)
_Names = tuple[str, ...]
_Positive = Annotated[int, Field(gt=0)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _FeedTable(_File):
    kinds: tuple[Kind | Literal["rpo", "undisclosed"], ...] = ()
    objects: tuple[_Positive, ...] = ()
    max_miss_km: float | None = Field(default=None, gt=0)


class _PartnerFile(_File):
    name: str
    kind: PartnerKind
    codes: _Names = Field(min_length=1)
    clearance: str
    detail: Detail
    feed: _FeedTable = _FeedTable()


class _AgreementFile(_File):
    title: str
    authority: str
    parties: _Names = Field(min_length=1)
    sources: _Names = Field(min_length=1)
    detail: Detail
    effective: date
    expires: date
    review: date


class _SourceFile(_File):
    name: str
    kind: SourceKind
    marking: str
    licensees: _Names
    passing_on: bool
    base: bool
    office: str


class _AssetFile(_File):
    name: str
    norad_id: _Positive
    owner: str
    host: str | None = None
    payload_owners: _Names = ()
    exact_under: _Names
    office: str
    equity_offices: dict[str, str] = {}


class _OfficeFile(_File):
    role: str
    channel: str
    topics: _Names
    hours: str
    languages: _Names = Field(min_length=1)
    alternates: _Names
    last_verified: date
    filled: bool = True


class _CodeTable(_File):
    members: _Names = ()
    decomposable: bool = True
    deprecated: date | None = None
    verified: date


class _EditionFile(_File):
    edition: date
    source: str
    codes: dict[str, _CodeTable] = Field(min_length=1)


class _RulesFile(_File):
    time_grid_min: _Positive
    existence_grid_min: _Positive
    longitude_grid_deg: _Positive
    same_event_min: _Positive
    same_episode_min: _Positive
    close_after_days: _Positive
    default_office: str
    grids: dict[str, Annotated[tuple[float, ...], Field(min_length=1)]]
    owner_offices: dict[str, str] = {}


def load_registry(config: Path, register: Register | None = None) -> Registry:
    """Return the registry of a configuration directory, at its newest edition or a given one.

    Raises RegistryError that names the file and the field at fault.
    """
    for name in FOLDERS:
        if not (config / name).is_dir():
            raise RegistryError(f"{config / name}: no such folder: make it, if only for a note")
    register = register or load_register(config)
    partner_files = _read_all(config / "partners", _PartnerFile)
    codes = {
        partner: _codes(config, partner, file, register) for partner, file in partner_files.items()
    }
    agreements = {
        id: Agreement(id=id, **dict(file))
        for id, file in _read_all(config / "agreements", _AgreementFile).items()
    }
    registry = Registry(
        partners=_frozen(
            (id, _partner(config, id, file, codes, agreements, partner_files))
            for id, file in partner_files.items()
        ),
        agreements=_frozen(agreements.items()),
        sources=_frozen(
            (id, _source(config, id, file, codes, partner_files))
            for id, file in _read_all(config / "sources", _SourceFile).items()
        ),
        assets=_assets(config, register),
        offices=_frozen(
            (id, Office(id=id, **dict(file)))
            for id, file in _read_all(config / "offices", _OfficeFile).items()
        ),
        register=register,
        rules=_rules(config / "release.toml", register),
        contacts=read_contacts(config / "contacts.toml"),
    )
    check_references(config, registry)
    check_coalitions(config, registry)
    return registry


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return read_toml(path, model)
    except ConfigError as error:
        raise RegistryError(str(error)) from None


def _read_all(folder: Path, model: type[_Model]) -> dict[str, _Model]:
    return {path.stem: _read(path, model) for path in sorted(folder.glob("*.toml"))}


def _frozen(items: Iterable[tuple[_Key, _Value]]) -> Mapping[_Key, _Value]:
    return MappingProxyType(dict(sorted(items, key=lambda item: item[0])))


def load_register(config: Path, proposed: Path | None = None) -> Register:
    """Return the newest edition of the tetragraphs in a configuration directory, with the others.

    An edition lists the codes that change with it. The file of a proposed one is read among the
    others by its day, in place of what stands there, and that edition is returned. Raises
    RegistryError that names file and field.
    """
    folder = config / "register"
    found = {
        folder / f"{name}.toml": file for name, file in _read_all(folder, _EditionFile).items()
    }
    if not found:
        raise RegistryError(f"{folder}: no edition of the tetragraphs: add 2022-11-02.toml")
    for path, file in found.items():
        if path.stem != file.edition.isoformat():
            raise RegistryError(f"{path}: edition: {file.edition} is not the name of the file")
    if proposed is not None:
        last = _read(proposed, _EditionFile)
        # An edition rests on those before it; those after it do not count.
        found = {path: file for path, file in found.items() if file.edition < last.edition}
        found[proposed] = last
    codes: dict[str, _CodeTable] = {}
    editions: list[Register] = []
    for path, file in found.items():
        for code, table in file.codes.items():
            if bool(table.members) is not table.decomposable:
                text = "members stand if and only if the code is decomposable"
                raise RegistryError(f"{path}: codes.{code}: {text}")
        codes.update(file.codes)
        try:
            editions.append(_edition(file.edition, codes, tuple(editions)))
        except MarkingError as error:
            raise RegistryError(f"{path}: codes: {error}") from None
    return editions[-1]


def _edition(day: date, codes: Mapping[str, _CodeTable], earlier: tuple[Register, ...]) -> Register:
    return Register(
        edition=day,
        members=_frozen((code, one.members) for code, one in codes.items() if one.members),
        deprecated=_frozen((code, one.deprecated) for code, one in codes.items() if one.deprecated),
        opaque=tuple(sorted(code for code, one in codes.items() if not one.decomposable)),
        earlier=tuple(replace(edition, earlier=()) for edition in earlier),
    )


def _rules(path: Path, register: Register) -> ReleaseRules:
    file = _read(path, _RulesFile)
    for fact, edges in file.grids.items():
        if any(low >= high for low, high in pairwise((0.0, *edges))):
            raise RegistryError(f"{path}: grids.{fact}: edges must be positive and grow")
    if file.existence_grid_min % file.time_grid_min:
        raise RegistryError(f"{path}: existence_grid_min: must be a multiple of time_grid_min")
    if 180 % file.longitude_grid_deg:
        raise RegistryError(f"{path}: longitude_grid_deg: 180 must be a multiple of it")
    grids = tuple(Grid(fact, edges) for fact, edges in sorted(file.grids.items()))
    for owner in file.owner_offices:
        # Whoever is concealed must not be named, and so not be asked.
        if owner in (US, CONCEALED) or not _is_nation(owner, register):
            text = f"{owner!r} is no foreign owner: write a trigraph, or a code of config/register"
            raise RegistryError(f"{path}: owner_offices: {text}")
    owners = tuple(OwnerOffice(*one) for one in sorted(file.owner_offices.items()))
    return ReleaseRules(**{**dict(file), "grids": grids, "owner_offices": owners})


def _is_nation(code: str, register: Register) -> bool:
    is_country = len(code) == len(US) and code.isalpha() and code.isupper()
    return is_country or register.knows(code)


def _codes(config: Path, id: str, file: _PartnerFile, register: Register) -> tuple[str, ...]:
    """Return the countries of a partner, the releasing side left out: it shares already."""
    codes = tuple(sorted(register.atoms(file.codes) - {US}))
    fits = len(codes) == 1 if file.kind is PartnerKind.NATION else len(codes) > 1
    if not fits or any(len(code) != len(US) for code in codes):
        raise wrong(config, "partners", id, "codes", "a nation has one trigraph, a coalition more")
    return codes


def _partner(
    config: Path,
    id: str,
    file: _PartnerFile,
    codes: Mapping[str, tuple[str, ...]],
    agreements: Mapping[str, Agreement],
    partner_files: Mapping[str, _PartnerFile],
) -> Partner:
    clearance = Classification.__members__.get(file.clearance)
    if clearance is None:
        raise wrong(config, "partners", id, "clearance", f"{file.clearance!r} is no level")
    named = _belongs_to(id, codes, partner_files)
    return Partner(
        id=id,
        name=file.name,
        kind=file.kind,
        codes=codes[id],
        clearance=clearance,
        detail=file.detail,
        agreements=tuple(
            sorted(
                agreement.id for agreement in agreements.values() if named & {*agreement.parties}
            )
        ),
        feed=FeedPreferences(
            kinds=tuple(map(str, file.feed.kinds)),
            objects=file.feed.objects,
            max_miss_km=file.feed.max_miss_km,
        ),
    )


def _belongs_to(
    id: str, codes: Mapping[str, tuple[str, ...]], partner_files: Mapping[str, _PartnerFile]
) -> set[str]:
    """Return the partner itself and the coalitions it is wholly part of."""
    return {id} | {
        other
        for other, file in partner_files.items()
        if file.kind is PartnerKind.COALITION and {*codes[id]} <= {*codes[other]}
    }


def _source(
    config: Path,
    id: str,
    file: _SourceFile,
    codes: Mapping[str, tuple[str, ...]],
    partner_files: Mapping[str, _PartnerFile],
) -> Source:
    try:
        marking = parse(file.marking)
    except MarkingError as error:
        raise wrong(config, "sources", id, "marking", str(error)) from None
    require(config, "sources", id, "licensees", file.licensees, partner_files)
    licensees = (
        partner
        for partner in partner_files
        if _belongs_to(partner, codes, partner_files) & {*file.licensees}
    )
    return Source(**{**dict(file), "id": id, "marking": marking, "licensees": tuple(licensees)})


def _assets(config: Path, register: Register) -> Mapping[int, Asset]:
    assets: dict[int, Asset] = {}
    for id, file in _read_all(config / "assets", _AssetFile).items():
        if file.norad_id in assets:
            taken = assets[file.norad_id].id
            raise wrong(config, "assets", id, "norad_id", f"{file.norad_id} is {taken} already")
        assets[file.norad_id] = Asset(
            id=id,
            name=file.name,
            norad_id=file.norad_id,
            equities=_equities(config, id, file, register),
            exact_under=file.exact_under,
            office=file.office,
        )
    return _frozen(assets.items())


def _equities(config: Path, id: str, file: _AssetFile, register: Register) -> tuple[Equity, ...]:
    stakes = [
        ("owner", Stake.OWNER, file.owner),
        *([("host", Stake.HOST, file.host)] if file.host else []),
        *(("payload_owners", Stake.PAYLOAD, nation) for nation in file.payload_owners),
    ]
    for field, _, nation in stakes:
        if not _is_nation(nation, register):
            text = f"{nation!r} is no country: write a trigraph, or a code of config/register"
            raise wrong(config, "assets", id, field, text)
    held = {nation for _, _, nation in stakes}
    if strangers := sorted(file.equity_offices.keys() - held):
        raise wrong(config, "assets", id, "equity_offices", f"{strangers[0]} holds no equity")
    return tuple(
        Equity(nation, stake, file.equity_offices.get(nation, file.office))
        for _, stake, nation in stakes
    )
