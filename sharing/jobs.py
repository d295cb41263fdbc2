"""One run of the whole chain: ingest, screen, look for operations, decide, publish."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine

from sda.configuration import read_toml
from sda.errors import CatalogueError
from sda.jobs import (
    Detected,
    Detection,
    Ingested,
    Operations,
    RunConfig,
    detect,
    find_operations,
    ingest,
    keep_operations,
)
from sda.risk.config import RiskConfig
from sda.rpo.config import RpoConfig
from sda.rpo.context.declared import read_declared
from sda.rpo.detection import Knowledge
from sda.screening import ScreeningConfig
from sda.store import Run, Runs, Status, run_lock
from sda.times import format_utc, require_utc
from sharing.certificates import Examination
from sharing.deciding import Decisions, Part, asked_of, given_for
from sharing.errors import RegistryError
from sharing.examining import Examiner
from sharing.policy import Engine as PolicyEngine
from sharing.policy import load_engine
from sharing.publishing import Edition, Published, publish
from sharing.registry import Registry, load_registry
from sharing.release import FAILED, Decided, Held
from sharing.release.derivability import DerivabilityConfig
from sharing.review import follow
from sharing.signing import Signer
from sharing.succession import require_newest

__all__ = ["Office", "Ran", "open_office", "publish_run", "run_once"]

_DECIDING = (".toml", ".cedar", ".cedarschema")

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Office:
    """All that decides what is published: the registry, the policy and the run's defaults."""

    registry: Registry
    policy: PolicyEngine
    screening: ScreeningConfig
    risk: RiskConfig
    rpo: RpoConfig
    knowledge: Knowledge
    run: RunConfig
    derivability: DerivabilityConfig
    files: bytes = b""
    """The texts of registry and policy as canonical JSON, by path, for the ledger to keep."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run did."""

    ingested: tuple[Ingested, ...]
    detected: Detected
    operations: Operations
    published: Published
    examination: Examination

    def summary(self) -> dict[str, Any]:
        """Return the run in figures, ready for JSON."""
        run = self.detected.run
        return {
            "run_id": run.run_id,
            "at_utc": format_utc(run.at),
            "hours": run.hours,
            "threshold_km": run.threshold_km,
            "ingested": [asdict(one) for one in self.ingested],
            "n_objects": self.detected.n_objects,
            "solutions": {
                name: {"n_approaches": count, "n_unused_objects": self.detected.unused[name]}
                for name, count in self.detected.n_approaches.items()
            },
            "disagreements": [
                {
                    "solution_1": one.solution_1,
                    "solution_2": one.solution_2,
                    "norad_id_1": one.norad_id_1,
                    "norad_id_2": one.norad_id_2,
                    "tca_utc": format_utc(one.tca),
                    "sigmas": one.sigmas,
                    "axis": one.axis,
                    "difference_km": one.difference_km,
                    "tca_difference_s": one.tca_difference_s,
                }
                for one in self.detected.disagreements
            ],
            "rpo": {
                "start_utc": format_utc(self.operations.start),
                "end_utc": format_utc(self.operations.end),
                "n_objects": self.operations.n_objects,
                "n_days": self.operations.n_days,
                "n_pairs": self.operations.n_pairs,
                "n_events": self.operations.n_events,
                **asdict(self.operations.saved),
            },
            "partners": {name: asdict(one) for name, one in self.published.partners.items()},
            "failed_decisions": dict(self.published.failed),
            "derivability": self.examination.document(),
        }


def open_office(config: Path, day: date | None = None) -> Office:
    """Read and check the whole configuration.

    Raises ConfigError, RegistryError or PolicyError: with any of it wrong nothing is published.
    So does an edition of the register that a day comes before: nobody is a member yet.
    """
    registry = load_registry(config)
    edition = registry.register.edition
    if day is not None and day < edition:
        raise RegistryError(
            f"{config / 'register' / f'{edition}.toml'}: edition: it holds from {edition} on: add "
            "it then; `tearline policy preview --register FILE` shows before what it will change"
        )
    return Office(
        registry,
        load_engine(config, registry),
        read_toml(config / "screening.toml", ScreeningConfig),
        read_toml(config / "risk.toml", RiskConfig),
        read_toml(config / "rpo.toml", RpoConfig),
        Knowledge(declared=read_declared(config)),
        read_toml(config / "run.toml", RunConfig),
        read_toml(config / "derivability.toml", DerivabilityConfig),
        _texts(config),
    )


def _texts(config: Path) -> bytes:
    files = sorted(path for path in config.rglob("*") if path.suffix in _DECIDING)
    texts = {
        path.relative_to(config).as_posix(): path.read_text(encoding="utf-8") for path in files
    }
    return orjson.dumps(texts, option=orjson.OPT_SORT_KEYS)


def run_once(
    engine: Engine,
    office: Office,
    secret: bytes,
    paths: Iterable[Path],
    source: str,
    at: datetime,
    hours: float,
    threshold_km: float,
    now: datetime,
    progress: Progress = lambda fraction: None,
    signer: Signer | None = None,
) -> Ran:
    """Ingest files, screen from `at` on, look for operations up to it, and publish.

    Partners are told of close approaches ahead, and of operations up to now.
    One run works on a database at a time. A run that was cut short continues where it stopped,
    and one that is repeated changes nothing. Raises StoreError while another is under way,
    CatalogueError when the catalogue is empty or stale, RegistryError for an unknown source.
    """
    sources = office.registry.sources
    if source not in sources:
        raise RegistryError(f"no source {source!r}: choose of {', '.join(sources)}")
    detection = Detection(
        at,
        hours,
        threshold_km,
        tuple(name for name, one in sources.items() if one.base),
        tuple(name for name, one in sources.items() if not one.base),
    )
    with run_lock(engine):
        ingested = ingest(engine, paths, source, now) if (paths := tuple(paths)) else ()
        stale_after = timedelta(hours=office.run.stale_after_hours)
        detected = detect(
            engine,
            detection,
            office.screening,
            office.risk,
            stale_after,
            now,
            lambda f: progress(f / 2),
        )
        require_newest(engine, _edition(office, detected.run, at))
        operations = find_operations(
            engine,
            at,
            detection.base,
            office.run,
            office.rpo,
            office.knowledge,
            lambda f: progress(0.5 + f / 2),
        )
        keep_operations(engine, detected.run)
        done = publish_run(engine, office, secret, detected.run, at, signer)
    return Ran(ingested, detected, operations, *done)


def publish_run(
    engine: Engine,
    office: Office,
    secret: bytes,
    run: Run,
    at: datetime,
    signer: Signer | None = None,
) -> tuple[Published, Examination]:
    """Decide anew what each partner may know of a run at a time, and publish it whole.

    The review queue follows what policy holds. Then the run is examined for what public sets lead
    to, which changes nothing of what was published. Raises CatalogueError for a run that is not
    complete, TimeError for a naive time, and what `publish` raises.
    """
    require_utc(at)
    if run.status is Status.RUNNING:
        raise CatalogueError(f"run {run.run_id} is not complete: repeat `tearline run`")
    given = given_for(engine, run, office.registry.rules, at)
    registry = office.registry
    decisions = Decisions(engine, registry, office.policy, run, at, given)
    examiner = Examiner(
        engine, registry, office.screening, office.derivability, run, given.withdrawn
    )
    tally = _Tally({name: [] for name in registry.partners})

    def parts() -> Iterator[Mapping[str, tuple[Decided, ...]]]:
        for part in decisions.parts():
            tally.take_in(part)
            examiner.take_in(part)
            yield asked_of(part.decided, registry)

    edition = replace(
        _edition(office, run, at), inputs=given.document(), config=office.files, redecides=True
    )
    done = publish(
        engine,
        edition,
        registry.partners,
        parts(),
        registry.rules,
        secret,
        signer,
        lambda: {"solutions": decisions.digest()},
    )
    follow(engine, tally.held, registry, at)
    Runs(engine).finish(run.run_id, Status.PUBLISHED)
    return replace(done, failed=dict(tally.failed)), examiner.close()


@dataclass(frozen=True, slots=True)
class _Tally:
    """What the review queue and whoever runs this are told of, by partner."""

    held: dict[str, list[Held]]
    failed: Counter[str] = field(default_factory=Counter)

    def take_in(self, part: Part) -> None:
        """Take in what was decided of some pairs; partners who got the same share it."""
        alike: dict[int, tuple[tuple[Held, ...], int]] = {}
        wrong: dict[int, bool] = {}
        for name, decided in part.decided.items():
            if id(decided) not in alike:
                for one in decided:
                    if id(one.reasons) not in wrong:
                        wrong[id(one.reasons)] = any(
                            FAILED in each.policies for each in one.reasons
                        )
                alike[id(decided)] = (
                    tuple(held for one in decided for held in one.held),
                    sum(wrong[id(one.reasons)] for one in decided),
                )
            held, failed = alike[id(decided)]
            self.held[name] += held
            if failed:
                self.failed[name] += failed


def _edition(office: Office, run: Run, at: datetime) -> Edition:
    window = (run.at, run.at + timedelta(hours=run.hours))
    return Edition(
        run.run_id,
        at,
        window,
        office.policy.digest,
        register=office.registry.register.edition.isoformat(),
    )
