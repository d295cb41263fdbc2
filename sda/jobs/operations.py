"""Look for operations in the days up to a run, and keep them from run to run."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from sda.jobs.catalogues import BASE_SOLUTION
from sda.rpo.config import RpoConfig
from sda.rpo.detection import Knowledge
from sda.rpo.detection import detect as find_events
from sda.rpo.documents import operation_of
from sda.rpo.history.cleaning import cleaned
from sda.rpo.model import Verdict
from sda.store import Archive, Events, EventStatus, Run, Runs, Saved, Status, Telling

__all__ = ["Operations", "RunConfig", "find_operations", "keep_operations"]

Progress = Callable[[float], None]


class RunConfig(BaseModel):
    """What a run does when it is not told otherwise; config/run.toml gives the reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    hours: float = Field(gt=0)
    threshold_km: float = Field(gt=0)
    stale_after_hours: float = Field(gt=0)
    # Configurations of before these were looked for do not name them.
    rpo_days: float = Field(default=1.0, gt=0)
    rpo_look_back_days: float = Field(default=120.0, gt=0)


@dataclass(frozen=True, slots=True)
class Operations:
    """What the search for operations of a run came to."""

    start: datetime
    end: datetime
    n_objects: int
    n_days: int
    """UTC days that could be evaluated."""
    n_pairs: int
    n_events: dict[str, int]
    """Events within the window by verdict, without `none`."""
    saved: Saved


def find_operations(
    engine: Engine,
    at: datetime,
    sources: tuple[str, ...],
    run: RunConfig,
    config: RpoConfig,
    knowledge: Knowledge,
    progress: Progress = lambda fraction: None,
) -> Operations:
    """Look for operations in the days up to a time, and keep them from run to run.

    Only sets up to that time are used, and only what runs of earlier times told is remembered: so
    a repeated run tells the same and changes nothing.
    """
    config = config.model_copy(update={"look_back_days": run.rpo_look_back_days})
    start, since = (
        at - timedelta(days=run.rpo_days),
        at - timedelta(days=run.rpo_days + run.rpo_look_back_days),
    )
    closes_after = timedelta(days=config.closes_after_days)
    events = Events(engine)
    sets = Archive(engine).histories(since, at, sources)
    history = cleaned(sets, config.history, outliers=config.outliers)
    detection = find_events(
        history,
        start,
        run.rpo_days,
        config,
        knowledge,
        remembered=events.remembered(at, BASE_SOLUTION, closes_after),
        told=progress,
    )
    # The first days read lack the sets of the days before, which would have served them too.
    whole = since + timedelta(days=max(config.max_age_days.values()))
    telling = Telling(at, BASE_SOLUTION, sources, start, whole, closes_after)
    saved = events.save(telling, detection.events)
    verdicts = Counter(one.verdict for one in detection.events)
    return Operations(
        start,
        at,
        detection.n_objects,
        len(detection.days),
        detection.n_pairs,
        {one.value: verdicts[one] for one in Verdict if one is not Verdict.NONE},
        saved,
    )


def keep_operations(engine: Engine, run: Run) -> None:
    """Keep with a run the operations that stand: those not closed that are more than `none`.

    A run that is published keeps what partners were told.
    """
    if run.status is Status.PUBLISHED:
        return
    events, verdicts = Events(engine), [one for one in Verdict if one is not Verdict.NONE]
    stand = [
        operation_of(one.document)
        for status in (EventStatus.OPEN, EventStatus.CHANGED)
        for one in events.listed(BASE_SOLUTION, status, verdicts)
    ]
    Runs(engine).keep_operations(run.run_id, BASE_SOLUTION, stand)
