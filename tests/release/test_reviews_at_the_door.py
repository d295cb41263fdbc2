"""What waits for a review at the door, and what approvals of it let pass, how, and until when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from approaches import ASSET, NOW, solution, values

from sharing.policy import Engine
from sharing.registry import Registry
from sharing.release import (
    Approval,
    Contradiction,
    Decided,
    Held,
    Rendition,
    Showing,
    Solution,
    release,
)
from sharing.release.door import plan_at
from sharing.release.projection import APPROVED

HOUR = timedelta(hours=1)
DESK = "asset-protection-desk"
OTHER_ASSET = 330109


@pytest.fixture
def waiting(registry: Registry) -> Solution:
    """Return a marked solution about a protected object, early enough to wait for its office."""
    return solution(registry, "commercial", 100, pair=(5, ASSET))


def decided(
    partner: str,
    solutions: Sequence[Solution],
    registry: Registry,
    engine: Engine,
    approvals: Sequence[Approval] = (),
) -> tuple[Decided, ...]:
    return release(
        registry.partners[partner], solutions, registry, engine, NOW, approvals=approvals
    )


def approval(held: Held, **changes: object) -> Approval:
    one = held.solution
    made = Approval(
        case_id="case",
        solution=one.name,
        pair=one.pair,
        kind=one.kind,
        tca=one.tca,
        partner="fra",
        classes=held.classes,
        until=NOW + 2 * HOUR,
        offices=held.offices,
    )
    return replace(made, **changes)


def test_what_waits_is_held_for_the_office_of_the_object(
    registry: Registry, engine: Engine, waiting: Solution
) -> None:
    (one,) = decided("fra", [waiting], registry, engine)
    assert one.release is not None
    assert one.release.rendition == Rendition.CONTACT
    (held,) = one.held
    assert held.solution is waiting
    assert held.offices == {DESK}
    assert held.waiting == held.classes
    groups = {each.group for each in held.classes}
    assert groups == {"identity", "timing", "geometry", "probability", "quality", "provenance"}
    for reason in one.reasons:
        assert reason.decision is Showing.WITHHOLD
        assert reason.offices == {DESK}
        assert reason.review in held.classes
        assert reason.text.startswith("waits for a review: ")
    # Nothing is held of what anybody may have.
    assert all(
        each.held == ()
        for name in ("per", "aus", "kor")
        for each in decided(name, [waiting], registry, engine)
    )


def test_what_every_office_approved_passes_until_the_first_approval_lapses(
    registry: Registry, engine: Engine, waiting: Solution
) -> None:
    (bare,) = decided("fra", [waiting], registry, engine)
    given = [approval(bare.held[0]), approval(bare.held[0], until=NOW + HOUR)]
    (one,) = decided("fra", [waiting], registry, engine, given)
    assert one.release is not None
    assert one.release.rendition == Rendition.TEAR_LINE
    assert one.release.valid_until == NOW + HOUR
    assert values(one.release)["miss_distance"] == "<1"
    assert one.held[0].waiting == frozenset()
    assert one.held[0].classes == bare.held[0].classes
    for reason in one.reasons:
        assert reason.review in one.held[0].classes
        assert reason.offices == {DESK}
        if reason.decision is Showing.WITHHOLD:
            assert APPROVED not in reason.policies
            assert "approved" not in reason.text
        elif "would give" not in reason.text:
            *others, last = reason.policies
            assert last == APPROVED
            assert set() != {*others} <= engine.policies.keys()
            assert reason.text.endswith("; the review was approved")


@pytest.mark.parametrize(
    "changes",
    [
        {"offices": frozenset()},
        {"offices": frozenset({"commercial-data-desk"})},
        {"partner": "deu"},
        {"until": NOW},
        {"solution": "public"},
        {"pair": (6, ASSET)},
        {"tca": NOW},
        {"classes": frozenset()},
    ],
)
def test_an_approval_of_something_else_changes_nothing(
    registry: Registry, engine: Engine, waiting: Solution, changes: dict[str, object]
) -> None:
    (bare,) = decided("fra", [waiting], registry, engine)
    given = [approval(bare.held[0], **changes)]
    (one,) = decided("fra", [waiting], registry, engine, given)
    assert (one.release, one.reasons) == (bare.release, bare.reasons)
    assert one.held[0].waiting == bare.held[0].waiting


def test_what_is_approved_beside_does_not_lapse_what_it_is_not_needed_for(
    registry: Registry, engine: Engine, waiting: Solution
) -> None:
    """An approval of classes that nothing holds lifts nothing, so nothing ends with it."""
    (held,) = decided("fra", [waiting], registry, engine)[0].held
    free = solution(registry, "commercial", 100)
    (plain,) = decided("fra", [free], registry, engine)
    given = [approval(held, pair=(5, 6), tca=free.tca, classes=held.classes)]
    (one,) = decided("fra", [free], registry, engine, given)
    assert one.release == plain.release


def test_an_approval_of_none_of_the_classes_that_wait_ends_nothing(
    registry: Registry, engine: Engine, waiting: Solution
) -> None:
    """Classes change with the register: what was approved as another class counts for none."""
    (bare,) = decided("fra", [waiting], registry, engine)
    (held,) = bare.held
    others = frozenset(replace(one, level=3) for one in held.classes)
    (one,) = decided("fra", [waiting], registry, engine, [approval(held, classes=others)])
    assert (one.release, one.reasons) == (bare.release, bare.reasons)
    assert one.held[0].waiting == held.classes


def test_approvals_of_parts_add_up(registry: Registry, engine: Engine, waiting: Solution) -> None:
    (held,) = decided("fra", [waiting], registry, engine)[0].held
    first = frozenset(one for one in held.classes if one.group in ("identity", "timing"))
    (part,) = decided("fra", [waiting], registry, engine, [approval(held, classes=first)])
    assert part.held[0].waiting == held.classes - first
    assert part.release is not None
    assert {fact.name for fact in part.release.facts} == {
        "norad_id_1",
        "name_1",
        "norad_id_2",
        "name_2",
        "tca",
    }
    both = [approval(held, classes=some) for some in (first, held.classes - first)]
    (whole,) = decided("fra", [waiting], registry, engine, both)
    (at_once,) = decided("fra", [waiting], registry, engine, [approval(held)])
    assert (whole.release, whole.reasons) == (at_once.release, at_once.reasons)


def test_a_superseded_solution_still_waits(
    registry: Registry, engine: Engine, waiting: Solution
) -> None:
    public = solution(registry, "public", 100, pair=(5, ASSET))
    shown, beside = decided("fra", [waiting, public], registry, engine)
    assert shown.release is not None
    assert shown.release.solution == "public"
    assert beside.release is None
    assert [held.solution for held in beside.held] == [waiting]
    assert shown.held == ()


def test_what_is_withheld_whole_still_waits(registry: Registry, engine: Engine) -> None:
    """Of a marked one far ahead nothing may be known, and all of it waits."""
    schema, policies = engine.texts
    no_existence = (
        '@id("no-existence") @title("t") @authority("a") @review("2030-06-30")\n'
        'forbid (principal, action == Action::"know_exists", resource);'
    )
    silent = Engine(schema, policies + no_existence, registry)
    waiting = solution(registry, "commercial", 100, pair=(5, ASSET))
    (one,) = decided("fra", [waiting], registry, silent)
    assert one.release is None
    assert [held.solution for held in one.held] == [waiting]
    # And approved it passes.
    (approved,) = decided("fra", [waiting], registry, silent, [approval(one.held[0])])
    assert approved.release is not None


def test_a_plan_by_itself_is_what_the_door_shows(
    registry: Registry, engine: Engine, waiting: Solution
) -> None:
    fra = registry.partners["fra"]
    (bare,) = decided("fra", [waiting], registry, engine)
    plan = plan_at(fra, waiting, registry, engine, NOW)
    assert plan.reasons == bare.reasons
    assert plan.view is not None
    assert plan.view.rendition is Rendition.CONTACT
    given = [approval(bare.held[0])]
    (approved,) = decided("fra", [waiting], registry, engine, given)
    for known in (
        plan_at(fra, waiting, registry, engine, NOW, given),
        plan_at(fra, waiting, registry, engine, NOW, reviewed=True),
    ):
        assert known.reasons == approved.reasons
        assert known.view is not None
        assert known.view.rendition is Rendition.TEAR_LINE


# Whose approval it takes.


def with_holding(engine: Engine, registry: Registry, *approvers: str) -> Engine:
    """Return policies by which everything waits, for approvers of these kinds."""
    schema, policies = engine.texts
    holding = "".join(
        f'@id("hold-{number}") @title("t") @authority("a") @review("2030-06-30") '
        f'@approver("{approver}")\n'
        'forbid (principal, action == Action::"release_unreviewed", resource);\n'
        for number, approver in enumerate(approvers)
    )
    return Engine(schema, policies + holding, registry)


@pytest.mark.parametrize(
    ("approvers", "name", "pair", "offices"),
    [
        (["originator"], "commercial", (5, 6), {"commercial-data-desk"}),
        (["originator"], "public", (5, 6), {"catalogue-desk"}),
        (["asset"], "public", (5, ASSET), {DESK}),
        (["asset"], "public", (5, 6), {"catalogue-desk"}),
        (["asset", "originator"], "public", (5, ASSET), {DESK, "catalogue-desk"}),
        (["originator"], "trilateral", (5, 6), {"sensor-release-desk"}),
    ],
)
def test_the_offices_that_policies_name_have_to_approve(
    registry: Registry,
    engine: Engine,
    approvers: list[str],
    name: str,
    pair: tuple[int, int],
    offices: set[str],
) -> None:
    """No object that is protected, no office of one: then the originators have to."""
    held_for = {
        office
        for one in decided(
            "aus",
            [solution(registry, name, 20, pair=pair)],
            registry,
            with_holding(engine, registry, *approvers),
        )
        for held in one.held
        for office in held.offices
    }
    assert held_for == offices


def test_only_what_all_offices_approved_passes(registry: Registry, engine: Engine) -> None:
    both = with_holding(engine, registry, "asset", "originator")
    one = solution(registry, "public", 20, pair=(5, ASSET))
    (bare,) = decided("fra", [one], registry, both)
    (held,) = bare.held
    assert held.offices == {DESK, "catalogue-desk"}
    some = approval(held, offices=frozenset({DESK}))
    (half,) = decided("fra", [one], registry, both, [some])
    assert (half.release, half.reasons) == (bare.release, bare.reasons)
    (whole,) = decided("fra", [one], registry, both, [approval(held)])
    assert whole.release is not None
    assert whole.release.rendition == Rendition.FULL


def test_a_contradiction_under_approval_rests_on_it(registry: Registry, engine: Engine) -> None:
    """What two solutions contradict each other by needs the approval that each of them does."""
    both = with_holding(engine, registry, "originator")
    event = [solution(registry, name, 50) for name in ("public", "cdm-public")]
    against = [Contradiction(event[0], event[1], 5.0, "radial")]
    bare = decided("fra", event, registry, both)
    given = [approval(held) for one in bare for held in one.held]
    partner = registry.partners["fra"]
    with_it = release(partner, event, registry, both, NOW, against, given)
    (made,) = (one.release for one in with_it if one.release)
    assert "disagreement" in values(made)
    without = release(partner, event, registry, both, NOW, against)
    assert not any("disagreement" in values(one.release) for one in without if one.release)
