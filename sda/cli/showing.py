"""Explain one event on the terminal: evidence, episodes, trend, who moved, who declared it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson
import typer

from sda.configuration import find_config
from sda.errors import EventError
from sda.rpo.context.declared import Declared, read_declared
from sda.settings import Settings, load_settings
from sda.times import parse_utc

__all__ = ["explanation", "find_event", "read_events", "show_event"]

_SHOWN: Final = 20
_NAMED: Final = 5

Document = Mapping[str, Any]


def show_event(
    event_id: str, file: Path | None, solution: str, as_json: bool, config: Path | None
) -> None:
    """Print one event of a file or of the database.

    Raises EventError when there is none of this name, or the file holds no events.
    """
    settings = load_settings()
    found = find_event(event_id, file, solution, settings)
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    # The database of one configuration may be read with another: then the name must do.
    declared = {one.id: one for one in read_declared(find_config(config))}
    try:
        lines = tuple(explanation(found, declared))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EventError(
            f"{event_id} is not as `tearline rpo` writes events: write the file anew"
        ) from None
    label = ("EXERCISE",) if settings.exercise else ()
    typer.echo("\n".join((*label, *lines)))


def find_event(event_id: str, file: Path | None, solution: str, settings: Settings) -> Document:
    """Return one event of a file of `tearline rpo`, or without one of the database.

    Raises EventError when there is none of this name, or the file holds no events.
    """
    return _in_file(event_id, file) if file else _in_database(event_id, solution, settings)


def read_events(file: Path) -> tuple[Document, ...]:
    """Read what `tearline rpo` wrote as JSON or JSON lines.

    Raises EventError for a file that cannot be read or holds something else.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        raise EventError(f"cannot read {file}: {error.strerror}; check the path") from None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = _lines(text)
    events = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) and isinstance(one.get("event_id"), str) for one in events):
        raise EventError(f"{file} holds no events: give JSON of `tearline rpo --format json`")
    return tuple(events)


def explanation(event: Document, declared: Mapping[str, Declared]) -> Iterator[str]:
    """Yield the lines that explain an event to a reader."""
    first, second = (f"{event[f'norad_id_{n}']} {event[f'name_{n}']}".rstrip() for n in (1, 2))
    yield f"{event['event_id']}: {event['verdict']}, {event['class']}, {event['status']}"
    yield f"{first} / {second}, {event['regime']}"
    yield f"from {event['start_utc']} to {event['end_utc']}"
    sigma = "" if event.get("sigma_km") is None else f" (1 sigma {_number(event['sigma_km'])} km)"
    if sigma and event.get("sigma_origin") == "measured":
        sigma = f"{sigma[:-1]}, measured)"
    unresolved = "" if event["resolvable"] else "; below its own error, not resolved"
    yield f"nearest {_number(event['min_range_km'])} km at {event['min_range_utc']}" + (
        sigma + unresolved
    )
    yield (
        f"slowest {_number(event['min_hill_speed_m_s'])} m/s in the Hill frame, near and slow for "
        f"{_number(event['dwell_hours'])} h"
    )
    actor = f"{event['actor_norad_id'] or ''} {event.get('actor_name') or ''}".strip()
    yield f"who moved: {actor or 'not known'}"
    yield f"declared by its operators: {_declared(event, declared)}"
    if "first_told_utc" in event:
        yield _runs(event)
    yield ""
    yield from _evidence(event)
    yield ""
    yield from _episodes(event["episodes"])
    if event.get("trend"):
        yield ""
        yield from _trend(event["trend"])


def _runs(event: Document) -> str:
    """Say which runs told of an event that the database keeps."""
    told = (
        f"told by runs of {_minute(event['first_told_utc'])} to {_minute(event['last_told_utc'])}"
    )
    changed = f", changed {_minute(event['changed_utc'])}" if event["changed_utc"] else ""
    return (
        told + changed + (f", closed {_minute(event['closed_utc'])}" if event["closed_utc"] else "")
    )


def _declared(event: Document, declared: Mapping[str, Declared]) -> str:
    if not event["declared"]:
        return "no"
    known = declared.get(event["declared_id"])
    if known is None:
        return f"yes, as {event['declared_id']}"
    invented = ", ILLUSTRATIVE" if known.illustrative else ""
    return f"{known.title}, announced by {known.announced_by} ({known.id}{invented})"


def _evidence(event: Document) -> Iterator[str]:
    rows = [
        (
            one["name"],
            one["value"] if isinstance(one["value"], str) else _number(one["value"]),
            one["unit"],
            one["threshold"],
            f"{one['points']:+g}",
        )
        for one in event["evidence"]
    ]
    total = sum(one["points"] for one in event["evidence"])
    yield from _table(("evidence", "value", "unit", "threshold", "points"), rows, "<><<>")
    gate = f", capped by gate {event['gate']}" if event.get("gate") else ""
    yield f"score {event['score']:g} of {total:g} points{gate}"


def _episodes(episodes: Sequence[Document]) -> Iterator[str]:
    headings = (
        "episode from", "to", "least km", "most km", "Hill m/s", "dwell h", "minima", "ages d",
    )  # fmt: skip
    rows = [
        (
            _minute(one["start_utc"]),
            _minute(one["end_utc"]),
            _number(one["min_range_km"]),
            _number(one["max_range_km"]),
            _number(one["min_hill_speed_m_s"]),
            _number(one["dwell_hours"]),
            str(len(one["minima"])),
            f"{one['age_days_1']:.1f} {one['age_days_2']:.1f}",
        )
        for one in episodes
    ]
    yield from _table(headings, rows, "<<>>>>>>")


def _trend(trend: Sequence[Document]) -> Iterator[str]:
    """Show all days, or of many those on which something changed, and the last."""
    shown = list(trend)
    if len(shown) > _SHOWN:
        changed = [b for a, b in pairwise(trend) if _told(a) != _told(b)]
        shown = [trend[0], *(one for one in changed if one is not trend[-1]), trend[-1]]
        shown = [*shown[: _SHOWN - 1], shown[-1]] if len(shown) > _SHOWN else shown
    rows = [
        (
            _day(one["utc"]),
            _number(one["min_range_km"]),
            f"{one['score']:g}",
            one["class"],
            one["verdict"],
        )
        for one in shown
    ]
    yield from _table(("trend", "least km", "score", "class", "verdict"), rows, "<>><<")
    if len(shown) < len(trend):
        yield f"{len(trend)} days, {len(shown)} shown: changes, first, last; --format json has all"


def _told(one: Document) -> tuple[str, str]:
    return one["class"], one["verdict"]


def _in_file(event_id: str, file: Path) -> Document:
    events = read_events(file)
    for one in events:
        if one["event_id"] == event_id:
            return one
    what = _names(events) or "it is empty; give the file of another search"
    raise EventError(f"no event {event_id} in {file}: {what}")


def _in_database(event_id: str, solution: str, settings: Settings) -> Document:
    # Whoever looks into a file need not wait for the database to load.
    from sda.store import Events, open_store

    events = Events(open_store(settings.database_url))
    found = events.get(event_id, solution)
    if found is None:
        known = [one.document for one in events.listed(solution=solution, limit=_NAMED + 1)]
        what = _names(known) or "`tearline run` keeps those it finds, and there is none yet"
        raise EventError(f"no event {event_id} of solution {solution} in the database: {what}")
    return found.as_document()


def _names(events: Sequence[Document]) -> str:
    """Name some events to choose from; empty when there is none."""
    named = ", ".join(one["event_id"] for one in events[:_NAMED])
    return f"choose of {named}{' and others' if len(events) > _NAMED else ''}" if named else ""


def _lines(text: bytes) -> list[Any]:
    try:
        return [orjson.loads(line) for line in text.splitlines() if line.strip()] or [None]
    except orjson.JSONDecodeError:
        return [None]


def _minute(utc: str) -> str:
    return f"{utc[:16]}Z"


def _day(utc: str) -> str:
    """Return the day that ends at a time, or in which it lies."""
    return f"{parse_utc(utc) - timedelta(microseconds=1):%Y-%m-%d}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    """Yield rows in columns as wide as needed, each to the left or to the right."""
    cells = [headings, *rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(headings))]
    for row in cells:
        yield "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)
        ).rstrip()
