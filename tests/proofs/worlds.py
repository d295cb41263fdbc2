"""Runs as detection leaves them in a database, for a few partners of the packaged registry."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import approaches
from hypothesis import strategies as st
from made_operations import operation
from sqlalchemy import Engine, select

from sda.configuration import packaged
from sda.model import RPO, CloseApproach, Kind, Operation
from sda.store import Disagreements, KeptDisagreement, Run, Runs, Status
from sda.store.schema import metadata as of_detection
from sharing.jobs import Office, publish_run
from sharing.publishing import Published
from sharing.schema import items, ledger, metadata, open_sharing, statements

ASSET = approaches.ASSET
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = bytes(range(32))
PARTNERS = ("aus", "bra", "deu", "fra", "gbr", "ita", "nato", "per")
SOURCES = {**approaches.SOURCES, "cdm-trilateral": ("trilateral",)}
PAIRS = ((5, 6), (5, ASSET), (7, 8))
HOURS = 120.0
"""How long a window is."""


def small_config(folder: Path, partners: Sequence[str] = PARTNERS) -> Path:
    """Return the packaged configuration without most of its partners."""
    copytree(packaged("config"), folder)
    every = {file.stem for file in (folder / "partners").glob("*.toml")}
    for name in every - {*partners}:
        (folder / "partners" / f"{name}.toml").unlink()
    for file in (*(folder / "agreements").glob("*.toml"), *(folder / "sources").glob("*.toml")):
        text = re.sub(
            r"^(parties|licensees) = \[(.*)\]", _kept(partners), file.read_text(), flags=re.M
        )
        if file.parent.name == "agreements" and "parties = []" in text:
            file.unlink()
        else:
            file.write_text(text)
    return folder


def _kept(partners: Sequence[str]):
    def kept(found: re.Match[str]) -> str:
        names = [name for name in re.findall(r'"([^"]+)"', found[2]) if name in partners]
        return f"{found[1]} = [{', '.join(map(repr, names))}]".replace("'", '"')

    return kept


@dataclass(frozen=True)
class Found:
    """One close approach of a solution, some hours after NOW, or an operation nearest then."""

    solution: str
    hours: float
    miss_km: float = 0.42
    pair: tuple[int, int] = (5, 6)
    kind: str = Kind.CROSSING
    marking: str = ""

    @property
    def approach(self) -> CloseApproach | Operation:
        if self.kind == RPO:
            return self._operation
        made = approaches.approach(self.hours, self.miss_km, self.pair, self.kind)
        if self.solution.startswith("cdm-"):
            made = approaches.told(made)
        return replace(made, marking=self.marking)

    @property
    def _operation(self) -> Operation:
        tca = NOW + timedelta(hours=self.hours)
        return operation(
            *self.pair,
            event_id=f"{self.hours} {self.miss_km} {self.pair} {self.marking}",
            tca=tca,
            miss_km=self.miss_km,
            episode_start=tca - timedelta(days=2),
            episode_end=tca + timedelta(hours=5),
            marking=self.marking,
        )


def some_found(solutions: Sequence[str], hours: tuple[float, float] = (-2, 118)):
    """Return a strategy for close approaches and operations of these solutions."""
    return st.builds(
        Found,
        st.sampled_from(solutions),
        st.one_of(st.floats(*hours), st.floats(49.9, 50.1)),
        st.sampled_from([0.06, 0.42, 3.25, 30.0]),
        st.sampled_from(PAIRS),
        st.sampled_from([Kind.CROSSING, Kind.PROXIMITY, RPO]),
    )


@dataclass(frozen=True)
class Told:
    """That two close approaches, by their places in what was found, contradict each other."""

    one: int
    other: int
    sigmas: float = 7.5


def keep(
    engine: Engine,
    found: Sequence[Found],
    told: Sequence[Told] = (),
    run_id: str = "run 1",
    hours_later: float = 0,
) -> Run:
    """Keep a run that begins some hours after NOW, complete."""
    runs, now = Runs(engine), NOW + timedelta(hours=hours_later)
    run = runs.begin(Run(run_id, now, HOURS, 5.0, Status.RUNNING, now))
    by_solution: dict[str, list[CloseApproach]] = defaultdict(list)
    operations: dict[str, list[Operation]] = defaultdict(list)
    places = []
    for one in found:
        kept = by_solution[one.solution]
        places.append((one.solution, len(kept)))
        if isinstance(made := one.approach, Operation):
            operations[one.solution].append(made)
        else:
            kept.append(made)
    for name, some in by_solution.items():
        runs.keep(run_id, name, SOURCES[name], some)
        runs.keep_operations(run_id, name, operations[name])
    Disagreements(engine).keep(
        run_id,
        [
            KeptDisagreement(
                *places[one.one],
                *places[one.other],
                *found[one.one].pair,
                found[one.one].approach.tca,
                one.sigmas,
                "radial",
                1.0,
                0.0,
            )
            for one in told
        ],
    )
    runs.finish(run_id, Status.COMPLETE)
    return replace(run, status=Status.COMPLETE)


def publish(engine: Engine, office: Office, run: Run, hours_later: float = 0) -> Published:
    """Decide on a run, some hours after it began, and publish it."""
    at = run.at + timedelta(hours=hours_later)
    return publish_run(engine, office, SECRET, run, at)[0]


def empty(engine: Engine) -> None:
    """Take every row out of a database."""
    with engine.begin() as connection:
        for table in (*reversed(metadata.sorted_tables), *reversed(of_detection.sorted_tables)):
            connection.execute(table.delete())


def opened(path: Path) -> Engine:
    return open_sharing(f"sqlite:///{path}")


def shown(engine: Engine, partner: str) -> list[tuple[object, ...]]:
    """Return the items of a partner with what they say."""
    query = select(items, statements).join(statements, statements.c.statement == items.c.statement)
    return _rows(engine, query.where(items.c.partner == partner).order_by(items.c.seq))


def entries(engine: Engine, partner: str) -> list[tuple[object, ...]]:
    """Return the ledger of a partner."""
    query = select(ledger).where(ledger.c.partner == partner).order_by(ledger.c.n)
    return _rows(engine, query)


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of sharing."""
    return {
        name: _rows(engine, select(table).order_by(*table.primary_key.columns))
        for name, table in metadata.tables.items()
    }


def _rows(engine: Engine, query) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]
