"""Say in lines of text what a job did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sda.console import say
from sda.jobs import Ingested
from sda.store import KeptDisagreement
from sda.times import format_utc
from sharing.certificates import Examination
from sharing.jobs import Ran
from sharing.publishing import Published

__all__ = ["counted", "derivability_of", "say_rejected", "summary_of", "told_of"]


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words: `3 new, 0 revised`."""
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def told_of(one: Ingested) -> str:
    """Return in a line what became of a file."""
    return f"{one.file}: {one.contents}, {one.new} new, {one.known} known, {one.rejected} rejected"


def say_rejected(done: Iterable[Ingested]) -> None:
    """Print on stderr what is wrong with each message that was rejected."""
    for error in (error for one in done for error in one.errors):
        say(f"rejected: {error}")


def summary_of(ran: Ran) -> Sequence[str]:
    """Return the lines that sum up a run."""
    run, operations = ran.detected.run, ran.operations
    totals = [asdict(changes) for changes in ran.published.partners.values()]
    published = counted({what: sum(one[what] for one in totals) for what in totals[0]})
    return (
        *(f"ingested {line}" for line in map(told_of, ran.ingested)),
        f"run {run.run_id}: {ran.detected.n_objects} objects from {format_utc(run.at)}, "
        f"{run.hours:g} h, {run.threshold_km:g} km",
        *(
            f"  solution {name}: {count} close approaches, "
            f"{ran.detected.unused[name]} objects left out"
            for name, count in ran.detected.n_approaches.items()
        ),
        *(f"  {_disagreement(one)}" for one in ran.detected.disagreements),
        f"  operations from {format_utc(operations.start)}: {counted(operations.n_events)}; "
        f"{counted(asdict(operations.saved))}",
        f"published to {len(totals)} partners: {published}",
        *failures_of(ran.published),
        *derivability_of(ran.examination),
    )


def failures_of(published: Published) -> Sequence[str]:
    """Return the line about decisions that failed, if there is anything to say."""
    if not published.failed:
        return []
    return [
        "  withheld because a decision failed, which `tearline explain` tells why: "
        f"{_by_partner(published.failed)}"
    ]


def derivability_of(found: Examination) -> Sequence[str]:
    """Return the lines that sum up what public sets lead to, and who is not told."""
    if found.fault:
        return [f"what public sets alone lead to could not be examined: {found.fault}"]
    return [
        f"close approaches of marked solutions that not everybody sees exactly: "
        f"{found.n_examined}, {len(found.certified)} of them derivable from public sets",
        f"  withheld though publicly derivable: {_by_partner(found.withheld)}",
        f"  conspicuous silence, nothing told that anybody derives: {_by_partner(found.silent)}",
    ]


def _by_partner(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count) or "none"


def _disagreement(one: KeptDisagreement) -> str:
    none = " (which has no such approach)" if one.position_2 is None else ""
    return (
        f"{one.norad_id_1} and {one.norad_id_2} at {format_utc(one.tca)}: {one.solution_1} and "
        f"{one.solution_2}{none} contradict each other by {one.sigmas:.1f} sigma, most of it "
        f"{one.axis}: {one.difference_km:.3f} km, TCA {one.tca_difference_s:+.3f} s"
    )
