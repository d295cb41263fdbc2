"""Lay out what each partner would get of each group of facts, by source and time to TCA."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sharing.policy.classes import GROUPS
from sharing.policy.engine import Engine
from sharing.policy.vocabulary import Action, Attributes, Band, Context, attributes_of, whole_of
from sharing.registry import Partner, Registry

__all__ = ["Cell", "Row", "matrix"]


class Cell(StrEnum):
    """What a partner gets of a class of facts; a coarse value still needs a coarse form."""

    EXACT = "exact"
    COARSE = "coarse"
    EXACT_AFTER_REVIEW = "exact after review"
    COARSE_AFTER_REVIEW = "coarse after review"
    EXISTENCE = "existence"
    """That there is something, and whom to ask."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Row:
    """One partner, group and combination of sources: a cell for each band, in their order."""

    partner: str
    sources: tuple[str, ...]
    marking: str
    protected: bool
    group: str
    cells: tuple[Cell, ...]


def matrix(
    engine: Engine,
    registry: Registry,
    day: date,
    partners: Iterable[str],
    source_sets: Iterable[tuple[str, ...]],
) -> Iterator[Row]:
    """Yield the rows of partners and combinations of sources on a day, ordinary facts first.

    Protected rows, of a fact about one of the protected assets, stand where that changes anything.
    """
    chosen = tuple(source_sets)
    for name in partners:
        for sources in chosen:
            rows = list(_rows(engine, registry, day, registry.partners[name], sources, False))
            yield from rows
            guarded = _rows(engine, registry, day, registry.partners[name], sources, True)
            for plain, row in zip(rows, guarded, strict=True):
                if row.cells != plain.cells:
                    yield row


def _rows(
    engine: Engine,
    registry: Registry,
    day: date,
    partner: Partner,
    sources: tuple[str, ...],
    protected: bool,
) -> Iterator[Row]:
    assets = tuple(registry.assets.values())[:1] if protected else ()
    marking = whole_of((registry.sources[name].marking for name in sources), registry.register)
    for group in GROUPS:
        attributes, effective = attributes_of(group, marking, sources, assets, registry)
        cells = tuple(_cell(engine, partner, attributes, Context(band, day)) for band in Band)
        yield Row(partner.id, sources, effective.banner, protected, group, cells)


def _cell(engine: Engine, partner: Partner, attributes: Attributes, context: Context) -> Cell:
    see, coarse, exists, unreviewed = (
        decision.allowed
        for decision in engine.decide_all(
            partner,
            attributes,
            [
                (action, context)
                for action in (
                    Action.SEE,
                    Action.SEE_COARSE,
                    Action.KNOW_EXISTS,
                    Action.RELEASE_UNREVIEWED,
                )
            ],
        )
    )
    if see:
        return Cell.EXACT if unreviewed else Cell.EXACT_AFTER_REVIEW
    if coarse:
        return Cell.COARSE if unreviewed else Cell.COARSE_AFTER_REVIEW
    return Cell.EXISTENCE if exists else Cell.NOTHING
