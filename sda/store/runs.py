"""Keep what each detection run found, one solution at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Select, insert, or_, select

from sda.errors import StoreError
from sda.model import CloseApproach, Evidence, Kind, Minimum, Operation
from sda.store.engine import writing
from sda.store.schema import approaches, disagreements, operations, runs, solutions, unusable
from sda.times import format_utc, parse_utc

__all__ = ["Run", "Runs", "Status"]

_NAMES = tuple(field.name for field in fields(CloseApproach))
_COLUMNS = (approaches.c.solution, *(approaches.c[name] for name in _NAMES))
_values = attrgetter(*_NAMES)
_TIMES = ("tca", "episode_start", "episode_end")
"""Of an operation."""
_NUMBERS = 10_000
"""In one query."""
_ROWS = 5_000
"""Read at once."""


class Status(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    COMPLETE = "complete"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Run:
    """One detection over a window of hours that starts at `at`."""

    run_id: str
    """A digest of all that decides the result, so that a repeated run meets its first."""
    at: datetime
    hours: float
    threshold_km: float
    status: Status
    created: datetime


class Runs:
    """The detection runs of a database that `open_store` opened.

    A solution is one screening with a named set of sources, the public ones or one marked source
    laid over them, or what the messages of one source say.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, run: Run) -> Run:
        """Return the run of this id as it stands, kept now if it was not there."""
        with writing(self._engine) as connection:
            found = _run(connection, run.run_id)
            if found is None:
                connection.execute(insert(runs), [_row(run)])
        return found or run

    def keep(
        self,
        run_id: str,
        solution: str,
        sources: Sequence[str],
        found: Sequence[CloseApproach],
        left_out: Sequence[tuple[int, str]] = (),
    ) -> None:
        """Keep all of one solution, in the place of an earlier try, and mark it done.

        `left_out` lists the objects that could not be used, each with the reason.

        Raises StoreError for an unknown run, and for a published one: what partners were told
        about stays.
        """
        key = {"run_id": run_id, "solution": solution}
        with writing(self._engine) as connection:
            _require_open(connection, run_id)
            # What contradicted the earlier try is to be found again.
            either = (disagreements.c.solution_1, disagreements.c.solution_2)
            connection.execute(
                disagreements.delete().where(
                    disagreements.c.run_id == run_id, or_(*(one == solution for one in either))
                )
            )
            for table in (approaches, operations, unusable, solutions):
                connection.execute(
                    table.delete().where(table.c.run_id == run_id, table.c.solution == solution)
                )
            done = {**key, "sources": orjson.dumps(list(sources)).decode()}
            connection.execute(insert(solutions), [done])
            if found:
                rows = [{**key, **_approach_row(n, a)} for n, a in enumerate(found)]
                connection.execute(insert(approaches), rows)
            if left_out:
                objects = [
                    {**key, "position": n, "norad_id": norad_id, "reason": reason}
                    for n, (norad_id, reason) in enumerate(left_out)
                ]
                connection.execute(insert(unusable), objects)

    def keep_operations(self, run_id: str, solution: str, found: Iterable[Operation]) -> None:
        """Keep the operations that stand as a run tells them of a solution that it has kept.

        Those of an earlier try are replaced. Raises StoreError as `keep` does.
        """
        key = {"run_id": run_id, "solution": solution}
        rows = [{**key, **_operation_row(one)} for one in found]
        with writing(self._engine) as connection:
            _require_open(connection, run_id)
            connection.execute(
                operations.delete().where(
                    operations.c.run_id == run_id, operations.c.solution == solution
                )
            )
            if rows:
                connection.execute(insert(operations), rows)

    def operations(self, run_id: str) -> tuple[tuple[str, Operation], ...]:
        """Return (solution, operation) of a run, by pair, then by solution and event."""
        query = (
            select(operations.c.solution, operations.c.document)
            .where(operations.c.run_id == run_id)
            .order_by(operations.c.norad_id_1, operations.c.norad_id_2)
            .order_by(operations.c.solution, operations.c.event_id)
        )
        with self._engine.connect() as connection:
            return tuple((row[0], _operation(row[1])) for row in connection.execute(query))

    def solutions(self, run_id: str) -> Mapping[str, tuple[str, ...]]:
        """Return the solutions of a run that are done, each with its sources."""
        query = (
            select(solutions.c.solution, solutions.c.sources)
            .where(solutions.c.run_id == run_id)
            .order_by(solutions.c.solution)
        )
        with self._engine.connect() as connection:
            return {
                solution: tuple(orjson.loads(sources))
                for solution, sources in connection.execute(query)
            }

    def approaches(
        self, run_id: str, solution: str | None = None
    ) -> tuple[tuple[str, CloseApproach], ...]:
        """Return (solution, close approach) by solution, then in the order they were kept."""
        query = select(*_COLUMNS).where(approaches.c.run_id == run_id)
        if solution is not None:
            query = query.where(approaches.c.solution == solution)
        query = query.order_by(approaches.c.solution, approaches.c.position)
        with self._engine.connect() as connection:
            return tuple((row[0], _approach(row)) for row in connection.execute(query))

    def by_pair(
        self, run_id: str, numbers: Collection[int] | None = None
    ) -> Iterator[tuple[str, int, CloseApproach]]:
        """Yield (solution, place in it from 0, close approach), all of one pair together.

        By pair, then by solution and place; with `numbers` only those whose object 1 is one of
        them. Rows are read as they are asked for, so few are in memory at once.
        """
        query = select(*_COLUMNS, approaches.c.position).where(approaches.c.run_id == run_id)
        order = approaches.c.norad_id_1, approaches.c.norad_id_2, approaches.c.solution
        query = query.order_by(*order, approaches.c.position)
        chosen = [query]
        if numbers is not None:
            ordered = sorted(numbers)
            some = (ordered[k : k + _NUMBERS] for k in range(0, len(ordered), _NUMBERS))
            chosen = [query.where(approaches.c.norad_id_1.in_(part)) for part in some]
        with self._engine.connect() as connection:
            for part in chosen:
                for row in connection.execution_options(yield_per=_ROWS).execute(part):
                    yield row[0], row.position, _approach(row[:-1])

    def unusable(self, run_id: str, solution: str) -> tuple[tuple[int, str], ...]:
        """Return the objects that a solution left out, each with the reason."""
        query = (
            select(unusable.c.norad_id, unusable.c.reason)
            .where(unusable.c.run_id == run_id, unusable.c.solution == solution)
            .order_by(unusable.c.position)
        )
        with self._engine.connect() as connection:
            return tuple((row.norad_id, row.reason) for row in connection.execute(query))

    def finish(self, run_id: str, status: Status | str) -> None:
        """Set the status of a run.

        Raises StoreError for an unknown run.
        """
        query = runs.update().where(runs.c.run_id == run_id).values(status=Status(status).value)
        with writing(self._engine) as connection:
            if connection.execute(query).rowcount == 0:
                raise StoreError(f"run {run_id} is unknown: begin it first")

    def latest(self, status: Status | str | None = None) -> Run | None:
        """Return the run with the latest `at`, of one status or any, None without any."""
        return next(iter(self.list(1, status)), None)

    def list(self, limit: int = 20, status: Status | str | None = None) -> tuple[Run, ...]:
        """Return runs, the latest `at` first; of one `at` the last created first."""
        query = select(runs).order_by(runs.c.at.desc(), runs.c.created.desc(), runs.c.run_id)
        if status is not None:
            query = query.where(runs.c.status == Status(status).value)
        with self._engine.connect() as connection:
            return tuple(_runs(connection, query.limit(limit)))


def _runs(connection: Connection, query: Select[Any]) -> Iterator[Run]:
    for row in connection.execute(query):
        yield Run(row.run_id, row.at, row.hours, row.threshold_km, Status(row.status), row.created)


def _run(connection: Connection, run_id: str) -> Run | None:
    return next(_runs(connection, select(runs).where(runs.c.run_id == run_id)), None)


def _require_open(connection: Connection, run_id: str) -> None:
    run = _run(connection, run_id)
    if run is None or run.status is Status.PUBLISHED:
        raise StoreError(
            f"run {run_id} is {'unknown' if run is None else 'published'}: begin a new one"
        )


def _row(run: Run) -> dict[str, Any]:
    row = {field.name: getattr(run, field.name) for field in fields(run)}
    return {**row, "status": Status(run.status).value}


def _approach_row(position: int, approach: CloseApproach) -> dict[str, Any]:
    row = dict(zip(_NAMES, _values(approach), strict=True))
    minima = [
        [format_utc(m.utc), float(m.range_km), float(m.relative_speed_km_s)]
        for m in approach.minima
    ]
    return {
        **row,
        "position": position,
        "kind": approach.kind.value,
        "minima": orjson.dumps(minima).decode(),
    }


def _approach(row: Sequence[Any]) -> CloseApproach:
    values: dict[str, Any] = dict(zip(_NAMES, row[1:], strict=True))
    minima = tuple(
        Minimum(parse_utc(utc), range_km, speed_km_s)
        for utc, range_km, speed_km_s in orjson.loads(values.pop("minima"))
    )
    return CloseApproach(**{**values, "kind": Kind(values["kind"]), "minima": minima})


def _operation_row(operation: Operation) -> dict[str, Any]:
    times = {name: format_utc(getattr(operation, name)) for name in _TIMES}
    return {
        "event_id": operation.event_id,
        "norad_id_1": operation.norad_id_1,
        "norad_id_2": operation.norad_id_2,
        "document": orjson.dumps(asdict(operation) | times).decode(),
    }


def _operation(text: str) -> Operation:
    values: dict[str, Any] = orjson.loads(text)
    times = {name: parse_utc(values[name]) for name in _TIMES}
    evidence = tuple(Evidence(**one) for one in values["evidence"])
    return Operation(**values | times | {"evidence": evidence})
