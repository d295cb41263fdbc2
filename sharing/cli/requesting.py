"""Requests of partners, as the offices read and answer them."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from sda.cli import ConfigOption
from sda.configuration import find_config
from sda.console import say, utc
from sda.settings import load_settings
from sda.times import format_utc
from sharing.errors import ReviewError
from sharing.registry import load_registry
from sharing.requests import Matter, answer_matter, find_matter, plain_text
from sharing.schema import open_sharing

__all__ = ["answer_partner", "request_line"]


def answer_partner(
    request: Annotated[str, typer.Argument(help="Request, as `tearline review list` names it.")],
    office: Annotated[str, typer.Option("--office", help="Office that speaks.")],
    text: Annotated[
        str | None,
        typer.Option(
            "--text", help="What the partner reads; default that of config/contacts.toml."
        ),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(parser=utc, help='The "now"; default the clock.')
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Close a request of a partner.

    The partner reads the text, whatever was decided: it must not tell whether there is more. To
    release more, approve the case, then publish.

    Example: tearline review answer 2vqk7ycl5w3p --office sensor-release-desk
    """
    try:
        said = None if text is None else plain_text(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    settings, now = load_settings(), at or datetime.now(UTC)
    registry = load_registry(find_config(config or settings.config))
    engine = open_sharing(settings.database_url)
    matter = find_matter(engine, registry, request)
    if matter is None:
        raise ReviewError(f"no request {request!r}: `tearline review list` shows them")
    done = answer_matter(engine, matter, office, said, registry, now).listed.request
    say(f"{request}: {office} answers; {done.partner} reads it from {format_utc(done.closes)}")


def request_line(matter: Matter, now: datetime) -> str:
    """Return a line of the list: who asks for what, whose it is, and what it waits in."""
    asked, about, revision = matter.listed.request, matter.listed.subject, matter.listed.revision
    waits = ", ".join(f"case {one.case_id} of {' and '.join(one.offices)}" for one in matter.held)
    return (
        f"{asked.request_id} {asked.state(now)}, {asked.urgency}: {asked.partner} asks for "
        f"{', '.join(asked.wanted) or 'whatever there is'} of item {asked.item_id}, "
        f"{about.pair[0]} and {about.pair[1]}, {about.kind}, TCA {format_utc(about.tca)}, "
        f'"{asked.reason}"; {asked.office}; until {format_utc(asked.expires)}; '
        f"{f'revised since, {revision}; ' if revision > asked.revision else ''}"
        f"{f'it waits in {waits}' if waits else 'it waits in no case'}"
    )
