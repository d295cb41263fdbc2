"""Keep which close approaches of a run contradict each other, and by how much."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Engine, func, insert, select

from sda.store.engine import writing
from sda.store.schema import disagreements

__all__ = ["Disagreements", "KeptDisagreement"]


@dataclass(frozen=True, slots=True)
class KeptDisagreement:
    """Two solutions of one event that differ by more than their stated errors.

    Each close approach is named by its solution and its position in it; None where a solution has
    none of the pair then.
    """

    solution_1: str
    position_1: int
    solution_2: str
    position_2: int | None
    norad_id_1: int
    norad_id_2: int
    tca: datetime
    """By solution 1."""
    sigmas: float
    axis: str
    """Along which they differ most: radial, in-track or cross-track."""
    difference_km: float
    tca_difference_s: float
    """TCA of solution 2 minus that of solution 1."""


_COLUMNS = tuple(disagreements.c[field.name] for field in fields(KeptDisagreement))


class Disagreements:
    """The disagreements of the runs of a database that `open_store` opened."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, run_id: str, found: Sequence[KeptDisagreement]) -> None:
        """Keep all of a run, in the place of an earlier try."""
        with writing(self._engine) as connection:
            connection.execute(disagreements.delete().where(disagreements.c.run_id == run_id))
            if found:
                rows = [
                    {"run_id": run_id, "number": number, **asdict(one)}
                    for number, one in enumerate(found)
                ]
                connection.execute(insert(disagreements), rows)

    def of_run(self, run_id: str) -> tuple[KeptDisagreement, ...]:
        """Return those of a run, by time and pair."""
        query = (
            select(*_COLUMNS)
            .where(disagreements.c.run_id == run_id)
            .order_by(
                disagreements.c.tca,
                disagreements.c.norad_id_1,
                disagreements.c.norad_id_2,
                disagreements.c.solution_1,
                disagreements.c.solution_2,
            )
        )
        with self._engine.connect() as connection:
            return tuple(KeptDisagreement(*row) for row in connection.execute(query))

    def count(self, run_id: str) -> int:
        """Return how many there are in a run."""
        query = select(func.count()).where(disagreements.c.run_id == run_id)
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0
