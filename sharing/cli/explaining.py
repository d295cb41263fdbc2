"""`tearline explain`: why a partner gets what it gets, and what would release more."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Annotated

import orjson
import typer

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.console import utc
from sda.settings import load_settings
from sda.times import format_utc
from sharing.deciding import decided_at, latest_run
from sharing.inquiry import Inquiry, inquire, inquiry_document, rung
from sharing.policy import read_engine
from sharing.policy.invariants import read_invariants
from sharing.registry import load_registry
from sharing.release.explaining import Counterfactual, Explanation, FactExplained
from sharing.release.releases import Showing
from sharing.schema import open_sharing

__all__ = ["explain_item"]

_SHOWN = {"see": "exact", "see_coarse": "coarse", "withhold": "withheld"}


def explain_item(
    item: Annotated[
        str, typer.Argument(help="Item of the partner's feed, or a pair and time: N1,N2@TCA.")
    ],
    partner: Annotated[str, typer.Option("--partner", help="Partner in config/partners.")],
    at: Annotated[
        datetime | None,
        typer.Option(parser=utc, help="Time of decision; default that of the last publication."),
    ] = None,
    changes: Annotated[
        int, typer.Option(help="Most changes to suppose together.", min=1, max=3)
    ] = 2,
    format: Annotated[TextFormat, typer.Option(help="Format.")] = TextFormat.TEXT,
    config: ConfigOption = None,
) -> None:
    """Explain what a partner gets of an event of the latest run, and what would release more.

    For the releaser: it names what the partner may not know. Nothing is published.

    Example: tearline explain 900800001,900800002@2026-10-20T04:00:00Z --partner fra
    """
    settings = load_settings()
    folder = find_config(config or settings.config)
    registry = load_registry(folder)
    engine = open_sharing(settings.database_url)
    run = latest_run(engine)
    inquiry = inquire(
        engine,
        run,
        item,
        partner,
        registry,
        read_engine(folder, registry),
        at or decided_at(engine, run),
        changes,
        read_invariants(folder),
    )
    if format is TextFormat.JSON:
        shown = {"exercise": settings.exercise, **inquiry_document(inquiry)}
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    label = ("EXERCISE",) if settings.exercise else ()
    typer.echo("\n".join((*label, *_lines(inquiry))))


def _lines(inquiry: Inquiry) -> Iterator[str]:
    first = inquiry.solutions[0]
    yield (
        f"{first.pair[0]} and {first.pair[1]}, run {inquiry.run_id}, decided at "
        f"{format_utc(first.at)}: {first.partner} is shown "
        + (f"solution {inquiry.shown.solution}" if inquiry.shown else "nothing")
    )
    yield from (f"  but {text}" for text in inquiry.orders)
    for one in inquiry.solutions:
        yield from _solution(one, one is inquiry.shown)


def _solution(one: Explanation, shown: bool) -> Iterator[str]:
    yield ""
    yield (
        f"solution {one.solution} ({', '.join(one.sources)}), {one.kind}, "
        f"TCA {format_utc(one.tca)}, {one.band.value}: {rung(one.outcome)}"
        + (f", {one.banner}" if one.banner else "")
        + (", shown" if shown else "")
    )
    if one.fault:
        yield f"  withheld whole: {one.fault}"
        return
    if one.facts:
        path = " + ".join(f"{bearer} {marking}" for bearer, marking in one.facts[0].path)
        yield f"  marking: {path} -> {one.facts[0].marking}"
    for equity, office in one.equities:
        yield f"  equity: {equity.nation}, {equity.stake}; answered for by: {office}"
    for (decision, text, policies), facts in groupby(one.facts, _because):
        yield f"  {_SHOWN[decision]}: {', '.join(fact.name for fact in facts)}"
        yield f"    {text}" + (f" [{', '.join(policies)}]" if policies else "")
    yield from _derivable(one)
    for later in one.later:
        yield (
            f"  by itself from {format_utc(later.since)} ({later.band.value}): "
            f"{rung(later.outcome)}"
        )
    for proposal in one.proposals:
        yield f"  proposed, of {proposal.subject}: {proposal.text}; by: {proposal.office}"
    if not one.counterfactuals:
        yield "  nothing known to be changeable releases more"
        return
    yield "  would release more, each set of changes by itself:"
    for other in one.counterfactuals:
        yield from _counterfactual(other)


def _derivable(one: Explanation) -> Iterator[str]:
    derivable = [fact.name for fact in one.facts if fact.publicly_derivable]
    if not one.certificate:
        if derivable:
            yield "  publicly derivable: of open sources alone"
        return
    yield (
        f"  publicly derivable: {', '.join(derivable)}; certificate "
        f"{one.certificate.digest.hex()} ({one.certificate.marking})"
    )
    for each in one.certificate.inputs:
        yield (
            f"    from the set of {each.norad_id} of {format_utc(each.epoch)}, {each.source}, "
            f"SHA-256 {each.sha256}"
        )
    for difference in one.certificate.differences:
        public = difference.public
        yield (
            f"    {difference.fact}: {public if isinstance(public, str) else f'{public:.6g}'} by "
            f"public sets, the marked one {difference.difference:+.3g} {difference.unit}, "
            f"{'within' if difference.agrees else 'beyond'} {difference.tolerance:.3g}"
        )


def _because(fact: FactExplained) -> tuple[str, str, tuple[str, ...]]:
    return fact.decision.value, fact.text, tuple(id for id, _ in fact.policies)


def _counterfactual(one: Counterfactual) -> Iterator[str]:
    yield f"  - {rung(one.outcome)}: {_gained(one) or 'that there is something'}"
    for change in one.changes:
        yield f"      {change.kind.value}: {change.text}; by: {change.office}"
    for id, title in one.invariants:
        yield f"      then config/policy/invariants.toml has to change, too: {title} [{id}]"


def _gained(one: Counterfactual) -> str:
    if all(showing is Showing.SEE for _, showing in one.outcome.facts):
        return "every fact exact"
    by_showing: dict[str, list[str]] = {}
    for fact, showing in one.gained:
        by_showing.setdefault(_SHOWN[showing.value], []).append(fact)
    return "; ".join(f"{showing} {', '.join(facts)}" for showing, facts in by_showing.items())
