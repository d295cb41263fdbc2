"""Requests of partners, as the offices read and answer them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from sda.cli import ConfigOption
from sda.configuration import find_config
from sda.console import say, utc
from sda.settings import load_settings
from sda.times import format_utc
from sharing.contacts import office_for
from sharing.errors import ReviewError
from sharing.registry import load_registry
from sharing.requests import Listed, answer_request, cases_for, standing_requests
from sharing.review import Case, cases
from sharing.schema import open_sharing

__all__ = ["answer_partner", "request_document", "request_line", "requests_with_cases"]


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
    if text is not None and not (text.strip() and text.isprintable()):
        raise typer.BadParameter("write plain text in one line")
    settings, now = load_settings(), at or datetime.now(UTC)
    registry = load_registry(find_config(config or settings.config))
    engine = open_sharing(settings.database_url)
    known = {
        one.request.request_id: (one, held) for one, held in requests_with_cases(engine, config)
    }
    if request not in known:
        raise ReviewError(f"no request {request!r}: `tearline review list` shows them")
    entry, held = known[request]
    asked_of = entry.request.office
    answering = {
        asked_of,
        office_for(registry, now, named=asked_of).office.id,
        registry.rules.default_office,
        *(one for case in held for one in case.offices),
    }
    rules = registry.contacts.requests
    step = timedelta(hours=rules.answer_step_hours)
    done = answer_request(engine, request, office, answering, text or rules.answer, step, now)
    say(f"{request}: {office} answers; {done.partner} reads it from {format_utc(done.closes)}")


def requests_with_cases(
    engine: Engine, config: ConfigOption
) -> list[tuple[Listed, tuple[Case, ...]]]:
    """Return all requests with the cases that their partners wait in."""
    found = standing_requests(engine)
    if not found:
        return []
    rules, known = load_registry(find_config(config or load_settings().config)).rules, cases(engine)
    return [(one, cases_for(one.request, one.subject, known, rules)) for one in found]


def request_line(entry: Listed, held: Sequence[Case], now: datetime) -> str:
    """Return a line of the list: who asks for what, whose it is, and what it waits in."""
    asked, about = entry.request, entry.subject
    waits = ", ".join(f"case {one.case_id} of {' and '.join(one.offices)}" for one in held)
    return (
        f"{asked.request_id} {asked.state(now)}, {asked.urgency}: {asked.partner} asks for "
        f"{', '.join(asked.wanted) or 'whatever there is'} of item {asked.item_id}, "
        f"{about.pair[0]} and {about.pair[1]}, {about.kind}, TCA {format_utc(about.tca)}, "
        f'"{asked.reason}"; {asked.office}; until {format_utc(asked.expires)}; '
        f"{f'revised since, {entry.revision}; ' if entry.revision > asked.revision else ''}"
        f"{f'it waits in {waits}' if waits else 'it waits in no case'}"
    )


def request_document(entry: Listed, held: Sequence[Case], now: datetime) -> dict[str, Any]:
    """Return the same as a JSON object, with the answer."""
    asked, about = entry.request, entry.subject
    return {
        "request": asked.request_id,
        "state": asked.state(now).value,
        "partner": asked.partner,
        "item": asked.item_id,
        "asked_at_revision": asked.revision,
        "revision": entry.revision,
        "item_status": entry.status,
        "norad_id_1": about.pair[0],
        "norad_id_2": about.pair[1],
        "kind": about.kind,
        "tca_utc": format_utc(about.tca),
        "opened_utc": format_utc(asked.opened),
        "expires_utc": format_utc(asked.expires),
        "reason": asked.reason,
        "wanted": asked.wanted,
        "urgency": asked.urgency.value,
        "office": asked.office,
        "cases": [case.case_id for case in held],
        "answered_utc": format_utc(asked.answered) if asked.answered else None,
        "answered_by": asked.answered_by or None,
        "answer": asked.answer or None,
    }
