"""A run's close approaches, and what each partner of the packaged registry gets of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sda.configuration import packaged
from sda.model import CloseApproach, Kind
from sharing.policy import Engine as Policy
from sharing.policy import load_engine
from sharing.publishing import Edition, Published, publish
from sharing.registry import Registry, load_registry
from sharing.release import Decided, release, solution_of
from sharing.schema import open_sharing

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECRET = bytes(range(32))


@dataclass(frozen=True)
class Desk:
    """The packaged registry and policies, and the way from approaches to feeds."""

    registry: Registry
    policy: Policy

    def approach(self, first: int, hours: float, **changed: object) -> CloseApproach:
        """Return a crossing of `first` and 90000, some hours from NOW."""
        values: dict[str, object] = {
            "norad_id_1": first,
            "name_1": f"OBJECT {first}",
            "norad_id_2": 90000,
            "name_2": "TARGET",
            "kind": Kind.CROSSING,
            "tca": NOW + timedelta(hours=hours),
            "miss_km": 3.25,
            "relative_speed_km_s": 11.5,
            "radial_km": 1.25,
            "in_track_km": -2.0,
            "cross_track_km": 2.236,
            "age_days_1": 0.5,
            "age_days_2": 1.5,
            "episode_start": None,
            "episode_end": None,
            "minima": (),
            "max_probability": 1e-5,
            "sigma_km": 0.3,
            "resolvable": True,
            "dilution_km": 0.766,
        }
        return CloseApproach(**(values | changed))  # type: ignore[arg-type]

    def releases(
        self,
        found: Mapping[str, Sequence[CloseApproach]],
        now: datetime = NOW,
        partners: Sequence[str] = ("aus", "bra", "deu"),
    ) -> dict[str, Sequence[Decided]]:
        """Take approaches by source through the door, for some partners."""
        solutions = [
            solution_of(source, [source], approach, self.registry)
            for source, approaches in found.items()
            for approach in approaches
        ]
        return {
            partner: release(
                self.registry.partners[partner], solutions, self.registry, self.policy, now
            )
            for partner in partners
        }

    def publish(
        self,
        database: Engine,
        found: Mapping[str, Sequence[CloseApproach]],
        run: str = "run 1",
        hours_later: float = 0,
        partners: Sequence[str] = ("aus", "bra", "deu"),
    ) -> Published:
        """Publish a run of three days that starts some hours after NOW."""
        now = NOW + timedelta(hours=hours_later)
        edition = Edition(run, now, (now, now + timedelta(days=3)), self.policy.digest)
        releases = self.releases(found, now, partners)
        return publish(database, edition, releases, [releases], self.registry.rules, SECRET)


@pytest.fixture(scope="session")
def desk() -> Desk:
    config = packaged("config")
    registry = load_registry(config)
    return Desk(registry, load_engine(config, registry))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """Return a way to open databases that are new unless they were named before."""
    opened: list[Engine] = []

    def open_named(name: str) -> Engine:
        opened.append(open_sharing(f"sqlite:///{tmp_path / name}.db"))
        return opened[-1]

    yield open_named
    for engine in opened:
        engine.dispose()
