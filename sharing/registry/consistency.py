"""Check that the files of a registry fit together, and say which field does not."""

from collections.abc import Iterable
from pathlib import Path

from sharing.errors import RegistryError
from sharing.registry.model import Detail, PartnerKind, Registry

__all__ = ["check_coalitions", "check_references", "require", "wrong"]


def check_references(config: Path, registry: Registry) -> None:
    """Refuse what is named and not declared, and what cannot stand together."""
    for agreement in registry.agreements.values():
        require(config, "agreements", agreement.id, "parties", agreement.parties, registry.partners)
        require(config, "agreements", agreement.id, "sources", agreement.sources, registry.sources)
        if agreement.effective >= min(agreement.expires, agreement.review):
            raise wrong(config, "agreements", agreement.id, "effective", "it ends before it begins")
    for source in registry.sources.values():
        require(config, "sources", source.id, "office", (source.office,), registry.offices)
    for asset in registry.assets.values():
        require(config, "assets", asset.id, "exact_under", asset.exact_under, registry.agreements)
        require(config, "assets", asset.id, "office", (asset.office,), registry.offices)
        named = (equity.office for equity in asset.equities)
        require(config, "assets", asset.id, "equity_offices", named, registry.offices)
    for office in registry.offices.values():
        require(config, "offices", office.id, "alternates", office.alternates, registry.offices)
        if office.id in office.alternates:
            raise wrong(config, "offices", office.id, "alternates", "it cannot stand in for itself")
        for field, names in (("alternates", office.alternates), ("topics", office.topics)):
            if len({*names}) < len(names):
                raise wrong(config, "offices", office.id, field, "a name stands there twice")
    if registry.rules.default_office not in registry.offices:
        office_id = registry.rules.default_office
        raise RegistryError(f"{config / 'release.toml'}: default_office: no office {office_id!r}")
    for one in registry.rules.owner_offices:
        if one.office not in registry.offices:
            text = f"owner_offices: {one.owner}: no office {one.office!r}"
            raise RegistryError(f"{config / 'release.toml'}: {text}")


def check_coalitions(config: Path, registry: Registry) -> None:
    """Refuse a coalition that might see more than a member: its feed is read by all of them."""
    for coalition in registry.partners.values():
        if coalition.kind is not PartnerKind.COALITION:
            continue
        for member in registry.partners.values():
            if not {*member.codes} <= {*coalition.codes}:
                continue
            if coalition.clearance > member.clearance:
                text = f"{coalition.clearance.name} is above that of {member.id}"
                raise wrong(config, "partners", coalition.id, "clearance", text)
            if coalition.detail is Detail.EXACT and member.detail is Detail.COARSE:
                text = f"exact is finer than that of {member.id}"
                raise wrong(config, "partners", coalition.id, "detail", text)


def require(
    config: Path, folder: str, id: str, field: str, names: Iterable[str], known: Iterable[str]
) -> None:
    """Refuse a name that is not known."""
    for name in names:
        if name not in known:
            raise wrong(config, folder, id, field, f"no file declares {name!r}")


def wrong(config: Path, folder: str, id: str, field: str, text: str) -> RegistryError:
    """Return the error of a field of a file, for the caller to raise."""
    return RegistryError(f"{config / folder / (id + '.toml')}: {field}: {text}")
