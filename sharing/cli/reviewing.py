"""The commands of the review queue: what waits or is asked for, and what offices say of it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.console import say, utc
from sda.settings import load_settings
from sda.times import format_utc
from sharing.cli.requesting import answer_partner, request_line
from sharing.errors import RegistryError
from sharing.registry import load_registry
from sharing.requests import matters, request_document
from sharing.review import State, approve, case_document, cases, refuse, state_of, verdicts
from sharing.schema import open_sharing

__all__ = ["review_app"]

review_app = typer.Typer(
    help="List, approve and refuse what policy holds for a review; answer requests.",
    no_args_is_help=True,
)

review_app.command("answer")(answer_partner)

CaseArgument = Annotated[str, typer.Argument(help="Case, as `tearline review list` names it.")]
OfficeOption = Annotated[str, typer.Option("--office", help="Office that speaks.")]
ForPartner = Annotated[
    str | None, typer.Option("--partner", help="For this partner alone; default all.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Kept in the log.")]
AtOption = Annotated[
    datetime | None, typer.Option(parser=utc, help='The "now"; default the clock.')
]


@review_app.command("list")
def list_cases(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is answered, expired or settled.")
    ] = False,
    office: Annotated[str | None, typer.Option("--office", help="For this office.")] = None,
    at: AtOption = None,
    format: Annotated[TextFormat, typer.Option(help="Format.")] = TextFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """List what waits for a review, and what partners ask for; the most urgent first.

    With each request stand the cases that its partner waits in. json has the log of each case.

    Example: tearline review list --office sensor-release-desk
    """
    settings, now = load_settings(), at or datetime.now(UTC)
    engine = open_sharing(settings.database_url)
    log = verdicts(engine)
    shown = []
    for case in cases(engine):
        said = [one for one in log if one.case_id == case.case_id]
        state = state_of(case, said, now)
        if (everything or state is State.WAITING) and office in (None, *case.offices):
            shown.append((case, state, said))
    registry = load_registry(find_config(config or settings.config))
    asked = matters(engine, registry, now, office, everything)
    if format is TextFormat.JSON:
        rows = [case_document(*one) for one in shown]
        rows += [request_document(one, registry, now) for one in asked]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for case, state, _ in shown:
        typer.echo(
            f"{case.case_id} {state}: {case.pair[0]} and {case.pair[1]}, {case.kind} of "
            f"{case.solution}, TCA {format_utc(case.tca)}; {', '.join(case.groups)}; "
            f"{' and '.join(case.offices)}; for {', '.join(case.waiting) or 'nobody'}"
        )
    for one in asked:
        typer.echo(request_line(one, now))


@review_app.command("approve")
def approve_case(
    case: CaseArgument,
    office: OfficeOption,
    partner: ForPartner = None,
    until: Annotated[
        datetime | None, typer.Option(parser=utc, help="When it lapses; default the TCA.")
    ] = None,
    reason: ReasonOption = "",
    at: AtOption = None,
    config: ConfigOption = None,
) -> None:
    """Let the next publication show what is held, as far as policy allows it otherwise.

    Example: tearline review approve 3f2a9c01d4e5 --office sensor-release-desk --partner aus
    """
    settings = load_settings()
    _require_known(partner, config)
    engine = open_sharing(settings.database_url)
    now = at or datetime.now(UTC)
    said = approve(engine, case, office, now, until, partner or "", reason)
    ends = format_utc(said.until) if said.until else ""
    say(f"{case}: {office} approves for {partner or 'all'} until {ends}; `tearline publish` shows")
    _say_open(engine, case, now)


@review_app.command("refuse")
def refuse_case(
    case: CaseArgument,
    office: OfficeOption,
    partner: ForPartner = None,
    reason: ReasonOption = "",
    at: AtOption = None,
    config: ConfigOption = None,
) -> None:
    """Keep withheld what is held; what was approved ends with the next publication.

    Example: tearline review refuse 3f2a9c01d4e5 --office sensor-release-desk
    """
    settings = load_settings()
    _require_known(partner, config)
    engine = open_sharing(settings.database_url)
    refuse(engine, case, office, at or datetime.now(UTC), partner or "", reason)
    say(f"{case}: {office} refuses for {partner or 'all'}")


def _say_open(engine: Any, case_id: str, now: datetime) -> None:
    """Say when something of a case waits all the same."""
    said = verdicts(engine, case_id)
    case = next(one for one in cases(engine) if one.case_id == case_id)
    if state_of(case, said, now) is not State.APPROVED:
        say(
            f"{case_id} waits for others all the same: it is for {' and '.join(case.offices)}, "
            f"and {', '.join(case.waiting) or 'nobody'} waited"
        )


def _require_known(partner: str | None, config: Any) -> None:
    partners = load_registry(find_config(config or load_settings().config)).partners
    if partner is not None and partner not in partners:
        raise RegistryError(f"no partner {partner!r}: choose of {', '.join(partners)}")
