"""Do what `tearline cdm write` is asked: find the closest approach, and write its message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sda.ccsds import CdmFormat, write_cdm
from sda.ccsds.approaches import Judging, Subject, closest_approach, message_of
from sda.ccsds.config import MessagesConfig
from sda.cli.choice import say_rejects
from sda.cli.showing import find_event
from sda.configuration import find_config, read_toml
from sda.console import say
from sda.elements import SatcatEntry, read_files, read_satcat
from sda.errors import CatalogueError, EventError
from sda.model import ElementSet
from sda.outputs import opened
from sda.risk import CovarianceConfig
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig
from sda.settings import load_settings
from sda.times import format_utc, parse_utc

__all__ = ["WriteRequest", "answer"]

_EXERCISE: Final = "EXERCISE"
_NEAR: Final = timedelta(minutes=10)
_SHARE: Final = 0.6
"""Of a revolution, in which a range is least once at least."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """The options of `tearline cdm write`; either a pair and a time, or an event."""

    catalogue: tuple[str, ...]
    pair: tuple[int, int] | None
    tca: datetime | None
    event: str | None
    file: Path | None
    within_min: float | None
    """None for 10 minutes, or of an event most of a revolution."""
    hbr_m: float | None
    satcat: Path | None
    message_for: str
    created: datetime
    format: str
    out: Path | None
    config: Path | None


def answer(request: WriteRequest) -> None:
    """Write the message that is asked for.

    Raises CatalogueError where an object has no element set or the pair no closest approach,
    EventError for an event that there is not.
    """
    judging = _judging(find_config(request.config))
    pair, near = _sought(request)
    satcat = None if request.satcat is None else read_satcat(request.satcat).entries
    histories = _histories(request.catalogue, pair)
    # Of files `tearline screen` takes the newest set, whenever it is of; so its rows are met again.
    newest = request.event is None and "db" not in request.catalogue
    first, second = (
        _subject(number, histories[number], None if newest else near, satcat) for number in pair
    )
    within = _within(request, first.element_set, second.element_set)
    tca = closest_approach(first.element_set, second.element_set, near, within, judging.screening)
    cdm = message_of(
        (first, second), tca, request.created, judging, request.hbr_m, request.message_for
    )
    with opened(request.out) as stream:
        stream.write(write_cdm([cdm], CdmFormat(request.format)).encode())
    say(
        f"{pair[0]} and {pair[1]} at {format_utc(tca)}: {cdm.text('MISS_DISTANCE')} m, "
        f"Pc {cdm.text('COLLISION_PROBABILITY') or 'none'}, covariances assumed"
    )


def _judging(config: Path) -> Judging:
    messages = read_toml(config / "messages.toml", MessagesConfig)
    if load_settings().exercise:
        comments = (_EXERCISE, *messages.comments)
        messages = messages.model_copy(update={"comments": comments})
    return Judging(
        messages,
        read_toml(config / "risk.toml", RiskConfig),
        read_toml(config / "covariance.toml", CovarianceConfig),
        read_toml(config / "screening.toml", ScreeningConfig),
    )


def _sought(request: WriteRequest) -> tuple[tuple[int, int], datetime]:
    if request.pair is not None and request.tca is not None:
        return request.pair, request.tca
    event = find_event(request.event or "", request.file, "public", load_settings())
    try:
        pair = int(event["norad_id_1"]), int(event["norad_id_2"])
        return pair, parse_utc(event["min_range_utc"])
    except (KeyError, TypeError, ValueError):
        raise EventError(
            f"{request.event} is not as `tearline rpo` writes events: write the file anew"
        ) from None


def _histories(
    catalogue: tuple[str, ...], pair: tuple[int, int]
) -> Mapping[int, tuple[ElementSet, ...]]:
    """Return all sets of both objects that are given, by epoch."""
    paths = [Path(name) for name in catalogue if name != "db"]
    reading = read_files(paths)
    say_rejects(reading.rejects)
    elements = [one for one in reading.elements if one.norad_id in pair]
    if len(paths) < len(catalogue):
        from sda.store import Archive, open_store

        archive = Archive(open_store(load_settings().database_url))
        elements += [one for number in pair for one in archive.history(number)]
    histories = {}
    for number in pair:
        own = [one for one in elements if one.norad_id == number]
        if not own:
            raise CatalogueError(f"no element set of {number}: give a file that has one, or `db`")
        histories[number] = tuple(sorted(own, key=lambda one: one.epoch))
    return histories


def _within(request: WriteRequest, *sets: ElementSet) -> timedelta:
    if request.within_min is not None:
        return timedelta(minutes=request.within_min)
    if request.event is None:
        return _NEAR
    # The day of an event may end before its range is least.
    return timedelta(days=_SHARE / min(one.mean_motion_rev_day for one in sets))


def _subject(
    number: int,
    history: tuple[ElementSet, ...],
    at: datetime | None,
    satcat: Mapping[int, SatcatEntry] | None,
) -> Subject:
    """Return an object with its newest set, or of a time its newest until then, else its first."""
    known = history if at is None else [one for one in history if one.epoch <= at]
    chosen = known[-1] if known else history[0]
    entry = None if satcat is None else satcat.get(number)
    # A source beside another is another history: errors are those of one.
    own = tuple(one for one in history if one.source == chosen.source)
    return Subject(chosen, own, entry)
