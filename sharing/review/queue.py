"""Keep the review queue in the database: cases as they stand, and the log of verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from sda.store import writing
from sda.times import format_utc
from sharing.errors import ReviewError
from sharing.registry import Registry, ReleaseRules
from sharing.release import Approval, Held, is_one_event
from sharing.review.cases import (
    Case,
    Verdict,
    approvals_of,
    case_name,
    read_classes,
    write_classes,
)
from sharing.schema import review_cases, review_verdicts

__all__ = ["approvals_in_force", "approve", "cases", "follow", "refuse", "verdicts"]

_LOCK = "review"


def cases(engine: Engine) -> tuple[Case, ...]:
    """Return all cases, by the time at which an answer comes too late."""
    with engine.connect() as connection:
        return _cases(connection)


def verdicts(engine: Engine, case_id: str | None = None) -> tuple[Verdict, ...]:
    """Return the log of one case, or of all, the oldest first."""
    with engine.connect() as connection:
        found = _verdicts(connection)
    return tuple(one for one in found if case_id in (None, one.case_id))


def approvals_in_force(engine: Engine, now: datetime) -> tuple[Approval, ...]:
    """Return what counts as approved at a moment, as values for the door."""
    with engine.connect() as connection:
        said = _by_case(_verdicts(connection))
        return tuple(
            approval
            for case in _cases(connection)
            if case.case_id in said
            for approval in approvals_of(case, said[case.case_id], now)
        )


def follow(
    engine: Engine, held: Mapping[str, Iterable[Held]], registry: Registry, now: datetime
) -> int:
    """Bring the queue in step with what policy holds, by partner; return how many cases wait.

    A case is followed while its approach moves by less than two approaches of one event may lie
    apart. One that policy does not hold any more waits no longer; nothing is deleted.
    """
    with writing(engine, _LOCK) as connection:
        known = {case.case_id: case for case in _cases(connection)}
        found = _gathered(held, tuple(known.values()), registry, now)
        for name, case in known.items():
            after = found.get(name) or replace(case, waiting=())
            if after != case:
                chosen = review_cases.c.case_id == name
                connection.execute(update(review_cases).where(chosen).values(**_row(after)))
        if new := [_row(one) for name, one in found.items() if name not in known]:
            connection.execute(insert(review_cases), new)
    return sum(bool(one.waiting) for one in found.values())


def approve(
    engine: Engine,
    case_id: str,
    office: str,
    now: datetime,
    until: datetime | None = None,
    partner: str = "",
    reason: str = "",
) -> Verdict:
    """Let the next publication show what policy holds in a case, as far as it allows it at all.

    Counts when each office of the case has approved, for one partner or for all, up to `until`
    (without it, up to the closest approach). Raises ReviewError for an unknown case, one that has
    expired, an office that it is not for, or an end that is past.
    """
    with writing(engine, _LOCK) as connection:
        case = _open_case(connection, case_id, office, now)
        end = until or case.expires
        if end <= now:
            raise ReviewError(f"{format_utc(end)} is past: approve until a later time")
        said = Verdict(case_id, office, partner, True, now, end, case.classes, reason)
        return _log(connection, said)


def refuse(
    engine: Engine, case_id: str, office: str, now: datetime, partner: str = "", reason: str = ""
) -> Verdict:
    """Keep withheld what policy holds in a case; an earlier approval of the office ends.

    Raises ReviewError as `approve` does.
    """
    with writing(engine, _LOCK) as connection:
        case = _open_case(connection, case_id, office, now)
        said = Verdict(case_id, office, partner, False, now, None, case.classes, reason)
        return _log(connection, said)


def _gathered(
    held: Mapping[str, Iterable[Held]], known: Sequence[Case], registry: Registry, now: datetime
) -> dict[str, Case]:
    """Return the cases that are held now, by id, with all partners taken together."""
    by_place: dict[tuple[str, tuple[int, int]], list[Case]] = {}
    for case in known:
        by_place.setdefault((case.solution, case.pair), []).append(case)
    found: dict[str, Case] = {}
    for partner in sorted(held):
        for one in held[partner]:
            solution = one.solution
            places = by_place.setdefault((solution.name, solution.pair), [])
            near = _nearest(places, one, registry.rules)
            if near is None:
                name = case_name(solution.name, solution.pair, solution.kind, solution.tca)
                near = Case(
                    case_id=name,
                    solution=solution.name,
                    pair=solution.pair,
                    kind=solution.kind,
                    tca=solution.tca,
                    opened=now,
                    expires=solution.tca,
                    classes=frozenset(),
                    offices=(),
                    waiting=(),
                )
                places.append(near)
            before = found.get(
                near.case_id, replace(near, classes=frozenset(), offices=(), waiting=())
            )
            found[near.case_id] = replace(
                before,
                kind=solution.kind,
                tca=solution.tca,
                expires=solution.tca,
                classes=before.classes | one.classes,
                offices=tuple(sorted({*before.offices, *one.offices})),
                waiting=(*before.waiting, partner) if one.waiting else before.waiting,
            )
    return found


def _nearest(places: Iterable[Case], one: Held, rules: ReleaseRules) -> Case | None:
    solution = one.solution
    near = [
        case
        for case in places
        if is_one_event(case.kind, case.tca, solution.kind, solution.tca, rules)
    ]
    return min(near, key=lambda case: (abs(case.tca - solution.tca), case.case_id), default=None)


def _open_case(connection: Connection, case_id: str, office: str, now: datetime) -> Case:
    case = next((one for one in _cases(connection) if one.case_id == case_id), None)
    if case is None:
        raise ReviewError(f"no case {case_id!r}: `tearline review list` shows them")
    if office not in case.offices:
        raise ReviewError(f"case {case_id} is for {' and '.join(case.offices)}, not for {office}")
    if now >= case.expires:
        raise ReviewError(f"case {case_id} expired at {format_utc(case.expires)}: it is too late")
    return case


def _log(connection: Connection, said: Verdict) -> Verdict:
    greatest = connection.scalar(select(func.max(review_verdicts.c.n)))
    connection.execute(
        insert(review_verdicts).values(
            n=(greatest or 0) + 1,
            case_id=said.case_id,
            office=said.office,
            partner=said.partner,
            verdict="approved" if said.approved else "refused",
            at=said.at,
            until=said.until,
            classes=write_classes(said.classes),
            reason=said.reason,
        )
    )
    return said


def _cases(connection: Connection) -> tuple[Case, ...]:
    query = select(review_cases).order_by(review_cases.c.expires, review_cases.c.case_id)
    return tuple(_case(row) for row in connection.execute(query))


def _case(row: Row[Any]) -> Case:
    return Case(
        case_id=row.case_id,
        solution=row.solution,
        pair=(row.norad_id_1, row.norad_id_2),
        kind=row.kind,
        tca=row.tca,
        opened=row.opened,
        expires=row.expires,
        classes=read_classes(row.classes),
        offices=tuple(orjson.loads(row.offices)),
        waiting=tuple(orjson.loads(row.waiting)),
    )


def _row(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "solution": case.solution,
        "norad_id_1": case.pair[0],
        "norad_id_2": case.pair[1],
        "kind": case.kind,
        "tca": case.tca,
        "opened": case.opened,
        "expires": case.expires,
        "classes": write_classes(case.classes),
        "offices": orjson.dumps(case.offices).decode(),
        "waiting": orjson.dumps(case.waiting).decode(),
    }


def _verdicts(connection: Connection) -> tuple[Verdict, ...]:
    query = select(review_verdicts).order_by(review_verdicts.c.n)
    return tuple(
        Verdict(
            row.case_id,
            row.office,
            row.partner,
            row.verdict == "approved",
            row.at,
            row.until,
            read_classes(row.classes),
            row.reason,
        )
        for row in connection.execute(query)
    )


def _by_case(said: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for one in said:
        found.setdefault(one.case_id, []).append(one)
    return found
