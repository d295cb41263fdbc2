"""Tell what becomes of each item of a feed when something else is released than before.

All is counted in numbers of the stock, column by column; times are microseconds since
2000-01-01T00:00:00Z. Nothing here knows a partner: who stands alike is revised alike.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import numpy as np

from sda.model import RPO
from sda.store.columns import microseconds, time_of
from sharing.feeds.identity import Span, Subject, match, may_be_same
from sharing.registry import ReleaseRules
from sharing.release import UNDISCLOSED
from sharing.stock import Columns, Integers, Mask

__all__ = [
    "ACTIVE",
    "CLOSED",
    "RETRACTED",
    "Revision",
    "Sheet",
    "Standing",
    "Terms",
    "revise",
]

ACTIVE: Final = "active"
RETRACTED: Final = "retracted"
CLOSED: Final = "closed"

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What is released to whoever gets the same, `(n,)` each: statements, and until when."""

    statement: Integers
    until: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The items of a feed that are not closed, `(n,)` each, in the order of the feed."""

    statement: Integers
    revision: Integers
    is_active: Mask
    is_ordered: Mask
    """Whether an order has retracted it, so that it stays so whatever is released."""

    def digest(self) -> bytes:
        """Return a digest: the same for feeds that say the same in the same order."""
        columns = (self.statement, self.revision, self.is_active, self.is_ordered)
        return sha256(b"".join(column.tobytes() for column in columns)).digest()


@dataclass(frozen=True, slots=True)
class Terms:
    """By what feeds are revised."""

    window: Span
    at: datetime
    redecides: bool
    """Whether all that was due has been decided again."""
    rules: ReleaseRules
    withdrawn: frozenset[str]
    touched: frozenset[str]
    """Sources about which an order was given since, the withdrawn ones among them."""


@dataclass(frozen=True, slots=True, eq=False)
class Revision:
    """What becomes of the items of a feed: places on the sheet, and in the standing."""

    fresh: Integers
    """On the sheet: they are new items."""
    revised: Integers
    """On the sheet: they say something new of the items `revised_of`."""
    revised_of: Integers
    kept: Integers
    """On the sheet: they say nothing new of `kept_of`, which are active."""
    kept_of: Integers
    closed: Integers
    retracted: Integers
    n_unchanged: int


def revise(
    sheet: Sheet,
    standing: Standing,
    columns: Columns,
    terms: Terms,
    is_news: Callable[[Integers, Integers], Mask],
) -> Revision:
    """Return what becomes of the items of a feed.

    `is_news` says of statements before and after whether the second says anything new.
    """
    on_sheet, of_item = _matched(sheet, standing, columns, terms.rules)
    is_over = _is_over(sheet.statement, columns, terms)
    # A run of long ago may be published again, but what is over for long stays closed.
    still = ~is_over[on_sheet]
    on_sheet, of_item = on_sheet[still], of_item[still]
    before, after = standing.statement[of_item], sheet.statement[on_sheet]
    # What was not served for a while is said anew, also if its values are what they were.
    is_missed = _rests_on(columns, terms.touched)[columns.sources[before]]
    said_anew = ~standing.is_active[of_item] | is_missed
    asked = np.flatnonzero(~said_anew & (before != after))
    said_anew[asked] = is_news(before[asked], after[asked])
    said_anew &= ~standing.is_ordered[of_item]
    is_kept = ~said_anew & standing.is_active[of_item]
    is_fresh = ~is_over
    is_fresh[on_sheet] = False
    closed, retracted = _ended(standing, columns, terms, of_item)
    return Revision(
        fresh=np.flatnonzero(is_fresh),
        revised=on_sheet[said_anew],
        revised_of=of_item[said_anew],
        kept=on_sheet[is_kept],
        kept_of=of_item[is_kept],
        closed=closed,
        retracted=retracted,
        n_unchanged=int(np.count_nonzero(~said_anew)),
    )


def _matched(
    sheet: Sheet, standing: Standing, columns: Columns, rules: ReleaseRules
) -> tuple[Integers, Integers]:
    """Return the places on the sheet, ascending, that are about items, and the places of those.

    A pair with one release and one item is decided by columns, others by `match`.
    """
    new, known = sheet.statement, standing.statement
    pairs, known_pairs = columns.pair[new], columns.pair[known]
    by_pair = np.argsort(known_pairs, kind="stable")
    left = np.searchsorted(known_pairs[by_pair], pairs, "left")
    n_known = np.searchsorted(known_pairs[by_pair], pairs, "right") - left
    _, place, n_new = np.unique(pairs, return_inverse=True, return_counts=True)
    is_lone = (n_known == 1) & (n_new[place] == 1)
    lone = np.flatnonzero(is_lone)
    lone_of = by_pair[left[lone]]
    one, other = new[lone], known[lone_of]
    gap = np.maximum(
        columns.start[other] - columns.end[one], columns.start[one] - columns.end[other]
    )
    kinds = columns.kinds
    may_be = np.array([[may_be_same(a, b) for b in kinds] for a in kinds], bool)
    is_same = (gap <= columns.tolerance(rules)[columns.kind[one]]) & may_be.reshape(
        len(kinds), len(kinds)
    )[columns.kind[one], columns.kind[other]]
    lone, lone_of = lone[is_same], lone_of[is_same]
    crowd = np.flatnonzero(~is_lone & (n_known > 0))
    crowd_of = np.flatnonzero(np.isin(known_pairs, pairs[crowd]))
    found = match(_subjects(new[crowd], columns), _subjects(known[crowd_of], columns), rules)
    on_sheet = np.concatenate([lone, crowd[np.fromiter(found.keys(), np.int64, len(found))]])
    of_item = np.concatenate([lone_of, crowd_of[np.fromiter(found.values(), np.int64, len(found))]])
    order = np.argsort(on_sheet)
    return on_sheet[order], of_item[order]


def _subjects(statement: Integers, columns: Columns) -> list[Subject]:
    return [
        Subject(
            columns.kinds[columns.kind[number]],
            divmod(int(columns.pair[number]), 1 << 32),
            time_of(int(columns.tca[number])),
            (time_of(int(columns.start[number])), time_of(int(columns.end[number]))),
        )
        for number in statement.tolist()
    ]


def _rests_on(columns: Columns, names: Collection[str]) -> Mask:
    """Return, by place in `all_sources`, whether what has these rests on any, or may do so."""
    rests = (
        bool(names) and (not text or not {*text.split()}.isdisjoint(names))
        for text in columns.all_sources
    )
    return np.fromiter(rests, bool, len(columns.all_sources))


def _ended(
    standing: Standing, columns: Columns, terms: Terms, present: Integers
) -> tuple[Integers, Integers]:
    """Return the active items that are closed, and those that are retracted.

    Near the ends of the window a run may see an approach, or not, for the window alone.
    """
    is_left = standing.is_active.copy()
    is_left[present] = False
    left = np.flatnonzero(is_left)
    statement = standing.statement[left]
    start, end = (microseconds(time) for time in terms.window)
    at = microseconds(terms.at)
    tca, over = columns.tca[statement], columns.end[statement]
    tolerance = columns.tolerance(terms.rules)[columns.kind[statement]]
    last = np.where(_is_of(UNDISCLOSED, statement, columns), over, tca)
    # A run tells all operations that stand, whenever they were.
    is_operation = _is_of(RPO, statement, columns)
    found_if_there = is_operation | (start + tolerance <= tca) & (last <= end - tolerance)
    # What was decided again and not released lapses: nothing stands on an old decision.
    lapsed = terms.redecides & (columns.until[statement] <= at)
    rests = _rests_on(columns, terms.withdrawn)[columns.sources[statement]]
    is_closed = over + _stands_for(terms) < at
    is_retracted = ~is_closed & (found_if_there | lapsed | rests)
    return left[is_closed], left[is_retracted]


def _is_over(statement: Integers, columns: Columns, terms: Terms) -> Mask:
    """Return what is closed whatever is released; an operation stands while a run tells it."""
    is_past = columns.end[statement] + _stands_for(terms) < microseconds(terms.at)
    return is_past & ~_is_of(RPO, statement, columns)


def _stands_for(terms: Terms) -> int:
    """Return how long an item stands after its time, in microseconds."""
    return timedelta(days=terms.rules.close_after_days) // _MICROSECOND


def _is_of(kind: str, statement: Integers, columns: Columns) -> Mask:
    return np.array([one == kind for one in columns.kinds], bool)[columns.kind[statement]]
