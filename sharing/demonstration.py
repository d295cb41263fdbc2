"""Show the chain at work on the synthetic scenario: what is near, and who may know what of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from sda.configuration import packaged, read_toml
from sda.console import progress, say
from sda.jobs import ingest
from sda.model import RPO, CloseApproach, Kind
from sda.rpo.config import RpoConfig
from sda.rpo.context.declared import read_declared
from sda.rpo.detection import Knowledge, detect
from sda.rpo.history.cleaning import cleaned
from sda.rpo.model import Event, Verdict
from sda.rpo.truth import TrueEvent, figures, true_events
from sda.settings import Settings
from sda.store import Archive, Runs
from sda.times import format_utc, parse_utc
from sharing.errors import FeedError
from sharing.feeds import FeedItem, read_page
from sharing.jobs import Ran, open_office, run_once
from sharing.release import DISAGREEMENT, FACTS
from sharing.schema import open_sharing
from sharing.secret import server_secret
from sharing.signing import signing_key

__all__ = ["demonstrate"]

_SOURCES = {
    "public": "synthetic-public",
    "commercial": "commercial",
    "operator": "commercial",
    "trilateral": "trilateral",
}
"""Source of each directory of the scenario."""

_PARTNERS = ("aus", "fra")
"""Shown side by side: one has the trilateral arrangement, the other the commercial licence."""

_THRESHOLD_KM = 5.0
_SHOWN = 12
_PAGE = 1000
_WIDTH = 110
_LONGEST = 24

Pair = tuple[int, int]


def demonstrate(directory: Path) -> None:
    """Run the main job on the scenario, with its database in a directory, and print the outcome."""
    directory.mkdir(parents=True, exist_ok=True)
    settings = Settings(database_url=f"sqlite:///{directory}/tearline.db")
    engine = open_sharing(settings.database_url)
    ran = _run(engine, settings)
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(
        "\n[bold]EXERCISE[/bold]: synthetic scenario, invented markings.\n"
        f"{ran.detected.n_objects} objects screened all against all, {ran.detected.run.hours:g} h "
        f"from {format_utc(ran.detected.run.at)}: "
        + ", ".join(f"{n} rows {name}" for name, n in ran.detected.n_approaches.items())
    )
    approaches = [one for _, one in Runs(engine).approaches(ran.detected.run.run_id, "public")]
    console.print(_close_approaches(approaches))
    for part in _operations(engine, ran.detected.run.at):
        console.print(part)
    items = {name: list(_feed(engine, name)) for name in _PARTNERS}
    feeds = {
        name: {pair: item for pair, item in some if item.body["kind"] != RPO}
        for name, some in items.items()
    }
    pair = _most_different(feeds)
    console.print(_side_by_side(pair, feeds))
    for line in _counts(feeds):
        console.print(line)
    told = (f"{sum(item.body['kind'] == RPO for _, item in items[name])} {name}" for name in items)
    console.print(
        f"Operations in their feeds, each with its evidence (kind {RPO}): {', '.join(told)}"
    )
    for line in _next(directory):
        console.print(line, highlight=False, soft_wrap=True)


def _run(engine: Engine, settings: Settings) -> Ran:
    samples = packaged("tle_samples") / "scenario"
    window = orjson.loads((samples / "truth.json").read_bytes())["demo"]
    now = datetime.now(UTC)
    for name, source in _SOURCES.items():
        for one in ingest(engine, [samples / name], source, now):
            say(f"ingested {Path(one.file).name}: {one.new} new, {one.known} known")
    with progress("screening") as told:
        return run_once(
            engine,
            open_office(packaged("config")),
            server_secret(settings),
            (),
            "synthetic-public",
            parse_utc(window["at_utc"]),
            float(window["hours"]),
            _THRESHOLD_KM,
            now,
            told,
            signing_key(settings),
        )


def _operations(engine: Engine, at: datetime) -> Iterator[Table | str]:
    """Yield the operations of all days up to a time, and how they compare with the truth."""
    truth = orjson.loads((packaged("tle_samples") / "scenario" / "truth.json").read_bytes())
    begin = parse_utc(truth["start_utc"])
    config = read_toml(packaged("config") / "rpo.toml", RpoConfig)
    sets = Archive(engine).histories(begin, at, ("synthetic-public",))
    history = cleaned(sets, config.history, outliers=config.outliers)
    with progress("looking for operations") as told:
        events = detect(
            history,
            begin,
            (at - begin) / timedelta(days=1),
            config,
            Knowledge(declared=read_declared(packaged("config"))),
            everything=True,
            told=told,
        ).events
    table = Table(title="Rendezvous and proximity operations", title_justify="left")
    for heading in ("verdict", "score", "class", "object 1", "object 2", "least km", "from", "to"):
        table.add_column(heading, justify="right" if heading in ("score", "least km") else "left")
    for one in events:
        if one.verdict in (Verdict.PROBABLE, Verdict.POSSIBLE):
            declared = " (declared)" if one.declared else ""
            table.add_row(
                f"{one.verdict}{declared}",
                f"{one.score.points:.0f}",
                one.event_class.value,
                one.name_1,
                one.name_2,
                f"{one.min_range_km:.2f}",
                f"{one.start:%m-%d}",
                "open" if one.is_open else f"{one.end:%m-%d}",
            )
    yield table
    yield _against_truth(true_events(truth, at), events)


def _against_truth(truths: Sequence[TrueEvent], events: Sequence[Event]) -> Table:
    """Return precision and recall of each class."""
    table = Table(title="Against the scenario's truth", title_justify="left")
    for heading in ("class", "true", "recall", "told", "precision"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    for one in figures(truths, events):
        shares = ("" if share is None else f"{share:.2f}" for share in (one.recall, one.precision))
        recall, precision = shares
        table.add_row(one.event_class.value, str(one.n_true), recall, str(one.n_told), precision)
    return table


def _close_approaches(approaches: list[CloseApproach]) -> Table:
    """Return the slow pairs, then the nearest crossings."""
    slow = [one for one in approaches if one.kind in (Kind.PROXIMITY, Kind.COINCIDENT)]
    fast = [one for one in approaches if one.kind is Kind.CROSSING]
    fast.sort(key=lambda one: one.miss_km)
    table = Table(title="Slow pairs, then the nearest crossings", title_justify="left")
    for heading in ("kind", "object 1", "object 2", "TCA (UTC)", "miss km", "km/s", "max Pc"):
        table.add_column(heading, justify="right" if heading[0] in "mk" else "left")
    for one in [*slow, *fast[: max(_SHOWN - len(slow), 5)]]:
        table.add_row(
            one.kind.value,
            one.name_1,
            one.name_2,
            f"{one.tca:%m-%d %H:%M:%S}",
            f"{one.miss_km:.3f}",
            f"{one.relative_speed_km_s:.3f}",
            "" if one.max_probability is None else f"{one.max_probability:.0e}",
        )
    return table


def _feed(engine: Engine, partner: str) -> Iterator[tuple[Pair, FeedItem]]:
    """Yield what a partner's feed holds, by pair, active items alone."""
    after, more = 0, True
    while more:
        page = read_page(engine, partner, after, _PAGE)
        after, more = page.last, page.more
        for item in page.items:
            if item.status == "active":
                facts = item.body["facts"]
                yield (facts["norad_id_1"]["value"], facts["norad_id_2"]["value"]), item


def _most_different(feeds: Mapping[str, Mapping[Pair, FeedItem]]) -> Pair:
    """Return the pair that both partners see, of which their facts differ most."""
    first, second = (feeds[name] for name in _PARTNERS)
    both = sorted(first.keys() & second.keys())
    if not both:
        raise FeedError("the two partners share no event: is the packaged configuration changed?")

    def difference(pair: Pair) -> int:
        mine, theirs = first[pair].body, second[pair].body
        facts = mine["facts"].keys() | theirs["facts"].keys()
        return sum(mine["facts"].get(name) != theirs["facts"].get(name) for name in facts)

    return max(both, key=difference)


def _side_by_side(pair: Pair, feeds: Mapping[str, Mapping[Pair, FeedItem]]) -> Table:
    table = Table(title="One event, two partners", title_justify="left")
    table.add_column("fact")
    seen = [feeds[name][pair].body for name in _PARTNERS]
    for name, body in zip(_PARTNERS, seen, strict=True):
        table.add_column(f"{name}: {body['marking']['banner']}")
    table.add_row("rendition", *(body["rendition"] for body in seen))
    for name in (*FACTS, "sources", DISAGREEMENT):
        if any(name in body["facts"] for body in seen):
            table.add_row(name, *(_shown(body, name) for body in seen))
    return table


def _shown(body: Mapping[str, Any], name: str) -> str:
    """Return a fact as a cell, with its portion where that is not the item's."""
    fact = body["facts"].get(name)
    if fact is None:
        return "[dim]withheld[/dim]"
    portion = "" if fact["marking"] == body["marking"]["portion"] else f" {fact['marking']}"
    if len(value := str(fact["value"])) > _LONGEST:
        # A state or a covariance.
        return f"{value[:_LONGEST]}...{portion}"
    return f"{value} {fact['unit']}{portion}".strip()


def _counts(feeds: Mapping[str, Mapping[Pair, FeedItem]]) -> Iterator[str]:
    first, second = _PARTNERS
    only = sorted(feeds[first].keys() - feeds[second].keys())
    yield (
        f"\n{len(feeds[first])} pairs in the feed of {first}, {len(feeds[second])} in that of "
        f"{second}; {second} is shown no trace of these {len(only)}:"
    )
    for pair in only[:3]:
        facts = feeds[first][pair].body["facts"]
        yield f"  {facts['name_1']['value']} / {facts['name_2']['value']}"


def _next(directory: Path) -> Iterator[str]:
    first = _PARTNERS[0]
    yield "\nRead the feed as a partner does:"
    yield "  export PATH=$PWD/.venv/bin:$PATH"
    yield f"  export TEARLINE_DATABASE_URL=sqlite:///{directory}/tearline.db"
    yield f"  key=$(tearline key issue --partner {first})"
    yield "  tearline serve --port 8000 &"
    yield "  curl -H \"Authorization: Bearer $key\" 'http://127.0.0.1:8000/v1/feed?limit=2'"
    yield "  tearline ledger verify"
    yield "Screen files of your own: tearline screen FILE --start ... --hours 24 --threshold-km 5"
