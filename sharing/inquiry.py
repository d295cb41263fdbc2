"""Find what an item of a partner, or a pair at a time, is in the latest run, and explain it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Engine, select

from sda.errors import TimeError
from sda.model import RPO, Found
from sda.store import Run, Runs
from sda.times import format_utc, parse_utc
from sharing.certificates import certificates_of
from sharing.deciding import asked_for, given_for
from sharing.errors import FeedError, RegistryError
from sharing.feeds.identity import tolerance_of
from sharing.feeds.standing import items_of, standing_items
from sharing.policy import Engine as PolicyEngine
from sharing.policy.invariants import Invariant
from sharing.registry import Partner, Registry
from sharing.release import UNDISCLOSED, Marker, age_of, release
from sharing.release.explaining import Counterfactual, Explanation, Outcome, explain
from sharing.retracting import retracted_items
from sharing.schema import partners

__all__ = ["Inquiry", "inquire", "inquiry_document", "rung"]

_PAIR = re.compile(r"(\d+),(\d+)@(.+)")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One event and one partner: each solution explained, and which of them it is shown."""

    item: str
    run_id: str
    shown: Explanation | None
    """The solution that the partner is shown, None when nothing is."""
    solutions: tuple[Explanation, ...]
    orders: tuple[str, ...] = ()
    """What keeps it from the partner all the same, whatever policy says, and how to undo that."""


@dataclass(frozen=True, slots=True)
class _Place:
    pair: tuple[int, int]
    start: datetime
    end: datetime
    kind: str = UNDISCLOSED

    def may_hold(self, kind: str) -> bool:
        """Return whether what is of a kind may be what stands there."""
        return UNDISCLOSED in (self.kind, kind) or (self.kind == RPO) == (kind == RPO)


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    """Of its solution."""
    position: int
    found: Found

    @property
    def age(self) -> tuple[int, int]:
        return age_of(self.found, self.position)


def inquire(
    engine: Engine,
    run: Run,
    item: str,
    partner: str,
    registry: Registry,
    policy: PolicyEngine,
    at: datetime,
    at_most: int = 2,
    invariants: Sequence[Invariant] = (),
) -> Inquiry:
    """Explain an item of a partner's feed, or a pair and time `N1,N2@TCA`, at a time of decision.

    What rests on a withdrawn source does not come before the door, and is not explained. Raises
    FeedError when the partner has no such item or the run no such approach,
    RegistryError for an unknown partner.
    """
    if partner not in registry.partners:
        raise RegistryError(f"no partner {partner!r}: choose of {', '.join(registry.partners)}")
    runs = Runs(engine)
    made_of = runs.solutions(run.run_id)
    place = _place(engine, item, partner)
    given = given_for(engine, run, registry.rules, at)
    every: Iterable[tuple[str, int, Found]] = chain(
        runs.by_pair(run.run_id, place.pair[:1]),
        ((name, 0, operation) for name, operation in runs.operations(run.run_id)),
    )
    of_pair = [
        _Found(name, position, one)
        for name, position, one in every
        if (one.norad_id_1, one.norad_id_2) == place.pair
        and place.may_hold(one.kind)
        and given.withdrawn.isdisjoint(made_of[name])
    ]
    place, found = _found_at(of_pair, place, registry)
    if not found:
        first, second = place.pair
        names = ", ".join(sorted(given.withdrawn))
        besides = f" that rests on no withdrawn source ({names})" if names else ""
        raise FeedError(
            f"run {run.run_id} has no approach or operation of {first} and {second} near "
            f"{format_utc(place.start)}{besides}: name one of the latest run"
        )
    certified = {
        (one.solution, one.tca): one for one in certificates_of(engine, run.run_id, place.pair)
    }
    explained = tuple(
        explain(
            partner,
            one.name,
            made_of[one.name],
            one.found,
            registry,
            policy,
            at,
            [made_of[other.name] for other in found if other.name != one.name],
            at_most,
            given.approvals,
            certified.get((one.name, one.found.tca)),
            invariants,
        )
        for one in found
    )
    marker = Marker(registry)
    event = [marker.solution(one.name, made_of[one.name], one.found, one.age) for one in found]
    about = registry.partners[partner]
    decided = release(about, event, registry, policy, at, (), given.approvals)
    wanted = (one.release for one in decided if one.release)
    name = next((one.solution for one in wanted if asked_for(one, about.feed)), None)
    # Of several messages of one source the newest that may be shown stands for the others.
    able = [
        (each.age, one)
        for each, one in zip(found, explained, strict=True)
        if one.solution == name and one.outcome.rendition
    ]
    shown = max(able, key=lambda two: two[0])[1] if able else None
    orders = tuple(_orders(engine, about, place, registry))
    return Inquiry(item, run.run_id, shown, explained, orders)


def _orders(engine: Engine, partner: Partner, place: _Place, registry: Registry) -> Iterator[str]:
    with engine.connect() as connection:
        suspended = select(partners.c.suspended).where(partners.c.partner == partner.id)
        if connection.scalar(suspended):
            text = f"{partner.id} is suspended, and served nothing"
            yield f"{text}: `tearline partner resume {partner.id}`"
        ordered = retracted_items(connection).get(partner.id, frozenset())
        for one in items_of(connection, partner.id) if ordered else ():
            near, (start, end) = tolerance_of(one.subject.kind, registry.rules), one.subject.span
            gap = max(place.start - end, start - place.end)
            is_meant = one.subject.pair == place.pair and place.may_hold(one.subject.kind)
            if one.item_id in ordered and is_meant and gap <= near:
                text = f"item {one.item_id} is retracted by an order, and stays a tombstone"
                yield f"{text}: `tearline retract {one.item_id} --partner {partner.id} --undo`"


def _place(engine: Engine, item: str, partner: str) -> _Place:
    if asked := _PAIR.fullmatch(item):
        try:
            time = parse_utc(asked[3])
        except TimeError as error:
            raise FeedError(f"{item}: {error}") from None
        first, second = sorted((int(asked[1]), int(asked[2])))
        return _Place((first, second), time, time)
    for one in standing_items(engine, partner):
        if one.item_id == item:
            return _Place(one.subject.pair, *one.subject.span, one.subject.kind)
    raise FeedError(f"{partner} has no item {item!r}: name one of its feed, or N1,N2@TCA")


def _found_at(
    of_pair: Sequence[_Found], place: _Place, registry: Registry
) -> tuple[_Place, tuple[_Found, ...]]:
    """Return what may be the event at a place, and the place that it really has.

    An operation lasts for days: where a pair and a time are named an approach is meant first.
    """
    for is_operation in (False, True):
        some = [one for one in of_pair if (one.found.kind == RPO) is is_operation]
        settled = _settled(some, place, registry)
        if found := tuple(_near(some, settled, registry)):
            return replace(settled, kind=found[0].found.kind), found
    return place, ()


def _settled(of_pair: Sequence[_Found], place: _Place, registry: Registry) -> _Place:
    """Return the place of the approach next to it: a time may have been named less exactly."""
    nearest = min((one.found for one in of_pair), key=lambda one: _apart(one, place), default=None)
    reach = timedelta(minutes=registry.rules.same_episode_min)
    if nearest is None or _apart(nearest, place)[0] > reach:
        return place
    start, end = _span(nearest)
    return replace(place, start=min(start, place.start), end=max(end, place.end))


def _near(of_pair: Iterable[_Found], place: _Place, registry: Registry) -> Iterator[_Found]:
    """Yield the nearest approach of each solution and marking that may be the event at a place."""
    nearest: dict[tuple[str, str], _Found] = {}
    for one in of_pair:
        key = one.name, one.found.marking
        apart = _apart(one.found, place)
        if apart[0] <= tolerance_of(one.found.kind, registry.rules) and (
            key not in nearest or apart < _apart(nearest[key].found, place)
        ):
            nearest[key] = one
    yield from nearest.values()


def _apart(found: Found, place: _Place) -> tuple[timedelta, timedelta]:
    """Return the gap between what was found and a place, then how far its TCA is from the start."""
    start, end = _span(found)
    gap = max(place.start - end, start - place.end, timedelta(0))
    return gap, abs(found.tca - place.start)


def _span(found: Found) -> tuple[datetime, datetime]:
    return found.episode_start or found.tca, found.episode_end or found.tca


def rung(outcome: Outcome) -> str:
    """Return the name of the rendition that a partner gets."""
    return outcome.rendition.value if outcome.rendition else "nothing"


def inquiry_document(inquiry: Inquiry) -> dict[str, Any]:
    """Return an inquiry as JSON has it, for the releaser: it names what a partner may not know."""
    first = inquiry.solutions[0]
    return {
        "item": inquiry.item,
        "run_id": inquiry.run_id,
        "partner": first.partner,
        "norad_id_1": first.pair[0],
        "norad_id_2": first.pair[1],
        "at_utc": format_utc(first.at),
        "shown": inquiry.shown.solution if inquiry.shown else None,
        "orders": inquiry.orders,
        "solutions": [
            {**_plain_solution(one), "shown": one is inquiry.shown} for one in inquiry.solutions
        ],
    }


def _plain_solution(one: Explanation) -> dict[str, Any]:
    return {
        "solution": one.solution,
        "sources": one.sources,
        "kind": one.kind,
        "tca_utc": format_utc(one.tca),
        "band": one.band.value,
        "banner": one.banner,
        "fault": one.fault or None,
        "rendition": rung(one.outcome),
        "facts": [
            {
                "name": fact.name,
                "decision": fact.decision.value,
                "policies": [{"id": id, "title": title} for id, title in fact.policies],
                "text": fact.text,
                "marking": fact.marking,
                "publicly_derivable": fact.publicly_derivable,
                "marking_path": [
                    {"of": bearer, "marking": marking} for bearer, marking in fact.path
                ],
            }
            for fact in one.facts
        ],
        "equities": [
            {"nation": equity.nation, "stake": equity.stake.value, "office": office}
            for equity, office in one.equities
        ],
        "certificate": {
            "digest": one.certificate.digest.hex(),
            **one.certificate.document(),
        }
        if one.certificate
        else None,
        "proposals": [asdict(proposal) for proposal in one.proposals],
        "later": [
            {
                "since_utc": format_utc(later.since),
                "band": later.band.value,
                "rendition": rung(later.outcome),
            }
            for later in one.later
        ],
        "counterfactuals": [
            {
                "changes": _plain_changes(other),
                "rendition": rung(other.outcome),
                "gained": {fact: showing.value for fact, showing in other.gained},
                "invariants": [{"id": id, "title": title} for id, title in other.invariants],
            }
            for other in one.counterfactuals
        ],
    }


def _plain_changes(one: Counterfactual) -> Sequence[dict[str, str]]:
    return [
        {
            "kind": change.kind.value,
            "subject": change.subject,
            "office": change.office,
            "text": change.text,
        }
        for change in one.changes
    ]
