"""The engine's answers over a small registry: why, what lapsed, what was supposed, what differs."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from small import DAY, END, HEAD, PARTNERS, SCHEMA, forbid, permit, small

from sharing.errors import PolicyError
from sharing.markings import parse
from sharing.policy import (
    Action,
    Approver,
    Attributes,
    Band,
    Context,
    Decision,
    Engine,
    attributes_of,
)
from sharing.policy.engine import Policy, read_engine
from sharing.registry import ContactRules, Detail

REGISTRY = small()
AUS, KOR, PER, DUO = PARTNERS
NOW = Context(Band.FROM_72H, DAY)
OVERFLOW = "9223372036854775807 + principal.clearance > 0"


def fact(*sources: str, marking: str = "U", group: str = "timing") -> Attributes:
    return attributes_of(group, parse(marking), sources, (), REGISTRY)[0]


def engine(*policies: str) -> Engine:
    return Engine(SCHEMA, "".join(policies), REGISTRY)


def test_a_policy_is_presented_by_its_annotations() -> None:
    policies = engine(permit("resource.level > 0"), forbid('context.band == "past"')).policies
    first = Approver.ORIGINATOR
    assert policies == {
        "may": Policy(
            "may", "Title", "Authority", date(2099, 1, 1), True, frozenset({"level"}), first
        ),
        "no": Policy(
            "no", "Title", "Authority", date(2099, 1, 1), False, frozenset({"band"}), first
        ),
    }


def test_a_policy_may_name_who_approves_what_it_holds() -> None:
    noted = permit().replace("@title", '@approver("asset") @title')
    assert engine(noted).policies["may"].approver is Approver.ASSET


def test_an_answer_names_the_policies_that_made_it_in_order() -> None:
    asked = engine(permit(id="b"), permit(id="a"), permit("resource.level > 3", id="c"))
    assert asked.decide(AUS, fact("public"), Action.SEE, NOW) == Decision(True, ("a", "b"), ())
    closed = engine(permit(), forbid("true", "z"), forbid("true", "y"))
    assert closed.decide(AUS, fact("public"), Action.SEE, NOW) == Decision(False, ("y", "z"), ())
    assert engine().decide(AUS, fact("public"), Action.SEE, NOW) == Decision(False, (), ())


def test_while_one_permit_counts_another_may_have_lapsed() -> None:
    old = permit(id="old", review=str(DAY))
    asked = engine(old, permit(id="new"))
    assert asked.decide(AUS, fact("public"), Action.SEE, NOW).allowed
    assert asked.decide(AUS, fact("public"), Action.SEE, NOW).errors == ()
    alone = engine(old).decide(AUS, fact("public"), Action.SEE, NOW)
    assert not alone.allowed
    assert alone.policies == ("old",)
    assert alone.errors == (f"permit old lapsed on {DAY}: review it",)
    before = Context(Band.FROM_72H, DAY - timedelta(days=1))
    assert engine(old).decide(AUS, fact("public"), Action.SEE, before).allowed


def test_a_forbid_that_lapsed_says_nothing_of_it() -> None:
    closed = engine(permit(), forbid("true", review="2020-01-01"))
    assert closed.decide(AUS, fact("public"), Action.SEE, NOW) == Decision(False, ("no",), ())


def test_what_errs_is_denied_and_told_whatever_else_permits() -> None:
    answer = engine(permit(), forbid(OVERFLOW)).decide(AUS, fact("public"), Action.SEE, NOW)
    assert not answer.allowed
    assert answer.policies == ("may",)
    (error,) = answer.errors
    assert "overflow" in error


def test_questions_asked_together_are_answered_as_each_by_itself() -> None:
    policies = (
        permit('action == Action::"see" && principal.agreements.contains("fine")'),
        permit('context.band == "past"', id="late"),
    )
    asked = [
        (action, Context(band, day)) for day in (DAY, END) for action in Action for band in Band
    ]
    together = engine(*policies).decide_all(KOR, fact("sensor"), [*asked, *asked[:3]])
    alone = [engine(*policies).decide(KOR, fact("sensor"), *one) for one in asked]
    assert [*together] == [*alone, *alone[:3]]
    assert len({one.allowed for one in together}) == 2
    counting = engine(*policies)
    assert counting.decide_all(KOR, fact("sensor"), []) == ()
    assert counting.n_decisions == 0
    for _ in range(2):
        counting.decide_all(KOR, fact("sensor"), asked[:3])
        assert counting.n_decisions == 3


def test_what_is_asked_of_facts_and_partners_is_theirs_alone() -> None:
    """Prove that what is remembered of one partner, fact or day answers for no other."""
    asked = engine(
        permit(
            'resource.group == "timing" && principal.clearance >= 2'
            ' && principal.exact_sources.contains("sensor")'
        ),
    )
    timing, geometry = fact("sensor"), fact("sensor", group="geometry")
    for _ in range(2):
        for partner, attributes, day, expected in (
            (AUS, timing, DAY, True),
            (KOR, timing, DAY, False),
            (AUS, geometry, DAY, False),
            (AUS, timing, END, False),
            (AUS, timing, DAY, True),
        ):
            context = Context(Band.PAST, day)
            assert asked.decide(partner, attributes, Action.SEE, context).allowed is expected


def test_partners_asked_one_after_the_other_about_one_fact_each_have_their_own() -> None:
    asked = engine(permit("principal.clearance >= 0"))
    for partner in PARTNERS:
        answer = asked.decide(partner, fact("public"), Action.SEE, NOW)
        assert answer == Decision(True, ("may",), ())


def test_a_question_of_several_days_is_answered_by_the_agreements_of_each() -> None:
    asked = engine(permit("!principal.agreements.isEmpty()"))
    questions = [(Action.SEE, Context(Band.PAST, day)) for day in (DAY, END, DAY)]
    answers = asked.decide_all(AUS, fact("sensor"), questions)
    assert [one.allowed for one in answers] == [True, False, True]


def test_a_stranger_is_denied_each_question_by_name() -> None:
    stranger = replace(AUS, id="xxx")
    questions = [(Action.SEE, NOW), (Action.KNOW_EXISTS, NOW)]
    answers = engine(permit()).decide_all(stranger, fact("public"), questions)
    unknown = Decision(False, (), ("partner 'xxx' is not in the registry",))
    assert answers == (unknown, unknown)
    altered = replace(AUS, detail=Detail.COARSE)
    assert not engine(permit()).decide(altered, fact("public"), Action.SEE, NOW).allowed


def test_sets_of_partner_and_fact_are_asked_in_full() -> None:
    asked = engine(permit("resource.audience.containsAll(principal.codes)"))
    assert asked.decide(DUO, fact("public", marking="C//REL TO USA, DUOS"), Action.SEE, NOW).allowed
    one = fact("public", marking="C//REL TO USA, AUS")
    assert not asked.decide(DUO, one, Action.SEE, NOW).allowed


def test_the_principal_is_of_the_day() -> None:
    asked = engine()
    assert asked.principal(AUS, DAY)["agreements"] == ["fine"]
    assert asked.principal(AUS, END)["agreements"] == []
    assert asked.principal(KOR, DAY)["agreements"] == ["fine", "rough"]
    assert asked.principal(AUS, DAY) is asked.principal(AUS, DAY)


def test_what_is_supposed_changes_nothing_that_stands() -> None:
    asked = engine(permit('principal.licences.contains("firm")'))
    digest = asked.digest
    assert not asked.decide(KOR, fact("firm"), Action.SEE, NOW).allowed
    licensed = replace(REGISTRY.sources["firm"], licensees=("aus", "kor"))
    other = replace(REGISTRY, sources={**REGISTRY.sources, "firm": licensed})
    supposed = asked.supposing(other)
    assert supposed.decide(KOR, fact("firm"), Action.SEE, NOW).allowed
    assert supposed.principal(KOR, DAY)["licences"] == ["firm", "other-firm"]
    assert supposed.digest != digest
    assert supposed.digest == Engine(SCHEMA, asked.texts[1], other).digest
    assert not asked.decide(KOR, fact("firm"), Action.SEE, NOW).allowed
    assert asked.digest == digest
    assert supposed.policies == asked.policies


def test_the_digest_is_of_texts_and_all_of_the_registry_that_decides() -> None:
    one = Engine(SCHEMA, permit(), REGISTRY).digest
    assert one == Engine(SCHEMA, permit(), small()).digest
    deciding = replace(REGISTRY, offices={})
    assert one == sha256(repr((SCHEMA, permit(), deciding)).encode()).hexdigest()
    moved = {id: replace(office, filled=False) for id, office in REGISTRY.offices.items()}
    unlike = replace(REGISTRY, offices=moved, contacts=ContactRules(stale_after_days=1))
    assert one == Engine(SCHEMA, permit(), unlike).digest
    partners = {**REGISTRY.partners, "per": replace(PER, name="other")}
    others = (
        Engine(SCHEMA + "\n", permit(), REGISTRY),
        Engine(SCHEMA, permit() + "\n", REGISTRY),
        Engine(SCHEMA, permit(), replace(REGISTRY, partners=partners)),
    )
    assert one not in {other.digest for other in others}


def test_policies_are_read_from_every_file_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "schema.cedarschema").write_text(SCHEMA, encoding="utf-8")
    (folder / "b.cedar").write_text(forbid("true").replace("Title", "Überblick"), encoding="utf-8")
    (folder / "a.cedar").write_text(permit(), encoding="utf-8")
    (folder / "c.txt").write_text("no policy")
    read = read_engine(tmp_path, REGISTRY)
    assert list(read.policies) == ["may", "no"]
    assert read.policies["no"].title == "Überblick"
    assert read.texts[0] == SCHEMA
    assert read.texts[1].index("may") < read.texts[1].index("Überblick")
    (folder / "b.cedar").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match="cannot read"):
        read_engine(tmp_path, REGISTRY)
    (folder / "b.cedar").unlink()
    (folder / "schema.cedarschema").unlink()
    with pytest.raises(PolicyError, match="cannot read"):
        read_engine(tmp_path, REGISTRY)


@pytest.mark.parametrize(
    ("policies", "named"),
    [
        (permit().replace('@id("may") ', ""), "policy0 has no @id"),
        (permit().replace('@title("Title")', ""), "may has no @title"),
        (permit().replace('@title("Title")', '@title("")'), "may has no @title"),
        (permit().replace('@authority("Authority")', ""), "may has no @authority"),
        (permit().replace('@review("2099-01-01")', ""), "may has no @review"),
        ("permit (principal, action, resource);", "policy0 has no @id"),
        # Misspelt it would leave the approval to somebody else.
        ('@aprover("asset") ' + permit(), "may: @aprover is none: write @id, .*@approver"),
        (permit(review="2099-13-01"), r"may: @review\('2099-13-01'\) is no date"),
        (
            permit().replace("@title", '@approver("nobody") @title'),
            r"may: @approver\('nobody'\) is none: write originator, asset, owner",
        ),
        (permit() + permit(), r"@id\('may'\) stands twice"),
        (permit("resource.opne"), "may does not validate: for policy `policy0`, attribute `opne`"),
        (
            "permit (principal, action, resource) when { resource.opne };",
            "policy0 does not validate: for policy `policy0`, attribute `opne`",
        ),
        ("permit (principal, action", "the text does not validate: Policy parse error"),
        (
            HEAD.format(id="t", review="2099-01-01") + "permit (principal == ?principal, action,"
            " resource);",
            "templates are not used",
        ),
    ],
)
def test_policies_that_are_not_whole_are_refused_by_name(policies: str, named: str) -> None:
    with pytest.raises(PolicyError, match=named):
        engine(policies)
