"""`tearline policy`: check, lay out and preview what the policies do."""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import combinations, groupby
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.console import positive, say, utc
from sda.errors import ConfigError
from sda.settings import load_settings
from sda.times import format_utc
from sharing.deciding import decided_at, latest_run
from sharing.errors import PolicyError, RegistryError
from sharing.markings import Register
from sharing.policy import Band, load_engine, read_engine
from sharing.policy.checking import check
from sharing.policy.invariants import read_invariants
from sharing.policy.matrix import Row, matrix
from sharing.previewing import Backlog, Difference, preview
from sharing.registry import load_register, load_registry
from sharing.release import Release
from sharing.schema import open_sharing

__all__ = ["policy_app"]

policy_app = typer.Typer(help="Check, lay out and preview the policies.", no_args_is_help=True)


class MatrixFormat(StrEnum):
    """Formats of the matrix."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


@policy_app.command("check")
def policy_check(
    at: Annotated[
        datetime | None, typer.Option(parser=utc, help="Day to check for; default the clock.")
    ] = None,
    soon_days: Annotated[
        float, typer.Option("--soon-days", callback=positive, help="How soon is soon.")
    ] = 90.0,
    format: Annotated[TextFormat, typer.Option(help="Format.")] = TextFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """Check policies, invariants, agreements and reviews; fail when something is wrong.

    Example: tearline policy check --soon-days 180
    """
    folder = _folder(config)
    registry = load_registry(folder)
    engine = read_engine(folder, registry)
    invariants = read_invariants(folder)
    day = (at or datetime.now(UTC)).date()
    found = check(engine, registry, invariants, day, timedelta(days=soon_days))
    wrong = sum(finding.is_wrong for finding in found)
    if format is TextFormat.JSON:
        shown = {
            "day": day.isoformat(),
            "policy": engine.digest,
            "invariants": [one.id for one in invariants],
            "findings": [asdict(finding) for finding in found],
        }
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    else:
        for finding in found:
            typer.echo(f"{'wrong' if finding.is_wrong else 'warning'}: {finding.text}")
        typer.echo(
            f"{len(engine.policies)} policies, {len(invariants)} invariants, "
            f"{len(registry.agreements)} agreements: {wrong} wrong, {len(found) - wrong} warnings"
        )
    if wrong:
        raise PolicyError(f"{wrong} things are wrong with {folder}: correct them")


@policy_app.command("matrix")
def policy_matrix(
    partner: Annotated[
        list[str] | None, typer.Option("--partner", help="Of these alone; repeat for more.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Of these alone; repeat for more.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(parser=utc, help="Day it holds for; default the clock.")
    ] = None,
    format: Annotated[MatrixFormat, typer.Option(help="Format.")] = MatrixFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """Lay out what each partner would get of each source and group of facts, by time to TCA.

    Each source by itself, and each two marked ones together. Text puts partners and groups that
    get the same in one line.

    Example: tearline policy matrix --source trilateral --format csv
    """
    folder = _folder(config)
    registry = load_registry(folder)
    partners = _known("partner", partner, registry.partners)
    sources = _known("source", source, registry.sources)
    overlays = [name for name in sources if not registry.sources[name].base]
    sets = [*((name,) for name in sources), *combinations(overlays, 2)]
    day = (at or datetime.now(UTC)).date()
    rows = list(matrix(read_engine(folder, registry), registry, day, partners, sets))
    if format is MatrixFormat.JSON:
        shown = [_plain_row(row) for row in rows]
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    elif format is MatrixFormat.CSV:
        plain = [{**_plain_row(row), "sources": " ".join(row.sources)} for row in rows]
        writer = csv.DictWriter(sys.stdout, list(plain[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(plain)
    else:
        typer.echo("\n".join(_matrix_lines(rows)))


@policy_app.command("preview")
def policy_preview(
    config: Annotated[
        Path | None, typer.Option("--config", help="The changed configuration directory.")
    ] = None,
    register: Annotated[
        str | None,
        typer.Option(
            metavar="DAY|FILE",
            help="The edition of the register to suppose: that of a day, or a file of a new one.",
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Directory to compare with; default the configuration in force."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(parser=utc, help="Time of decision; default that of the last publication."),
    ] = None,
    format: Annotated[TextFormat, typer.Option(help="Format.")] = TextFormat.TEXT,
) -> None:
    """Replay the latest run under a changed configuration, and list what would change for whom.

    Also how much of what is withheld or held for a review now that would free. Nothing is
    published.

    Example: tearline policy preview --register 2023-04-04
    """
    if config is None and register is None:
        raise typer.BadParameter("give what is to change: --config, --register or both")
    settings = load_settings()
    engine = open_sharing(settings.database_url)
    run = latest_run(engine)
    standing = find_config(against or settings.config)
    changed = find_config(config) if config else standing
    if register is None and changed.resolve() == standing.resolve():
        raise ConfigError(f"{config} is the configuration in force: give a changed copy of it")
    before = load_registry(standing)
    after = load_registry(changed, _edition(register, changed) if register else None)
    found = preview(
        engine,
        run,
        (before, read_engine(standing, before)),
        (after, load_engine(changed, after)),
        at or decided_at(engine, run),
    )
    if format is TextFormat.JSON:
        shown = {
            "exercise": settings.exercise,
            "run_id": run.run_id,
            "register": {
                "now": before.register.edition.isoformat(),
                "then": after.register.edition.isoformat(),
            },
            "differences": [_plain_difference(one) for one in found.differences],
            "backlog": [{**asdict(one), "policy": one.policy or None} for one in found.backlog],
        }
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    if settings.exercise:
        typer.echo("EXERCISE")
    for partner, differences in groupby(found.differences, key=lambda one: one.partner):
        listed = list(differences)
        counts = Counter(one.kind.value for one in listed)
        typer.echo(f"{partner}: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))
        for one in listed:
            typer.echo(f"  {_difference_line(one)}")
    for line in _backlog_lines(found.backlog):
        say(line)
    say(f"run {run.run_id}: {len(found.differences)} items would change; nothing is published")


def _edition(asked: str, config: Path) -> Register:
    """Return the edition of a register that counts on a day, or that a file proposes."""
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return load_register(config, Path(asked))
    return load_register(config).at(day)


def _backlog_lines(backlog: Iterable[Backlog]) -> Iterator[str]:
    """Yield a line for each partner for whom the change frees, or holds, anything."""
    for partner, some in groupby(backlog, key=lambda one: one.partner):
        changes = [
            f"{one.policy or 'in all'} {one.now} -> {one.then}"
            for one in some
            if one.now != one.then
        ]
        if changes:
            yield f"withheld or held for a review for {partner}: {', '.join(changes)}"


def _folder(explicit: Path | None) -> Path:
    return find_config(explicit or load_settings().config)


def _known(what: str, asked: Sequence[str] | None, known: Iterable[str]) -> Sequence[str]:
    names = tuple(known)
    for name in asked or ():
        if name not in names:
            raise RegistryError(f"no {what} {name!r}: choose of {', '.join(names)}")
    return asked or names


def _plain_row(row: Row) -> dict[str, Any]:
    cells = zip(Band, row.cells, strict=True)
    return {
        "partner": row.partner,
        "sources": row.sources,
        "marking": row.marking,
        "protected": row.protected,
        "group": row.group,
        **{band.value: cell.value for band, cell in cells},
    }


def _matrix_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a block for each combination of sources; who gets the same stands in one line."""
    by_sources: dict[tuple[tuple[str, ...], str], dict[str, list[Row]]] = {}
    for row in rows:
        block = by_sources.setdefault((row.sources, row.marking), {})
        block.setdefault(row.partner, []).append(row)
    for (sources, marking), block in by_sources.items():
        yield f"{' + '.join(sources)}, {marking}"
        alike: dict[tuple[str, ...], list[str]] = {}
        for partner, some in block.items():
            alike.setdefault(tuple(_group_lines(some)), []).append(partner)
        for lines, partners in alike.items():
            yield f"  {', '.join(partners)}"
            yield from (f"    {line}" for line in lines)


def _group_lines(rows: Sequence[Row]) -> Iterator[str]:
    alike: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for row in rows:
        alike.setdefault((row.protected, row.cells), []).append(row.group)
    for (protected, cells), groups in alike.items():
        about = " of a protected asset" if protected else ""
        by_band = "; ".join(f"{band.value} {cell}" for band, cell in zip(Band, cells, strict=True))
        yield f"{', '.join(groups)}{about}: {cells[0] if len(set(cells)) == 1 else by_band}"


def _difference_line(one: Difference) -> str:
    shown = one.after or one.before
    pair = f"{shown.objects[0]} and {shown.objects[1]} at {format_utc(shown.tca)}" if shown else ""
    item = f" ({one.item_id})" if one.item_id else ""
    return f"{one.kind.value}: {pair}{item}: {_rung(one.before)} -> {_rung(one.after)}"


def _rung(release: Release | None) -> str:
    return f"{release.rendition}, {release.banner}" if release else "nothing"


def _plain_difference(one: Difference) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "change": one.kind.value,
        "item_id": one.item_id,
        "before": _plain_release(one.before),
        "after": _plain_release(one.after),
    }


def _plain_release(release: Release | None) -> dict[str, Any] | None:
    if release is None:
        return None
    return {
        "norad_id_1": release.objects[0],
        "norad_id_2": release.objects[1],
        "tca_utc": format_utc(release.tca),
        "kind": release.kind,
        "rendition": release.rendition,
        "banner": release.banner,
        "solution": release.solution,
        "facts": [fact.name for fact in release.facts],
    }
