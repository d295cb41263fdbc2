"""`tearline contacts`: who answers for what, and what is wrong with that."""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from sda.cli import ConfigOption
from sda.configuration import find_config
from sda.console import positive, utc
from sda.settings import load_settings
from sharing.contacts import check_contacts, is_open, office_for
from sharing.errors import RegistryError
from sharing.policy.checking import Finding
from sharing.registry import Registry, load_registry

__all__ = ["contacts_app"]

contacts_app = typer.Typer(help="List and check the offices that answer.", no_args_is_help=True)


class ContactsFormat(StrEnum):
    """Formats of offices and of findings."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


AtOption = Annotated[
    datetime | None, typer.Option(parser=utc, help='The "now"; default the clock.')
]
FormatOption = Annotated[ContactsFormat, typer.Option("--format", help="Format.")]


@contacts_app.command("list")
def list_contacts(
    at: AtOption = None,
    format: FormatOption = ContactsFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """List the offices, what each is for, and who answers in its place now.

    Example: tearline contacts list --format csv
    """
    registry, now = _registry(config), at or datetime.now(UTC)
    rows = [_row(registry, name, now) for name in registry.offices]
    lines = [
        f"{row['office']}: {row['role']}, {row['channel']}; {', '.join(row['topics'])}; "
        f"{row['hours']}; {', '.join(row['languages'])}; verified {row['last_verified']}; "
        + ("answers" if row["answers"] == row["office"] else f"{row['answers']} stands in")
        for row in rows
    ]
    _show(rows, list(rows[0]) if rows else [], lines, format)


@contacts_app.command("check")
def check(
    at: AtOption = None,
    soon_days: Annotated[
        float, typer.Option("--soon-days", callback=positive, help="How soon is soon.")
    ] = 30.0,
    format: FormatOption = ContactsFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """List unfilled posts, stale entries and topics that nobody covers; fail when there are any.

    Example: tearline contacts check --soon-days 60
    """
    registry = _registry(config)
    day = (at or datetime.now(UTC)).date()
    found = check_contacts(registry, day, timedelta(days=soon_days))
    wrong = sum(finding.is_wrong for finding in found)
    lines = [
        *(f"{'wrong' if one.is_wrong else 'warning'}: {one.text}" for one in found),
        f"{len(registry.offices)} offices, {len(registry.contacts.topics)} topics: {wrong} wrong, "
        f"{len(found) - wrong} warnings",
    ]
    columns = [field.name for field in fields(Finding)]
    _show([asdict(finding) for finding in found], columns, lines, format)
    if wrong:
        raise RegistryError(f"{wrong} things are wrong with the offices: correct config/offices")


def _registry(config: ConfigOption) -> Registry:
    return load_registry(find_config(config or load_settings().config))


def _row(registry: Registry, name: str, now: datetime) -> dict[str, Any]:
    office = registry.offices[name]
    return {
        "office": name,
        "role": office.role,
        "channel": office.channel,
        "topics": office.topics,
        "hours": office.hours,
        "open_now": is_open(office, now),
        "languages": office.languages,
        "alternates": office.alternates,
        "filled": office.filled,
        "last_verified": office.last_verified.isoformat(),
        "answers": office_for(registry, now, named=name).office.id,
    }


def _show(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    lines: Sequence[str],
    format: ContactsFormat,
) -> None:
    if format is ContactsFormat.JSON:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    elif format is ContactsFormat.CSV:
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    else:
        for line in lines:
            typer.echo(line)


def _cell(value: Any) -> Any:
    return "; ".join(value) if isinstance(value, tuple) else value
