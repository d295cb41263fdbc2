"""Choose by regime, type and owner which objects are screened."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sda.elements import ObjectType, SatcatEntry, type_of_name
from sda.errors import CatalogueError, ScreeningError
from sda.model import ElementSet
from sda.orbit.regimes import Regime, regime_of

__all__ = ["Selection", "select"]

_SHOWN: Final = 8
_BY_NAME: Final = " by their names; a satellite catalogue tells more"


@dataclass(frozen=True, slots=True)
class Selection:
    """What an object must be; a filter that is empty asks for nothing."""

    regimes: frozenset[Regime] = frozenset()
    types: frozenset[ObjectType] = frozenset()
    owners: frozenset[str] = frozenset()
    """Codes of the satellite catalogue that is used, in capitals."""


def select(
    elements: Sequence[ElementSet],
    selection: Selection,
    satcat: Mapping[int, SatcatEntry] | None = None,
    primaries: frozenset[int] = frozenset(),
) -> tuple[ElementSet, ...]:
    """Return the element sets that every filter lets through, in their order.

    Without primaries the filters restrict both objects of a pair. With primaries they choose whom
    these are screened against, and the primaries stay, whatever they are: `--primaries 25544
    --type DEBRIS` asks for the debris that the station meets. Primaries meet each other too.

    The type is the satellite catalogue's; for an object that is not in it, or without one, what
    its name tells (`type_of_name`), else UNKNOWN. The owner is only known from the catalogue.

    Raises CatalogueError, which says what there is, where a filter or all together let nothing
    through, and ScreeningError for owners without a catalogue or one that it does not know.
    """
    known: Mapping[int, SatcatEntry] = {} if satcat is None else satcat
    _require_owners(selection.owners, satcat)
    others = [one for one in elements if one.norad_id not in primaries]
    kept = others
    for name, wanted, value in (
        ("regime", selection.regimes, regime_of),
        ("type", selection.types, lambda one: _type(one, known)),
        ("owner", selection.owners, lambda one: _owner(one, known)),
    ):
        if wanted:
            hint = _BY_NAME if name == "type" and satcat is None else ""
            _require_some(name, wanted, value, others, hint)
            kept = [one for one in kept if value(one) in wanted]
    if not kept and selection != Selection():
        raise CatalogueError(
            "no object is of the regime, type and owner asked for together: leave out a filter"
        )
    chosen = {one.norad_id for one in kept} | primaries
    return tuple(one for one in elements if one.norad_id in chosen)


def _type(one: ElementSet, known: Mapping[int, SatcatEntry]) -> ObjectType:
    entry = known.get(one.norad_id)
    return entry.type if entry is not None else type_of_name(one.name)


def _owner(one: ElementSet, known: Mapping[int, SatcatEntry]) -> str:
    entry = known.get(one.norad_id)
    return entry.owner if entry is not None else ""


def _require_owners(owners: frozenset[str], satcat: Mapping[int, SatcatEntry] | None) -> None:
    """Refuse an owner that cannot be known, for a misspelt one would just be missing."""
    if not owners:
        return
    if satcat is None:
        raise ScreeningError("element sets do not say whose they are: give a satellite catalogue")
    there = Counter(entry.owner for entry in satcat.values() if entry.owner)
    unknown = sorted(owners - set(there))
    if unknown:
        raise ScreeningError(
            f"the satellite catalogue has no owner {unknown[0]!r}: it has {_listed(there)}"
        )


def _require_some(
    name: str,
    wanted: frozenset[str],
    value: Callable[[ElementSet], str],
    elements: Sequence[ElementSet],
    hint: str,
) -> None:
    there = Counter(value(one) for one in elements)
    if not wanted & set(there):
        asked = " or ".join(sorted(wanted))
        raise CatalogueError(f"no object is of {name} {asked}: there are {_listed(there)}{hint}")


def _listed(counts: Counter[str]) -> str:
    """Return values with their counts, the most frequent first."""
    listed = [f"{value or 'unknown'} {count}" for value, count in counts.most_common(_SHOWN)]
    more = [f"{len(counts) - _SHOWN} others"] if len(counts) > _SHOWN else []
    return ", ".join((*listed, *more)) or "none"
