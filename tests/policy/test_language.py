"""What policies can tell apart is read off their own structure."""

import json

import cedarpy
from small import HEAD, forbid, permit

from sharing.policy.language import Language, language_of


def read(*policies: str) -> Language:
    return language_of(json.loads(cedarpy.policies_to_json_str("\n".join(policies))))


def test_words_are_literals_and_ids_and_numbers_are_numbers() -> None:
    spoken = read(permit('resource.group == "timing" && principal.clearance >= 2'))
    assert spoken.words == {"timing"}
    assert spoken.numbers == {2}
    assert spoken.attributes == {"group", "clearance"}
    scope = HEAD.format(id="x", review="2099-01-01")
    scope += 'forbid (principal == Partner::"kor", action == Action::"see", resource);'
    assert read(scope).words == {"kor", "see"}
    assert read(scope).attributes == frozenset()


def test_truth_values_are_no_numbers_and_annotations_are_not_spoken() -> None:
    spoken = read(forbid("resource.open == true"))
    assert spoken.numbers == frozenset()
    assert spoken.words == frozenset()
    linked = frozenset({frozenset({"open"})})
    assert spoken == Language(attributes=frozenset({"open"}), linked=linked)


def test_a_set_that_is_only_asked_for_elements_of_others_encloses() -> None:
    asked = "principal.exact_sources.containsAll(resource.closed)"
    spoken = read(permit(asked))
    assert spoken.attributes == {"exact_sources", "closed"}
    assert spoken.enclosing == {"exact_sources"}
    for call in ("containsAny(resource.closed)", "contains(resource.group)"):
        assert read(permit(f"principal.exact_sources.{call}")).enclosing == {"exact_sources"}
    # Asked something else anywhere, also within another question, it is counted.
    for other in (
        "principal.exact_sources.isEmpty()",
        "resource.closed.containsAll(principal.exact_sources)",
        'principal.exact_sources == ["a"]',
    ):
        assert "exact_sources" not in read(permit(asked), permit(other, id="b")).enclosing
        assert "exact_sources" not in read(permit(f"{asked} && {other}")).enclosing


def test_what_decides_whose_set_is_asked_is_counted_and_an_annotation_is_not() -> None:
    chosen = "(if resource.open then resource else resource).sources"
    spoken = read(permit(f"{chosen}.containsAll(principal.codes)"))
    assert spoken.attributes == {"open", "sources", "codes"}
    assert spoken.enclosing == {"sources"}
    noted = '@attr("sources") ' + permit("resource.sources.containsAll(principal.codes)")
    assert read(noted).enclosing == {"sources"}


def test_what_is_asked_of_a_computed_set_is_counted() -> None:
    spoken = read(
        permit(
            "(if resource.open then resource.closed else resource.sources)"
            ".containsAll(principal.codes)"
        )
    )
    assert spoken.enclosing == frozenset()
    assert spoken.attributes == {"open", "closed", "sources", "codes"}


def test_patterns_and_arithmetic_are_noticed() -> None:
    assert not read(permit("principal.clearance > 1")).has_arithmetic
    assert not read(permit('resource.group == "a"')).has_patterns
    assert read(permit('resource.group like "t*"')).has_patterns
    for computed in ("1 + resource.level", "resource.level - 1", "resource.level * 2"):
        assert read(permit(f"{computed} > 3")).has_arithmetic
    assert read(permit("-resource.level < 0")).has_arithmetic


def test_attributes_are_linked_where_one_comparison_holds_both() -> None:
    spoken = read(
        permit("resource.closed.containsAll(principal.codes) && !(resource.level > 1)"),
        permit("if resource.open then principal.codes == resource.shown else true", id="b"),
    )
    assert spoken.linked >= {frozenset({"closed", "codes"}), frozenset({"level"})}
    assert frozenset({"codes", "shown"}) in spoken.linked
    assert {*spoken.families()} - {frozenset()} == {
        frozenset({"closed", "codes", "shown"}),
        frozenset({"level"}),
        frozenset({"open"}),
    }


def test_what_logic_joins_is_not_linked_by_it() -> None:
    alone = {frozenset({"level"}), frozenset({"clearance"})}
    for joined in (
        "resource.level > 1 || principal.clearance > 1",
        "resource.level > 1 && principal.clearance > 1",
        "!(resource.level > 1 && principal.clearance > 1)",
        "if resource.level > 1 then principal.clearance > 1 else false",
    ):
        assert read(permit(joined)).linked - {frozenset()} == alone
    together = read(permit("resource.level > principal.clearance"))
    assert together.linked == {frozenset({"level", "clearance"})}


def test_two_languages_together_speak_of_what_either_does() -> None:
    one = Language(
        words=frozenset({"a"}),
        numbers=frozenset({1}),
        attributes=frozenset({"x", "y", "both"}),
        enclosing=frozenset({"x", "both"}),
        linked=frozenset({frozenset({"x", "y"})}),
        has_patterns=True,
    )
    other = Language(
        words=frozenset({"b"}),
        numbers=frozenset({2}),
        attributes=frozenset({"x", "z", "both"}),
        enclosing=frozenset({"z", "both"}),
        linked=frozenset({frozenset({"z"})}),
        has_arithmetic=True,
    )
    together = Language(
        words=frozenset({"a", "b"}),
        numbers=frozenset({1, 2}),
        attributes=frozenset({"x", "y", "z", "both"}),
        # x is counted by the other, and what either counts is counted.
        enclosing=frozenset({"z", "both"}),
        linked=frozenset({frozenset({"x", "y"}), frozenset({"z"})}),
        has_patterns=True,
        has_arithmetic=True,
    )
    assert one | other == together
    assert other | one == together
    assert one | Language() == one
    assert not (Language() | Language()).has_patterns
    assert not (Language() | Language()).has_arithmetic
