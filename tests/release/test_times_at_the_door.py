"""When a decision has to be made anew: at the bands of a time on its grid, and no finer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest
from approaches import NOW, releases, solution

from sharing.policy import Band, Engine
from sharing.registry import Agreement, Detail, Registry
from sharing.release.door import Door

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TINY = timedelta(microseconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)
DAY = datetime(2026, 11, 27, tzinfo=UTC)
STEP = datetime(2026, 11, 27, 16, 10, tzinfo=UTC)


@pytest.mark.parametrize("within", [timedelta(0), 10 * MINUTE - TINY])
@pytest.mark.parametrize(
    ("now", "change"),
    [
        (STEP - 100 * HOUR, STEP - 72 * HOUR),
        (STEP - 72 * HOUR - TINY, STEP - 72 * HOUR),
        (STEP - 72 * HOUR, STEP - 24 * HOUR),
        (STEP - 24 * HOUR, STEP + 10 * MINUTE),
        (STEP, STEP + 10 * MINUTE),
        (STEP + 10 * MINUTE, STEP + 10 * MINUTE + 168 * HOUR),
        (STEP + 10 * MINUTE + 168 * HOUR, NEVER),
    ],
)
def test_a_decision_changes_with_the_band_of_the_interval_of_its_time(
    registry: Registry, engine: Engine, now: datetime, change: datetime, within: timedelta
) -> None:
    door = Door(registry, engine, now)
    assert door.timing.next_change(STEP + within, False) == change


@pytest.mark.parametrize(
    ("now", "change"),
    [
        (DAY - 100 * HOUR, DAY - 72 * HOUR),
        (DAY - 72 * HOUR - TINY, DAY - 72 * HOUR),
        (DAY - 72 * HOUR, DAY - 72 * HOUR + 10 * MINUTE),
        (DAY - 72 * HOUR + 3 * MINUTE, DAY - 72 * HOUR + 10 * MINUTE),
        (DAY - 48 * HOUR - TINY, DAY - 48 * HOUR),
        (DAY - 48 * HOUR, DAY - 24 * HOUR),
        (DAY - 24 * HOUR, DAY - 24 * HOUR + 10 * MINUTE),
        (DAY, DAY + 10 * MINUTE),
        (DAY + 24 * HOUR - TINY, DAY + 24 * HOUR),
        (DAY + 24 * HOUR, DAY + 192 * HOUR),
        (DAY + 192 * HOUR, DAY + 192 * HOUR + 10 * MINUTE),
        (DAY + 216 * HOUR, NEVER),
    ],
)
def test_of_a_contact_each_step_is_due_while_a_change_may_fall_into_its_day(
    registry: Registry, engine: Engine, now: datetime, change: datetime
) -> None:
    assert Door(registry, engine, now).timing.next_change(DAY, True) == change


@pytest.mark.parametrize("within", [timedelta(0), 10 * MINUTE - TINY])
def test_a_time_is_past_once_its_whole_interval_is(
    registry: Registry, engine: Engine, within: timedelta
) -> None:
    for now, band in (
        (STEP - 72 * HOUR - TINY, Band.OVER_72H),
        (STEP - 72 * HOUR, Band.FROM_72H),
        (STEP - 24 * HOUR, Band.UNDER_24H),
        (STEP, Band.UNDER_24H),
        (STEP + 10 * MINUTE - TINY, Band.UNDER_24H),
        (STEP + 10 * MINUTE, Band.PAST),
    ):
        assert Door(registry, engine, now).timing.band(STEP + within, 10) is band


def test_a_door_tells_bands_on_two_grids_apart(registry: Registry, engine: Engine) -> None:
    door = Door(registry, engine, DAY + 12 * HOUR)
    assert door.timing.band(DAY, 10) is Band.PAST
    assert door.timing.band(DAY, 1440) is Band.UNDER_24H
    assert door.timing.next_change(DAY, False) == DAY + 168 * HOUR + 10 * MINUTE
    assert door.timing.next_change(DAY, True) == DAY + 12 * HOUR + 10 * MINUTE


@pytest.mark.parametrize("which", ["effective", "expires", "review"])
def test_what_begins_or_lapses_with_an_agreement_is_due_on_that_day(
    registry: Registry, engine: Engine, which: str
) -> None:
    days = {"effective": date(2020, 1, 1), "expires": date(2031, 1, 1), "review": date(2031, 1, 1)}
    for day, until in (
        (NOW.date(), NOW + 28 * HOUR),  # today it has happened
        (NOW.date() + timedelta(days=1), NOW.replace(hour=0) + 24 * HOUR),
        (NOW.date() + timedelta(days=2), NOW + 28 * HOUR),  # the band changes before
    ):
        agreement = Agreement(
            id="on-nothing",
            title="t",
            authority="a",
            parties=("per",),
            sources=(),
            detail=Detail.EXACT,
            **{**days, which: day},
        )
        per = replace(registry.partners["per"], agreements=("on-nothing",))
        changed = replace(
            registry,
            agreements=MappingProxyType({**registry.agreements, "on-nothing": agreement}),
            partners=MappingProxyType({**registry.partners, "per": per}),
        )
        (made,) = releases(
            "per", [solution(changed, "public", 100)], changed, engine.supposing(changed)
        )
        assert made.valid_until == until


def test_a_permit_lapses_on_its_review_day_and_a_forbid_never_does(
    registry: Registry, engine: Engine
) -> None:
    schema, policies = engine.texts
    one = [solution(registry, "public", 100)]
    start = policies.index('@id("marking-audience")')
    for text, until in (
        (policies[:start].replace("2030-06-30", "2026-11-24") + policies[start:], 12 * HOUR),
        (policies[:start] + policies[start:].replace("2030-06-30", "2026-11-24"), 28 * HOUR),
    ):
        (made,) = releases("per", one, registry, Engine(schema, text, registry))
        assert made.valid_until == NOW + until
