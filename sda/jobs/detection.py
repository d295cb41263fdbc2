"""Find the solutions of a run: screenings of the catalogues, and what messages say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine

from sda import __version__
from sda.jobs.catalogues import (
    BASE_SOLUTION,
    Catalogue,
    Unused,
    catalogue_at,
    laid_over,
    require_fresh,
)
from sda.jobs.comparing import Compared, disagreements_of
from sda.jobs.longitudes import with_longitudes
from sda.jobs.solutions import Told, messages_told, weighed
from sda.jobs.states import with_states
from sda.model import CloseApproach
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig, narrowed, screen
from sda.store import Archive, Disagreements, KeptDisagreement, Run, Runs, Status

__all__ = ["Detected", "Detection", "detect"]

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A catalogue to screen: the solution it makes, its sources, and the objects it is for."""

    solution: str
    sources: tuple[str, ...]
    catalogue: Catalogue
    primaries: frozenset[int] | None
    """None: all."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What to screen: a window, a threshold, and the sources of its solutions.

    The first solution is made of the `base` sources. Each source of `overlays` makes another:
    its sets in the place of the base's, screened for the objects that it has. The messages of each
    source make one more.
    """

    at: datetime
    hours: float
    threshold_km: float
    base: tuple[str, ...]
    overlays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detected:
    """What a detection run holds, by solution, and where solutions contradict each other."""

    run: Run
    n_objects: int
    n_approaches: dict[str, int]
    unused: dict[str, int]
    disagreements: tuple[KeptDisagreement, ...] = ()


def detect(
    engine: Engine,
    detection: Detection,
    config: ScreeningConfig,
    risk: RiskConfig,
    stale_after: timedelta,
    now: datetime,
    progress: Progress = lambda fraction: None,
) -> Detected:
    """Screen every solution that is not kept yet, add what messages say, compare, and keep all.

    A run is named by a digest of all that decides its result, so a repeated or resumed one
    finds what it did before. Raises CatalogueError when the base catalogue is empty or stale.
    """
    archive, runs = Archive(engine), Runs(engine)
    require_fresh(archive, detection.at, detection.base, stale_after)
    layers = _layers(archive, detection, config)
    told = messages_told(
        engine,
        (*detection.base, *detection.overlays),
        detection.at,
        detection.hours,
        timedelta(seconds=risk.agreement.same_event_s),
    )
    run = runs.begin(_run(detection, layers, told, config, risk, now))
    done = runs.solutions(run.run_id)
    for place, layer in enumerate(layers):
        if layer.solution not in done:
            found, unused = _screened(
                layer,
                detection,
                config,
                lambda fraction, place=place: progress((place + fraction) / len(layers)),  # type: ignore[misc]
            )
            runs.keep(run.run_id, layer.solution, layer.sources, found, unused)
    for one in told:
        if one.solution not in done:
            runs.keep(run.run_id, one.solution, (one.source,), *weighed(one, config, risk))
    if run.status is Status.RUNNING:
        compared = _compared(runs, run.run_id, layers, told) if told else ()
        contradicting = disagreements_of(engine, compared, risk.agreement, config)
        Disagreements(engine).keep(run.run_id, contradicting)
        runs.finish(run.run_id, Status.COMPLETE)
        run = replace(run, status=Status.COMPLETE)
    names = [*(layer.solution for layer in layers), *(one.solution for one in told)]
    return Detected(
        run,
        len(layers[0].catalogue.elements),
        {name: len(runs.approaches(run.run_id, name)) for name in names},
        {name: len(runs.unusable(run.run_id, name)) for name in names},
        Disagreements(engine).of_run(run.run_id),
    )


def _layers(archive: Archive, detection: Detection, config: ScreeningConfig) -> list[_Layer]:
    base = catalogue_at(archive, detection.at, detection.base, config)
    layers = [_Layer(BASE_SOLUTION, detection.base, base, None)]
    for source in detection.overlays:
        over = catalogue_at(archive, detection.at, (source,), config)
        if over.elements:
            held = frozenset(one.norad_id for one in over.elements)
            sources = (source, *detection.base)
            layers.append(_Layer(source, sources, laid_over(base, over), held))
    return layers


def _screened(
    layer: _Layer, detection: Detection, config: ScreeningConfig, progress: Progress
) -> tuple[tuple[CloseApproach, ...], tuple[Unused, ...]]:
    """Return the close approaches of a catalogue, and the objects left out with reasons."""
    elements = layer.catalogue.elements
    if layer.primaries is not None:
        reach_km = max(detection.threshold_km, config.coincident_km)
        elements = narrowed(elements, layer.primaries, detection.at, detection.hours, reach_km)
    screening = screen(
        elements,
        detection.at,
        detection.hours,
        detection.threshold_km,
        config,
        primaries=layer.primaries,
        progress=progress,
    )
    unused = ((one.element_set.norad_id, one.reason) for one in screening.unusable)
    approaches = with_states(with_longitudes(screening.approaches, elements), elements, config)
    return approaches, (*layer.catalogue.unused, *unused)


def _compared(
    runs: Runs, run_id: str, layers: Sequence[_Layer], told: Sequence[Told]
) -> tuple[Compared, ...]:
    """Return the solutions of a run as they are kept, with what they were made of."""

    def kept(name: str) -> tuple[CloseApproach, ...]:
        return tuple(approach for _, approach in runs.approaches(run_id, name))

    return (
        *(
            Compared(
                one.solution,
                kept(one.solution),
                elements=one.catalogue.elements,
                primaries=one.primaries,
            )
            for one in layers
        ),
        *(Compared(one.solution, kept(one.solution), messages=one.messages) for one in told),
    )


def _run(
    detection: Detection,
    layers: Sequence[_Layer],
    told: Sequence[Told],
    config: ScreeningConfig,
    risk: RiskConfig,
    now: datetime,
) -> Run:
    # How errors are measured decides nothing that element sets alone make.
    deciding = config.model_dump(
        mode="json", exclude={"step_s": True, "volumes": True, "covariance": {"measuring"}}
    )
    digest = sha256(f"{__version__} {detection!r} {deciding!r}".encode())
    for layer in layers:
        digest.update(repr(layer.catalogue).encode())
    if told:
        measuring = config.covariance.measuring.model_dump(mode="json")
        digest.update(f"{risk.model_dump(mode='json')!r} {measuring!r}".encode())
    for one in told:
        digest.update(repr(one).encode())
    return Run(
        digest.hexdigest()[:16],
        detection.at,
        detection.hours,
        detection.threshold_km,
        Status.RUNNING,
        now,
    )
