"""Lay out what was released to each partner in columns, once for all who got the same."""

from collections.abc import Sequence

import numpy as np

from sda.store.columns import microseconds
from sharing.feeds.bodies import Writer
from sharing.feeds.identity import subject_of
from sharing.release import Decided, Release
from sharing.revising import Sheet, Terms
from sharing.stock import Integers, Stock, sources_text

__all__ = ["Taking", "joined", "places"]


class Taking:
    """Takes in one part of what was decided: a release, a body and a sheet once for all."""

    def __init__(self, stock: Stock, terms: Terms) -> None:
        self._stock = stock
        self._terms = terms
        self._writer = Writer()
        self._numbers: dict[int, tuple[int, int]] = {}
        self._sheets: dict[int, tuple[Sequence[Decided], Sheet]] = {}
        """With what it is of, so that its identity stays its own."""

    def sheet_of(self, decided: Sequence[Decided]) -> Sheet:
        """Return what is released, in columns."""
        known = self._sheets.get(id(decided))
        if known is None:
            rows = [self._row(one.release) for one in decided if one.release is not None]
            columns = np.array(rows, np.int64).reshape(-1, 2)
            known = self._sheets[id(decided)] = decided, Sheet(columns[:, 0], columns[:, 1])
        return known[1]

    def _row(self, release: Release) -> tuple[int, int]:
        row = self._numbers.get(id(release))
        if row is None:
            body = self._writer.body_of(release)
            subject = subject_of(release, self._terms.window, self._terms.rules)
            number = self._stock.add(body, subject, sources_text(release.sources))
            row = self._numbers[id(release)] = number, microseconds(release.valid_until)
        return row


def places(stock: Stock) -> tuple[Integers, Integers]:
    """Return the place of each statement in feeds, by time, then by pair, and by its digest.

    All are sorted once, for to sort a few numbers for each partner costs next to nothing.
    """
    every, columns = np.arange(len(stock)), stock.columns()
    keys, digests = np.array(stock.keys(every), "S16"), np.array(stock.digests(every), "S32")
    orders = np.lexsort([keys, columns.pair, columns.tca]), np.argsort(digests)
    in_feed, by_digest = (np.argsort(order) for order in orders)
    return in_feed, by_digest


def joined(sheets: Sequence[Sheet], in_feed: Integers) -> Sheet:
    """Return all of a partner's sheets as one, in the order of its feed."""
    statement = np.concatenate([np.zeros(0, np.int64), *(one.statement for one in sheets)])
    until = np.concatenate([np.zeros(0, np.int64), *(one.until for one in sheets)])
    order = np.argsort(in_feed[statement], kind="stable")
    return Sheet(statement[order], until[order])
