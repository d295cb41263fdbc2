"""The life of a case: held, listed, approved or refused by its originators, lapsed, logged."""

from datetime import timedelta

import pytest
from desks import NOW, Desk
from sqlalchemy import select

from sda.configuration import packaged
from sharing.errors import PolicyError, ReviewError
from sharing.policy import Engine, attributes_of
from sharing.release import APPROVED, Held, Rendition, Showing, release, solution_of
from sharing.review import (
    State,
    approvals_in_force,
    approve,
    cases,
    follow,
    refuse,
    verdicts,
)
from sharing.review.cases import read_classes, state_of, write_classes
from sharing.schema import open_sharing, review_verdicts

ASSET = 330013
OFFICE = "asset-protection-desk"
LICENSEE = "deu"
HOUR = timedelta(hours=1)
_OVERFLOWS = """
@id("overflows")
@title("Adds up to more than a number holds")
@authority("this test")
@review("2030-06-30")
forbid (principal, action == Action::"release_unreviewed", resource)
when { 9223372036854775807 + principal.clearance + 1 > 0 };
"""


@pytest.fixture
def database(database_url):
    engine = open_sharing(database_url)
    yield engine
    engine.dispose()


def _decide(desk, database, found, now=NOW, partners=(LICENSEE, "fra", "bra"), follows=True):
    """Decide with the approvals of the queue, and bring the queue in step with what is held."""
    solutions = [
        solution_of("commercial", ["public", "commercial"], one, desk.registry) for one in found
    ]
    approvals = approvals_in_force(database, now)
    decided = {
        name: release(
            desk.registry.partners[name],
            solutions,
            desk.registry,
            desk.policy,
            now,
            approvals=approvals,
        )
        for name in partners
    }
    if follows:
        held = {
            name: [one for each in all_of for one in each.held] for name, all_of in decided.items()
        }
        follow(database, held, desk.registry, now)
    return decided


def _shown(decided, partner):
    """Return the releases with values; that there is something is no matter of a review."""
    made = [one.release for one in decided[partner] if one.release is not None]
    return [one for one in made if one.rendition is not Rendition.CONTACT]


def _state(database, case, now=NOW):
    (one,) = [each for each in cases(database) if each.case_id == case]
    return state_of(one, verdicts(database, case), now)


def _held(desk, hours=100, **changed):
    """Return an approach of a protected asset, so early that values wait for a review."""
    return desk.approach(ASSET, hours, **changed)


def test_what_policy_holds_is_listed_with_its_originator_and_who_waits(desk, database):
    decided = _decide(desk, database, [_held(desk)])
    assert _shown(decided, LICENSEE) == _shown(decided, "bra") == []
    (case,) = cases(database)
    assert (case.solution, case.pair, case.offices) == ("commercial", (ASSET, 90000), (OFFICE,))
    # Who could not see it even after a review does not wait for one.
    assert case.waiting == (LICENSEE, "fra")
    assert {one.group for one in case.classes} >= {"identity", "timing", "geometry"}
    assert _state(database, case.case_id) is State.WAITING


def test_an_approval_lets_it_pass_until_it_lapses_and_then_it_waits_again(desk, database):
    found = [_held(desk)]
    _decide(desk, database, found)
    (case,) = cases(database)
    approve(database, case.case_id, OFFICE, NOW, NOW + 3 * HOUR)
    assert _state(database, case.case_id) is State.APPROVED
    decided = _decide(desk, database, found, NOW + HOUR)
    for partner in (LICENSEE, "fra"):
        (made,) = _shown(decided, partner)
        assert made.valid_until == NOW + 3 * HOUR
    assert _shown(decided, "bra") == []
    reasons = [reason for one in decided[LICENSEE] for reason in one.reasons]
    assert any(APPROVED in one.policies and one.decision is not Showing.WITHHOLD for one in reasons)
    assert _state(database, case.case_id, NOW + HOUR) is State.APPROVED
    decided = _decide(desk, database, found, NOW + 3 * HOUR)
    assert _shown(decided, LICENSEE) == []
    assert _state(database, case.case_id, NOW + 3 * HOUR) is State.WAITING
    assert len(cases(database)) == 1


def test_an_approval_for_one_partner_lets_no_other_see(desk, database):
    found = [_held(desk)]
    _decide(desk, database, found)
    (case,) = cases(database)
    approve(database, case.case_id, OFFICE, NOW, partner="fra")
    decided = _decide(desk, database, found)
    assert _shown(decided, LICENSEE) == []
    assert len(_shown(decided, "fra")) == 1
    assert cases(database)[0].waiting == (LICENSEE,)
    assert _state(database, case.case_id) is State.WAITING


def test_a_refusal_keeps_it_withheld_and_ends_an_approval(desk, database):
    found = [_held(desk)]
    _decide(desk, database, found)
    (case,) = cases(database)
    approve(database, case.case_id, OFFICE, NOW)
    refuse(database, case.case_id, OFFICE, NOW, partner="fra", reason="not that one")
    decided = _decide(desk, database, found)
    assert len(_shown(decided, LICENSEE)) == 1
    assert _shown(decided, "fra") == []
    refuse(database, case.case_id, OFFICE, NOW)
    assert _state(database, case.case_id) is State.REFUSED
    assert _shown(_decide(desk, database, found), LICENSEE) == []
    log = verdicts(database, case.case_id)
    assert [(one.approved, one.partner) for one in log] == [
        (True, ""),
        (False, "fra"),
        (False, ""),
    ]


def test_every_office_has_to_agree(desk, database):
    found = [_held(desk)]

    def held():
        solutions = [
            solution_of("both", ["commercial", "trilateral"], one, desk.registry) for one in found
        ]
        return release(
            desk.registry.partners["aus"],
            solutions,
            desk.registry,
            desk.policy,
            NOW,
            approvals=approvals_in_force(database, NOW),
        )

    one = solution_of("both", ["commercial", "trilateral"], found[0], desk.registry)
    attributes, _ = attributes_of("geometry", one.facts[0].marking, one.sources, (), desk.registry)
    classes = frozenset([attributes])
    offices = frozenset([OFFICE, "sensor-release-desk"])
    follow(database, {"aus": [Held(one, classes, classes, offices)]}, desk.registry, NOW)
    (case,) = cases(database)
    assert case.offices == (OFFICE, "sensor-release-desk")
    approve(database, case.case_id, OFFICE, NOW)
    assert approvals_in_force(database, NOW) == ()
    assert _state(database, case.case_id) is State.WAITING
    approve(database, case.case_id, "sensor-release-desk", NOW, NOW + HOUR)
    (approval,) = approvals_in_force(database, NOW)
    assert (approval.classes, approval.until) == (classes, NOW + HOUR)
    assert held()


def _more_closed(desk, approver):
    """Return the packaged policies and one more that holds the same, for somebody else."""
    schema, policies = desk.policy.texts
    start = policies.index('@id("protected-asset-review")')
    end = policies.index("@id(", start + 1)
    text = policies[start:end].replace("protected-asset-review", "held-too")
    text = text.replace('@approver("asset")', approver)
    return Desk(desk.registry, Engine(schema, policies + text, desk.registry))


@pytest.mark.parametrize("approver", ["", '@approver("originator")'])
def test_what_two_policies_hold_takes_the_offices_of_both(desk, database, approver):
    found, stricter = [_held(desk)], _more_closed(desk, approver)
    _decide(desk, database, found)
    (case,) = cases(database)
    assert case.offices == (OFFICE,)
    approve(database, case.case_id, OFFICE, NOW)
    # What one office approved does not count when a second comes to hold it, not even once.
    assert len(_shown(_decide(desk, database, found, follows=False), LICENSEE)) == 1
    decided = _decide(stricter, database, found)
    assert _shown(decided, LICENSEE) == []
    (case,) = cases(database)
    assert case.offices == (OFFICE, "commercial-data-desk")
    assert _state(database, case.case_id) is State.WAITING
    approve(database, case.case_id, "commercial-data-desk", NOW)
    assert len(_shown(_decide(stricter, database, found), LICENSEE)) == 1


ORCON = "SECRET//ORCON/REL TO USA, DEU"


def test_what_is_under_orcon_waits_for_its_originator_and_keeps_its_marking(desk, database):
    found = [desk.approach(5, 50, marking=ORCON)]
    decided = _decide(desk, database, found)
    assert all(one.release is None for of in decided.values() for one in of)
    (case,) = cases(database)
    # The list of the marking stands: France is not on it, and waits for nothing.
    assert (case.offices, case.waiting) == (("commercial-data-desk",), (LICENSEE,))
    with pytest.raises(ReviewError, match="not for asset-protection-desk"):
        approve(database, case.case_id, "asset-protection-desk", NOW)
    approve(database, case.case_id, "commercial-data-desk", NOW, NOW + HOUR)
    decided = _decide(desk, database, found)
    (made,) = _shown(decided, LICENSEE)
    assert (made.banner, made.rendition) == (ORCON, Rendition.FULL)
    assert all(one.release is None for name in ("fra", "bra") for one in decided[name])
    decided = _decide(desk, database, found, NOW + HOUR)
    assert all(one.release is None for of in decided.values() for one in of)


@pytest.mark.parametrize(
    ("marking", "owners", "banner"),
    [
        (
            "//DEU SECRET//REL TO USA, DEU",
            ("liaison-deu",),
            "SECRET//FGI DEU//REL TO USA, DEU",
        ),
        (
            "SECRET//FGI AUS GBR//REL TO USA, DEU",
            ("liaison-aus", "liaison-gbr"),
            "SECRET//FGI AUS GBR//REL TO USA, DEU",
        ),
        (
            "//JOINT SECRET DEU USA//REL TO USA, DEU",
            ("liaison-deu",),
            "SECRET//FGI DEU//REL TO USA, DEU",
        ),
    ],
)
def test_what_is_foreign_waits_for_all_its_owners(desk, database, marking, owners, banner):
    found = [desk.approach(5, 50, marking=marking)]

    def nothing(decided):
        return all(one.release is None for of in decided.values() for one in of)

    assert nothing(_decide(desk, database, found))
    (case,) = cases(database)
    assert (case.offices, case.waiting) == (("commercial-data-desk", *owners), (LICENSEE,))
    for office in case.offices:
        assert nothing(_decide(desk, database, found))
        assert _state(database, case.case_id) is State.WAITING
        approve(database, case.case_id, office, NOW, NOW + HOUR)
    decided = _decide(desk, database, found)
    (made,) = _shown(decided, LICENSEE)
    assert (made.banner, made.rendition, made.valid_until) == (banner, Rendition.FULL, NOW + HOUR)
    assert all(one.release is None for name in ("fra", "bra") for one in decided[name])
    assert nothing(_decide(desk, database, found, NOW + HOUR))
    # Each of them can take it back by itself.
    for office in case.offices:
        approve(database, case.case_id, office, NOW)
        assert _shown(_decide(desk, database, found), LICENSEE)
        refuse(database, case.case_id, office, NOW)
        assert nothing(_decide(desk, database, found))
        assert _state(database, case.case_id) is State.REFUSED
        approve(database, case.case_id, office, NOW)


def test_nobody_is_asked_for_an_owner_that_has_no_office(desk, database):
    for marking in ("SECRET//FGI//REL TO USA, DEU", "SECRET//FGI DEU JPN//REL TO USA, DEU"):
        decided = _decide(desk, database, [desk.approach(5, 50, marking=marking)])
        assert all(one.release is None for of in decided.values() for one in of)
    assert cases(database) == ()


def test_an_approval_lifts_no_control_but_orcon_and_fgi(desk, database):
    for further in (
        "SECRET//ORCON/IMCON/REL TO USA, DEU",
        "SECRET//SI//ORCON/REL TO USA, DEU",
        "SECRET//SI//FGI DEU//REL TO USA, DEU",
        "SECRET//FGI DEU//IMCON/REL TO USA, DEU",
    ):
        decided = _decide(desk, database, [desk.approach(5, 50, marking=further)])
        assert all(one.release is None for of in decided.values() for one in of)
    assert cases(database) == ()


@pytest.mark.parametrize(
    ("policy", "marking"),
    [("orcon", ORCON), ("foreign-information", "//DEU SECRET//REL TO USA, DEU")],
)
def test_a_policy_that_forgets_consent_is_stopped_at_the_door(desk, database, policy, marking):
    schema, policies = desk.policy.texts
    start = policies.index(f'@id("{policy}")')
    end = policies.index("@id(", start + 1)
    engine = Engine(schema, policies[:start] + policies[end:], desk.registry)
    forgetful = Desk(desk.registry, engine)
    decided = _decide(forgetful, database, [desk.approach(5, 50, marking=marking)])
    assert all(one.release is None for of in decided.values() for one in of)
    assert any("too wide" in reason.text for one in decided[LICENSEE] for reason in one.reasons)


def test_an_approver_that_is_none_refuses_to_load(desk):
    with pytest.raises(PolicyError, match=r"held-too: @approver\('nobody'\) is none"):
        _more_closed(desk, '@approver("nobody")')


def test_an_approval_is_of_one_approach_and_of_the_classes_that_were_shown_for_review(
    desk, database
):
    _decide(desk, database, [_held(desk)])
    (case,) = cases(database)
    approve(database, case.case_id, OFFICE, NOW)
    moved, other = _held(desk, 100.005), _held(desk, 103)
    decided = _decide(desk, database, [moved, other])
    assert [one.tca for one in _shown(decided, LICENSEE)] == [NOW + 100 * HOUR]
    assert len(cases(database)) == 2
    marked = _held(desk, marking="UNCLASSIFIED//REL TO USA, DEU, FRA")
    decided = _decide(desk, database, [marked])
    assert _shown(decided, LICENSEE) == []
    assert LICENSEE in cases(database)[0].waiting


def test_a_case_is_followed_while_its_approach_moves(desk, database):
    for step in range(4):
        _decide(desk, database, [_held(desk, 100 + 0.15 * step)])
    (case,) = cases(database)
    assert case.tca == _held(desk, 100.45).tca


def test_what_policy_lets_pass_by_itself_waits_no_longer(desk, database):
    found = [_held(desk)]
    _decide(desk, database, found)
    later = NOW + 29 * HOUR
    decided = _decide(desk, database, found, later)
    assert len(_shown(decided, LICENSEE)) == 1
    (case,) = cases(database)
    assert case.waiting == ()
    assert _state(database, case.case_id, later) is State.SETTLED


def test_a_case_expires_with_its_approach_and_takes_no_answer_then(desk, database):
    _decide(desk, database, [_held(desk)])
    (case,) = cases(database)
    late = NOW + 101 * HOUR
    assert _state(database, case.case_id, late) is State.EXPIRED
    with pytest.raises(ReviewError, match="expired"):
        approve(database, case.case_id, OFFICE, late)


def test_who_may_not_answer_is_refused_and_nothing_is_logged(desk, database):
    _decide(desk, database, [_held(desk)])
    (case,) = cases(database)
    with pytest.raises(ReviewError, match=f"is for {OFFICE}, not for duty-officer"):
        approve(database, case.case_id, "duty-officer", NOW)
    with pytest.raises(ReviewError, match="no case 'x'"):
        refuse(database, "x", OFFICE, NOW)
    with pytest.raises(ReviewError, match="is past"):
        approve(database, case.case_id, OFFICE, NOW, NOW)
    with database.connect() as connection:
        assert connection.execute(select(review_verdicts)).all() == []


def test_an_error_of_the_policy_withholds_whatever_was_approved(desk, database):
    """Cedar skips a policy that errors, so an error is nothing that an office could approve."""
    found = [_held(desk)]
    _decide(desk, database, found)
    (case,) = cases(database)
    approve(database, case.case_id, OFFICE, NOW)

    folder = packaged("config") / "policy"
    texts = [path.read_text() for path in sorted(folder.glob("*.cedar"))]
    failing = Engine(
        (folder / "schema.cedarschema").read_text(), "\n".join([*texts, _OVERFLOWS]), desk.registry
    )
    solutions = [
        solution_of("commercial", ["public", "commercial"], one, desk.registry) for one in found
    ]
    decided = release(
        desk.registry.partners[LICENSEE],
        solutions,
        desk.registry,
        failing,
        NOW,
        approvals=approvals_in_force(database, NOW),
    )
    assert [one.release.rendition for one in decided if one.release] == [Rendition.CONTACT]
    assert [one.held for one in decided] == [()]


def test_classes_survive_being_written_and_those_of_another_vocabulary_count_no_more(
    desk, database
):
    _decide(desk, database, [_held(desk)])
    (case,) = cases(database)
    text = write_classes(case.classes)
    assert read_classes(text) == case.classes
    assert read_classes(text.replace('"group"', '"kind"')) == frozenset()
