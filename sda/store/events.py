"""Keep events from run to run: one name each, opened, changed and closed, with their trend.

What a run says depends on its "now" and on the runs of earlier "now"s, never on later ones nor on
how often it is repeated: `remembered` and `save` are given the "now" and keep to that.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf, nan
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, Engine, Row, bindparam, case, func, insert, or_, select, update

from sda.rpo.documents import Document, trend_document
from sda.rpo.identity import Known, identified
from sda.rpo.model import Event, EventClass, Trend, Verdict
from sda.store.engine import writing
from sda.store.event_rows import (
    EventStatus,
    Telling,
    continued_row,
    day_of,
    is_over,
    opened_row,
    silenced_row,
    trend_row,
    written,
)
from sda.store.schema import event_trend, events
from sda.times import format_utc

if TYPE_CHECKING:
    from sda.rpo.detection import Remembered

__all__ = ["EventStatus", "Events", "KeptEvent", "Saved", "Telling"]

_KEY = ("solution", "event_id")
_COLUMNS = tuple(column for column in events.c if column.name != "document")
_CHUNK = 500
"""Documents read at once, by name."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What one run changed."""

    opened: int
    changed: int
    """Events whose class, verdict or declaration are others than before."""
    closed: int
    open: int
    """Events of the solution that are open now."""


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as the run with the latest "now" told it."""

    solution: str
    event_id: str
    sources: tuple[str, ...]
    norad_id_1: int
    norad_id_2: int
    opened: datetime
    last_seen: datetime
    status: EventStatus
    verdict: Verdict
    event_class: EventClass
    score: float
    first_told: datetime
    last_told: datetime
    changed: datetime | None
    closed: datetime | None
    document: Document
    """As `sda.rpo.documents` writes it, without its trend."""
    trend: tuple[Trend, ...]

    def as_document(self) -> Document:
        """Return the event as a document, with its whole trend and what the runs said of it."""
        return {
            **self.document,
            "trend": [trend_document(one) for one in self.trend],
            "solution": self.solution,
            "sources": list(self.sources),
            "first_told_utc": format_utc(self.first_told),
            "last_told_utc": format_utc(self.last_told),
            "changed_utc": None if self.changed is None else format_utc(self.changed),
            "closed_utc": None if self.closed is None else format_utc(self.closed),
        }


class Events:
    """The events of a database that `open_store` opened."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def remembered(
        self, at: datetime, solution: str = "public", closes_after: timedelta = timedelta(0)
    ) -> tuple["Remembered", ...]:
        """Return the events that a run at a time knows from runs before it, by name.

        These are the open ones, and those closed so recently that they might go on.
        """
        from sda.rpo.detection import Remembered

        open_then = or_(events.c.closed.is_(None), events.c.closed >= at)
        query = (
            select(events)
            .where(
                events.c.solution == solution,
                events.c.first_told < at,
                events.c.opened <= at,
                or_(open_then, events.c.last_seen >= at - closes_after),
            )
            .order_by(events.c.event_id)
        )
        with self._engine.connect() as connection:
            return tuple(
                Remembered(
                    event_id=row.event_id,
                    norad_id_1=row.norad_id_1,
                    norad_id_2=row.norad_id_2,
                    start=row.opened,
                    end=min(row.last_seen, at),
                    is_open=row.closed is None or row.closed >= at,
                )
                for row in connection.execute(query)
            )

    def save(self, telling: Telling, told: Sequence[Event]) -> Saved:
        """Keep what a run tells of its solution, all of it or nothing.

        Events that were never more than `none` are not kept. An open event that the run does not
        tell of is closed once its pair has not been near for `closes_after`. A run of an earlier
        "now" than the last that told of an event leaves that event as it is.
        """
        with writing(self._engine) as connection:
            rows = _rows(connection, telling.solution)
            known = [_known(row) for row in rows.values()]
            named = identified(told, known, telling.closes_after)
            kept = [one for one in named if one.verdict is not Verdict.NONE or one.event_id in rows]
            names = {one.event_id for one in kept}
            going_on = [
                one for one in kept
                if one.event_id in rows and rows[one.event_id].last_told <= telling.at
            ]  # fmt: skip
            silent = [
                row for name, row in rows.items()
                if name not in names and is_over(row, named, telling)
            ]  # fmt: skip
            earlier = _documents(
                connection,
                telling.solution,
                [*(one.event_id for one in going_on), *(row.event_id for row in silent)],
            )
            strongest = _strongest(connection, telling)
            new = [opened_row(one, telling) for one in kept if one.event_id not in rows]
            old = [silenced_row(row, earlier[row.event_id], telling) for row in silent]
            for one in going_on:
                name = one.event_id
                before = strongest.get(name, -inf)
                old.append(continued_row(one, rows[name], earlier[name], telling, before))
            if new:
                connection.execute(insert(events), new)
            _update(connection, old, rows, earlier)
            _save_trend(connection, telling, kept, rows)
            return _saved(connection, telling)

    def get(self, event_id: str, solution: str = "public") -> KeptEvent | None:
        """Return an event by its name, None when there is none."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(events).where(events.c.event_id == event_id, events.c.solution == solution)
            ).all()
            return next(iter(_events(connection, rows)), None)

    def listed(
        self,
        solution: str | None = None,
        status: EventStatus | None = None,
        verdicts: Sequence[Verdict] = (),
        limit: int | None = None,
    ) -> tuple[KeptEvent, ...]:
        """Return events by score, the highest first, then by name and solution."""
        query = select(events).order_by(events.c.score.desc(), events.c.event_id, events.c.solution)
        if solution is not None:
            query = query.where(events.c.solution == solution)
        if status is not None:
            query = query.where(events.c.status == status.value)
        if verdicts:
            query = query.where(events.c.verdict.in_([one.value for one in verdicts]))
        with self._engine.connect() as connection:
            return _events(connection, connection.execute(query.limit(limit)).all())

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Return how many events are open or changed, by solution and verdict."""
        query = (
            select(events.c.solution, events.c.verdict, func.count())
            .where(events.c.status != EventStatus.CLOSED.value)
            .group_by(events.c.solution, events.c.verdict)
            .order_by(events.c.solution)
        )
        found: dict[str, dict[str, int]] = {}
        with self._engine.connect() as connection:
            for solution, verdict, count in connection.execute(query):
                found.setdefault(solution, {})[verdict] = count
        order = [verdict.value for verdict in Verdict]
        return {
            solution: {name: counts[name] for name in order if name in counts}
            for solution, counts in found.items()
        }


def _rows(connection: Connection, solution: str) -> dict[str, Row[Any]]:
    """Return what is kept of a solution's events, by name, without the documents."""
    query = select(*_COLUMNS).where(events.c.solution == solution)
    return {row.event_id: row for row in connection.execute(query)}


def _documents(
    connection: Connection, solution: str, event_ids: Sequence[str]
) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for begin in range(0, len(event_ids), _CHUNK):
        query = select(events.c.event_id, events.c.document).where(
            events.c.solution == solution,
            events.c.event_id.in_(event_ids[begin : begin + _CHUNK]),
        )
        found |= {name: orjson.loads(text) for name, text in connection.execute(query)}
    return found


def _strongest(connection: Connection, telling: Telling) -> dict[str, float]:
    """Return the highest score of each event on the days before the look-back."""
    query = (
        select(event_trend.c.event_id, func.max(event_trend.c.score))
        .where(event_trend.c.solution == telling.solution, event_trend.c.day < telling.since)
        .group_by(event_trend.c.event_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _known(row: Row[Any]) -> Known:
    return Known(row.event_id, row.norad_id_1, row.norad_id_2, row.opened, row.last_seen)


def _update(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    before: Mapping[str, Row[Any]],
    earlier: Mapping[str, Document],
) -> None:
    """Write the rows that are not as they were."""
    changed = []
    for row in rows:
        name = row["event_id"]
        if row != {**before[name]._mapping, "document": written(earlier[name])}:
            changed.append({**row, **{f"old_{key}": row[key] for key in _KEY}})
    if changed:
        key = (events.c[name] == bindparam(f"old_{name}") for name in _KEY)
        connection.execute(update(events).where(*key), changed)


def _save_trend(
    connection: Connection, telling: Telling, kept: Sequence[Event], before: Mapping[str, Row[Any]]
) -> None:
    """Keep the days that are new, and tell those of the window anew."""
    begin = min((day_of(one) for event in kept for one in event.trend), default=telling.at)
    known = _trend_rows(connection, telling.solution, begin)
    new, revised = [], []
    for event in kept:
        row = before.get(event.event_id)
        is_latest = row is None or row.last_told <= telling.at
        for one in event.trend:
            told = trend_row(telling.solution, event.event_id, one)
            earlier = known.get((event.event_id, day_of(one)))
            if earlier is None:
                new.append(told)
            elif is_latest and one.utc > telling.start and told != earlier:
                revised.append({**told, **{f"old_{key}": told[key] for key in (*_KEY, "day")}})
    if revised:
        key = (event_trend.c[name] == bindparam(f"old_{name}") for name in (*_KEY, "day"))
        connection.execute(update(event_trend).where(*key), revised)
    if new:
        connection.execute(insert(event_trend), new)


def _trend_rows(
    connection: Connection, solution: str, begin: datetime
) -> dict[tuple[str, datetime], dict[str, Any]]:
    query = select(event_trend).where(
        event_trend.c.solution == solution, event_trend.c.day >= begin
    )
    return {(row.event_id, row.day): dict(row._mapping) for row in connection.execute(query)}


def _saved(connection: Connection, telling: Telling) -> Saved:
    """Count what stands as a run told it, be it the first time or again."""
    query = select(
        *(
            func.coalesce(func.sum(case((column == telling.at, 1), else_=0)), 0)
            for column in (events.c.first_told, events.c.changed, events.c.closed)
        ),
        func.coalesce(func.sum(case((events.c.closed.is_(None), 1), else_=0)), 0),
    ).where(events.c.solution == telling.solution)
    return Saved(*(int(count) for count in connection.execute(query).one()))


def _events(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[KeptEvent, ...]:
    """Return rows of `events` as values, each with its trend."""
    trends: dict[tuple[str, str], list[Trend]] = defaultdict(list)
    names = sorted({row.event_id for row in rows})
    for begin in range(0, len(names), _CHUNK):
        query = (
            select(event_trend)
            .where(event_trend.c.event_id.in_(names[begin : begin + _CHUNK]))
            .order_by(event_trend.c.day)
        )
        for one in connection.execute(query):
            trends[one.solution, one.event_id].append(_trend(one))
    return tuple(_event(row, trends[row.solution, row.event_id]) for row in rows)


def _trend(row: Row[Any]) -> Trend:
    return Trend(
        row.utc,
        nan if row.min_range_km is None else row.min_range_km,
        row.score,
        EventClass(row.event_class),
        Verdict(row.verdict),
    )


def _event(row: Row[Any], trend: Sequence[Trend]) -> KeptEvent:
    return KeptEvent(
        **{
            **row._mapping,
            "sources": tuple(orjson.loads(row.sources)),
            "status": EventStatus(row.status),
            "verdict": Verdict(row.verdict),
            "event_class": EventClass(row.event_class),
            "document": orjson.loads(row.document),
        },
        trend=tuple(trend),
    )
