"""Invariants over a small registry: each relation, what is refused by name, and what is found."""

from dataclasses import replace
from pathlib import Path

import pytest
from small import BEGIN, DAY, SCHEMA, SOURCES, asset, forbid, permit, small

from sharing.errors import PolicyError
from sharing.policy import Action, Band, Engine, load_engine
from sharing.policy.invariants import (
    Condition,
    Invariant,
    Violation,
    read_invariants,
    violations,
)

REGISTRY = small((asset(7, "fine"),), SOURCES[2:])


def invariant(*only_if: Condition, when: tuple[Condition, ...] = (), id: str = "one") -> Invariant:
    return Invariant(id, f"title of {id}", (Action.SEE,), when, only_if)


def found(policies: str, *invariants: Invariant) -> list[Violation]:
    return list(violations(Engine(SCHEMA, policies, REGISTRY), REGISTRY, invariants))


def holds(policy: str, of: str, relation: str, value: object) -> bool:
    """Return whether a relation holds wherever one policy allows something."""
    condition = Condition(of, relation, value)  # type: ignore[arg-type]
    return not found(permit(policy), invariant(condition))


@pytest.mark.parametrize(
    ("policy", "of", "relation", "value", "expected"),
    [
        ('resource.group == "timing"', "fact.group", "equals", "timing", True),
        ('resource.group == "timing"', "fact.group", "equals", "geometry", False),
        ("resource.level == 3", "fact.level", "equals", 3, True),
        ("resource.open", "fact.open", "equals", True, True),
        ("resource.open", "fact.open", "equals", False, False),
        ('resource.group == "timing"', "fact.group", "differs", "geometry", True),
        ('resource.group == "timing"', "fact.group", "differs", "timing", False),
        ('context.band == "past"', "band", "among", ("past", "under-24h"), True),
        ('context.band == "past"', "band", "among", ("under-24h",), False),
        ("resource.level >= 3", "fact.level", "at_least", 3, True),
        ("resource.level >= 3", "fact.level", "at_least", 4, False),
        ("resource.level >= 2", "fact.level", "at_least", 3, False),
        ("resource.level <= 2", "fact.level", "at_most", 2, True),
        ("resource.level <= 3", "fact.level", "at_most", 2, False),
        ("resource.level <= 2", "fact.level", "at_most", 0, False),
        (
            "principal.exact_sources.containsAll(resource.closed)",
            "fact.closed",
            "within",
            "partner.exact_sources",
            True,
        ),
        (
            "principal.coarse_sources.containsAll(resource.closed)",
            "fact.closed",
            "within",
            "partner.exact_sources",
            False,
        ),
        ("!resource.controls.isEmpty()", "fact.controls", "within", ("FGI",), False),
        ('resource.sources == ["radar"]', "fact.sources", "within", ("radar", "x"), True),
        ('resource.sources == ["radar"]', "fact.sources", "within", ("radar",), True),
        ('resource.sources == ["radar"]', "fact.sources", "without", ("sensor", "x"), True),
        ('resource.sources.contains("radar")', "fact.sources", "without", ("radar", "x"), False),
        (
            "!principal.coarse_sources.containsAny(resource.sources)",
            "fact.sources",
            "without",
            "partner.coarse_sources",
            True,
        ),
        ('resource.sources.contains("radar")', "fact.sources", "has", "radar", True),
        ('resource.sources.contains("radar")', "fact.sources", "has", "sensor", False),
        ("resource.sources.isEmpty()", "fact.sources", "empty", True, True),
        ("resource.sources.isEmpty()", "fact.sources", "empty", False, False),
        ("!resource.sources.isEmpty()", "fact.sources", "empty", False, True),
        ('principal == Partner::"kor"', "partner.id", "equals", "kor", True),
        ('principal == Partner::"kor"', "partner.id", "equals", "aus", False),
        (
            "principal.clearance >= resource.level",
            "partner.clearance",
            "at_least",
            "fact.level",
            True,
        ),
        ("principal.clearance > 0", "partner.clearance", "at_least", "fact.level", False),
        ('principal.kind == "nation"', "partner.kind", "equals", "nation", True),
    ],
)
def test_each_relation_holds_where_policies_keep_it_and_nowhere_else(
    policy: str, of: str, relation: str, value: object, expected: bool
) -> None:
    assert holds(policy, of, relation, value) is expected


def test_only_what_all_of_when_and_the_actions_name_is_ruled_out() -> None:
    to_past = Condition("band", "equals", "past")
    secret = Condition("fact.level", "equals", 3)
    never = Condition("fact.level", "at_least", 9)
    closed_late = permit('context.band == "past" && resource.level == 0')
    assert found(closed_late, invariant(never, when=(to_past,)))
    assert not found(closed_late, invariant(never, when=(to_past, secret)))
    guarded = Condition("fact.protected", "equals", True)
    assert found(permit(), invariant(never, when=(guarded,)))
    coarse = permit().replace("action,", 'action == Action::"see_coarse",')
    assert not found(coarse, invariant(never))
    both = Invariant("both", "t", (Action.SEE, Action.SEE_COARSE), (), (never,))
    (violation,) = found(coarse, both)
    assert violation.action is Action.SEE_COARSE
    # All of only_if must hold.
    assert found(permit("resource.level == 3"), invariant(secret, never))


def test_what_invariants_ask_tells_classes_apart_though_no_policy_asks_it() -> None:
    assert len(found(permit(), invariant(Condition("fact.level", "at_most", 2)))) == 1
    # Asked whether it holds others, and whether it is empty: then all that is in it counts.
    within = Condition("fact.licensed", "within", "fact.exact_under")
    empty = invariant(Condition("fact.exact_under", "empty", True), when=(within,))
    assert len(found(permit(), empty)) == 1


def test_each_invariant_that_is_violated_is_told_once_with_who_could_get_what() -> None:
    policies = permit('principal == Partner::"aus" && resource.sources == ["radar", "sensor"]')
    policies += permit('context.band == "past"', id="also") + forbid('context.band != "past"')
    open_only = invariant(Condition("fact.open", "equals", True), id="open-only")
    kept = invariant(Condition("band", "equals", "past"), id="kept")
    nobody = invariant(Condition("partner.id", "differs", "aus"), id="nobody")
    answers = found(policies, open_only, kept, nobody)
    assert sorted(one.invariant.id for one in answers) == ["nobody", "open-only"]
    for one in answers:
        assert one.band is Band.PAST
        assert "also" in one.policies
        engine = Engine(SCHEMA, policies, REGISTRY)
        assert one.case.who.day >= BEGIN
        assert engine.principal(one.case.who.partner, one.case.who.day) == one.case.who.asked
    (one,) = (one for one in answers if one.invariant.id == "nobody")
    attributes = one.case.what.attributes
    sources = ", ".join(sorted(attributes.sources))
    assert str(one) == (
        f"nobody (title of nobody): aus could see {attributes.group} of level "
        f"{attributes.level} from {sources} past by {', '.join(one.policies)}"
    )


def test_what_was_found_to_violate_is_found_again() -> None:
    """Prove that what is remembered of classes that violate nothing hides no violation."""
    engine = Engine(SCHEMA, permit("resource.protected"), REGISTRY)
    wanted = invariant(Condition("fact.exact_under", "empty", True), id="again")
    assert [len(list(violations(engine, REGISTRY, (wanted,)))) for _ in range(3)] == [1, 1, 1]
    kept = invariant(Condition("fact.protected", "equals", True), id="kept")
    assert [len(list(violations(engine, REGISTRY, (kept,)))) for _ in range(2)] == [0, 0]
    assert len(list(violations(engine, REGISTRY, (kept, wanted)))) == 1
    assert len(list(violations(engine, REGISTRY, (wanted, kept)))) == 1


def test_what_holds_of_one_registry_is_asked_again_of_another() -> None:
    unlicensed = invariant(Condition("fact.licensed", "empty", True), id="unlicensed")
    engine = Engine(SCHEMA, permit(), REGISTRY)
    assert list(violations(engine, REGISTRY, (unlicensed,))) == []
    other = small()
    assert len(list(violations(engine.supposing(other), other, (unlicensed,)))) == 1


@pytest.mark.parametrize("review", ["2026-03-01", str(DAY)])
def test_what_holds_while_a_permit_has_lapsed_is_asked_again_of_earlier_days(review: str) -> None:
    nothing = invariant(Condition("fact.level", "at_least", 9), id="nothing")
    engine = Engine(SCHEMA, permit(review=review), REGISTRY)
    fine = replace(REGISTRY.agreements["fine"], effective=DAY, parties=("aus",))
    partners = {"aus": replace(REGISTRY.partners["aus"], agreements=("fine",))}
    late = replace(REGISTRY, agreements={"fine": fine}, partners=partners)
    assert list(violations(engine.supposing(late), late, (nothing,))) == []
    early = replace(late, agreements={"fine": replace(fine, effective=BEGIN)})
    assert len(list(violations(engine.supposing(early), early, (nothing,)))) == 1


@pytest.mark.parametrize(
    "name", ["fact.grup", "facts.group", "partner.open", "fact.kind", "group", "context.band"]
)
def test_what_the_schema_lacks_is_named_even_where_nothing_is_allowed(name: str) -> None:
    with pytest.raises(PolicyError, match=f"one: '{name}' is no attribute"):
        found(forbid("true"), invariant(Condition(name, "equals", "x")))


def test_what_cannot_be_compared_is_named_by_the_condition() -> None:
    wrong = invariant(Condition("fact.level", "at_least", "fact.group"))
    with pytest.raises(PolicyError, match=r"one: fact\.level at_least fact\.group: these cannot"):
        found(permit(), wrong)


HEAD = '[[invariant]]\nid = "a"\ntitle = "t"\nactions = ["see"]\nwhen = []\n'


def read(folder: Path, text: str) -> tuple[Invariant, ...]:
    (folder / "policy").mkdir(exist_ok=True)
    (folder / "policy/invariants.toml").write_text(text)
    return read_invariants(folder)


def test_a_file_is_read_into_its_invariants(tmp_path: Path) -> None:
    text = HEAD.replace("[]", '[{ of = "fact.open", equals = false }]')
    text += 'only_if = [{ of = "fact.controls", within = ["FGI", "SCI"] }]\n'
    text += HEAD.replace('"a"', '"b"').replace('"see"', '"see", "know_exists"')
    text += 'only_if = [{ of = "fact.level", at_most = 2 }, { of = "fact.sources", empty = true }]'
    assert read(tmp_path, text) == (
        Invariant(
            "a",
            "t",
            (Action.SEE,),
            (Condition("fact.open", "equals", False),),
            (Condition("fact.controls", "within", ("FGI", "SCI")),),
        ),
        Invariant(
            "b",
            "t",
            (Action.SEE, Action.KNOW_EXISTS),
            (),
            (Condition("fact.level", "at_most", 2), Condition("fact.sources", "empty", True)),
        ),
    )


@pytest.mark.parametrize(
    "relation",
    [
        'equals = "x"',
        "equals = 1",
        "differs = true",
        'among = ["a"]',
        "at_least = 1",
        'at_least = "fact.level"',
        "at_most = 1",
        'at_most = "fact.level"',
        'within = "fact.closed"',
        'within = ["a"]',
        'without = "fact.closed"',
        'without = ["a"]',
        'has = "a"',
        "empty = true",
    ],
)
def test_each_relation_can_be_written(tmp_path: Path, relation: str) -> None:
    (one,) = read(tmp_path, HEAD + f'only_if = [{{ of = "fact.x", {relation} }}]')
    assert one.only_if[0].relation == relation.split()[0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + 'only_if = [{ of = "fact.x" }]', "a: fact.x: give one relation of equals, differs"),
        (HEAD + 'only_if = [{ of = "fact.x", has = "a", empty = true }]', "give one relation"),
        (HEAD + "only_if = []\n" + HEAD + "only_if = []", "'a' stands twice"),
        (HEAD.replace('id = "a"', 'id = ""') + "only_if = []", "id"),
        (HEAD.replace('"t"', '""') + "only_if = []", "title"),
        (HEAD.replace('["see"]', "[]") + "only_if = []", "actions"),
        (HEAD, "only_if"),
        (HEAD + "only_if = []\nextra = 1", "extra"),
        ("surplus = 1\n" + HEAD + "only_if = []", "surplus"),
        (HEAD + 'only_if = [{ of = "fact.x", has = "a", hass = "b" }]', "hass"),
        (HEAD + 'only_if = [{ of = "fact.x", at_least = "1", empty = 1 }]', "empty"),
        (HEAD + 'only_if = [{ of = "fact.x", has = 1 }]', "has"),
        (HEAD + 'only_if = [{ of = "fact.x", among = "a" }]', "among"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(PolicyError, match=named) as caught:
        read(tmp_path, text)
    assert "invariants.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_policies_that_violate_an_invariant_do_not_load_however_often_asked(tmp_path: Path) -> None:
    read(tmp_path, HEAD + 'only_if = [{ of = "fact.level", at_most = 2 }]')
    folder = tmp_path / "policy"
    (folder / "schema.cedarschema").write_text(SCHEMA)
    (folder / "some.cedar").write_text(permit("resource.level == 3"))
    for _ in range(2):
        with pytest.raises(PolicyError, match=r"config/policy: a .t.: .* could see .*policy check"):
            load_engine(tmp_path, REGISTRY)
    (folder / "some.cedar").write_text(permit("resource.level == 2"))
    for _ in range(2):
        assert load_engine(tmp_path, REGISTRY).texts == (SCHEMA, permit("resource.level == 2"))
    (folder / "some.cedar").write_text(permit("resource.level == 4"))
    with pytest.raises(PolicyError, match=r"a .t.:"):
        load_engine(tmp_path, REGISTRY)
    (folder / "some.cedar").write_text(permit("resource.level == 2"))
    # The same policies under another invariant are another question.
    read(tmp_path, HEAD + 'only_if = [{ of = "fact.level", at_most = 1 }]')
    with pytest.raises(PolicyError, match=r"a .t.:"):
        load_engine(tmp_path, REGISTRY)
