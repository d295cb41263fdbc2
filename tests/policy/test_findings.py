"""What is found over a small registry, each finding with its subject, its weight and its day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from small import BEGIN, DAY, END, LATER, PARTNERS, SCHEMA, asset, forbid, permit, small

from sharing.markings import parse
from sharing.policy import Action, Engine
from sharing.policy.checking import Finding, check
from sharing.policy.invariants import Condition, Invariant
from sharing.policy.matrix import Cell, Row, matrix
from sharing.registry import Agreement, Detail, OwnerOffice, Registry

REGISTRY = small()
BARE = small((), ())
"""Without sources and assets: partners, agreements and reviews are told all the same."""
SOON = timedelta(days=30)
DAY_1 = timedelta(days=1)
VARIED = "resource.level >= 0"


def found(
    kind: str,
    policies: str = permit(VARIED),
    registry: Registry = REGISTRY,
    day: date = DAY,
    invariants: tuple[Invariant, ...] = (),
) -> list[tuple[str, bool, str]]:
    """Return subject, whether it is wrong, and text of what is found of a kind."""
    engine = Engine(SCHEMA, policies, registry)
    findings = check(engine, registry, invariants, day, SOON)
    return [(one.subject, one.is_wrong, one.text) for one in findings if one.kind == kind]


def subjects(*args: object, **more: object) -> list[str]:
    return [subject for subject, _, _ in found(*args, **more)]  # type: ignore[arg-type]


def with_agreement(one: Agreement, *parties: str) -> Registry:
    """Return a bare registry with an agreement of these parties."""
    agreements = {**BARE.agreements, one.id: replace(one, parties=parties)}
    partners = {
        id: replace(partner, agreements=(*partner.agreements, one.id)) if id in parties else partner
        for id, partner in BARE.partners.items()
    }
    return replace(BARE, agreements=agreements, partners=partners)


def test_what_is_wrong_stands_first() -> None:
    engine = Engine(SCHEMA, permit(VARIED) + forbid("resource.level > 9"), REGISTRY)
    findings = check(engine, REGISTRY, (), DAY, SOON)
    assert [one.is_wrong for one in findings] == sorted(
        (one.is_wrong for one in findings), reverse=True
    )
    assert findings[0] == Finding(
        "never-fires", "no", "no (Title) never decides anything: correct or remove it", True
    )


def test_an_invariant_that_is_violated_is_wrong() -> None:
    closed = Invariant("closed", "t", (Action.SEE,), (), (Condition("fact.open", "equals", True),))
    ((subject, is_wrong, text),) = found("invariant", invariants=(closed,))
    assert (subject, is_wrong) == ("closed", True)
    assert text.startswith("closed (t): ")
    assert found("invariant") == []


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        (VARIED, True),
        ("resource.level == 4", True),
        ("resource.level == 5", False),
        ('context.band == "past" && principal == Partner::"per"', True),
        ('context.band == "never"', False),
        ('principal.agreements.contains("late")', True),
        ('principal.agreements.containsAll(["late", "rough"])', False),
    ],
)
def test_a_policy_that_decides_nothing_in_any_class_is_found(condition: str, fires: bool) -> None:
    assert (subjects("never-fires", permit(condition)) == []) is fires


def test_a_policy_about_what_no_class_varies_is_only_to_be_looked_at() -> None:
    registry = small(())
    policy = permit(VARIED) + forbid("resource.protected")
    assert found("unvaried", policy, registry) == [
        (
            "protected",
            False,
            "fact.protected has one value in every class that was tried: nothing about it is shown",
        )
    ]
    ((subject, is_wrong, _),) = found("never-fires", policy, registry)
    assert (subject, is_wrong) == ("no", False)
    assert found("unvaried", policy) == []


def test_agreements_of_different_detail_over_one_source_contradict_where_both_are_direct() -> None:
    ((subject, is_wrong, text),) = found("contradiction", registry=BARE)
    assert (subject, is_wrong) == ("fine rough", True)
    assert text == (
        "fine shares firm with kor in exact values, rough in coarse ones: take them out of one"
    )
    # aus is no party of `rough`: it comes to it by a coalition.
    partners = dict(BARE.partners)
    partners["aus"] = replace(PARTNERS[0], agreements=("fine", "rough"))
    partners["kor"] = replace(PARTNERS[1], agreements=("rough",))
    ((_, is_wrong, text),) = found("contradiction", registry=replace(BARE, partners=partners))
    assert not is_wrong
    assert text.endswith("with aus in exact values, rough in coarse ones: the finer counts")


def test_a_contradiction_is_wrong_only_where_the_partner_is_a_party_of_both() -> None:
    fine, rough = BARE.agreements["fine"], BARE.agreements["rough"]
    for of_fine, of_rough, expected in (
        (("kor",), ("kor",), True),
        (("kor",), ("per",), False),
        (("per",), ("kor",), False),
    ):
        agreements = {
            "fine": replace(fine, parties=of_fine),
            "rough": replace(rough, parties=of_rough),
        }
        partners = {"kor": PARTNERS[1], "per": PARTNERS[2]}
        registry = replace(BARE, agreements=agreements, partners=partners)
        ((_, is_wrong, _),) = found("contradiction", registry=registry)
        assert is_wrong is expected


def test_partners_of_one_contradiction_are_told_together() -> None:
    rough = BARE.agreements["rough"]
    registry = with_agreement(replace(rough, id="coarser", sources=("sensor",)), "aus", "kor")
    texts = {subject: text for subject, _, text in found("contradiction", registry=registry)}
    assert texts.keys() == {"fine rough", "fine coarser"}
    assert "sensor with aus, kor in exact values" in texts["fine coarser"]


def test_agreements_that_share_nothing_or_alike_or_are_not_in_force_do_not_contradict() -> None:
    rough = BARE.agreements["rough"]
    for changed in (
        replace(rough, sources=("other-firm",)),
        replace(rough, detail=Detail.EXACT),
        replace(rough, expires=DAY),
        replace(rough, effective=DAY + DAY_1),
    ):
        agreements = {**BARE.agreements, "rough": changed}
        assert found("contradiction", registry=replace(BARE, agreements=agreements)) == []


def test_reviews_are_told_when_due_and_a_permit_past_its_own_is_wrong() -> None:
    def policies(review: date) -> str:
        return permit(VARIED, review=str(review)) + forbid("resource.level > 2", review=str(review))

    assert found("review", policies(DAY), BARE) == [
        (
            "may",
            True,
            f"permit may lapsed on {DAY}, it opens nothing any more: Authority",
        ),
        ("no", False, f"forbid no lapsed on {DAY}, it still closes: Authority"),
    ]
    for due in (DAY + DAY_1, DAY + SOON):
        assert found("review", policies(due), BARE) == [
            ("may", False, f"permit may is due for review by {due}: Authority"),
            ("no", False, f"forbid no is due for review by {due}: Authority"),
        ]
    assert found("review", policies(DAY + SOON + DAY_1), BARE) == []


def test_agreements_are_told_when_they_begin_soon_end_or_have_ended() -> None:
    assert found("agreement", registry=BARE) == [
        ("late", False, "late counts no more since 2026-06-01: late board")
    ]
    ends = END - SOON
    assert subjects("agreement", registry=BARE, day=ends - DAY_1) == ["late"]
    assert found("agreement", registry=BARE, day=ends) == [
        ("fine", False, f"fine counts until {END}: fine board"),
        ("rough", False, f"rough counts until {END}: rough board"),
        ("late", False, "late counts no more since 2026-06-01: late board"),
    ]
    assert (
        found("agreement", registry=BARE, day=END)[0][2]
        == f"fine counts no more since {END}: fine board"
    )
    assert found("agreement", registry=BARE, day=BEGIN - DAY_1)[0] == (
        "fine",
        False,
        f"fine begins on {BEGIN}",
    )
    assert found("agreement", registry=BARE, day=BEGIN) == []
    fine = replace(BARE.agreements["fine"], review=DAY + DAY_1, expires=LATER, parties=("aus",))
    registry = replace(BARE, agreements={"fine": fine})
    partners = {"aus": replace(PARTNERS[0], agreements=("fine",))}
    registry = replace(registry, partners=partners)
    assert found("agreement", registry=registry) == [
        ("fine", False, f"fine counts until {DAY + DAY_1}: fine board")
    ]


def test_partners_without_an_agreement_in_force_are_told() -> None:
    assert found("no-agreement", registry=BARE) == [
        ("per", False, "per is party of no agreement in force: it gets open data alone")
    ]
    assert subjects("no-agreement", registry=BARE, day=END) == ["aus", "kor", "per", "duo"]


def test_an_invariant_that_no_class_comes_under_is_to_be_looked_at() -> None:
    def of(name: str, condition: Condition) -> Invariant:
        return Invariant(name, "t", (Action.SEE,), (condition,), ())

    met = of("met", Condition("fact.sources", "has", "firm"))
    late = of("late", Condition("band", "equals", "past"))
    never = of("never", Condition("fact.sources", "has", "frim"))
    never_at = of("never-at", Condition("band", "equals", "passed"))
    assert found("idle-invariant", invariants=(met, never, late, never_at)) == [
        (name, False, f"invariant {name} (t): nothing comes under its `when`: correct it")
        for name in ("never", "never-at")
    ]
    assert found("idle-invariant", invariants=(met, late)) == found("idle-invariant") == []


@pytest.mark.parametrize(
    ("marking", "strangers"),
    [
        ("S//REL TO USA, AUS, KOR, PER", []),
        ("S//REL TO USA, DUOS", []),
        # No partner, but a member of a code; and a code whose members are not told.
        ("S//REL TO USA, JKL", []),
        ("S//REL TO USA, KFOR", []),
        ("S//REL TO USA, AUX", ["AUX"]),
        ("S//REL TO USA, AUS/DISPLAY ONLY ABC", ["ABC"]),
        ("S//FGI DEF//REL TO USA, AUS", ["DEF"]),
        ("//GHI S//REL TO USA, AUS", ["GHI"]),
        ("S//FGI//REL TO USA, AUS", []),
    ],
)
def test_countries_that_nobody_has_are_told_by_what_names_them(
    marking: str, strangers: list[str]
) -> None:
    sensor = replace(REGISTRY.sources["sensor"], marking=parse(marking))
    members = {**REGISTRY.register.members, "TRIO": ("AUS", "JKL")}
    register = replace(REGISTRY.register, members=members, opaque=("KFOR",))
    registry = replace(REGISTRY, sources={"sensor": sensor}, register=register)
    assert found("stranger", registry=registry) == [
        (
            f"source sensor {code}",
            False,
            f"source sensor names {code}, which no partner and no code of the register has",
        )
        for code in strangers
    ]


def test_countries_of_assets_and_of_offices_for_owners_are_told_too() -> None:
    registry = small((asset(7, nations=("AUS", "USA", "ABC")),))
    rules = replace(registry.rules, owner_offices=(OwnerOffice("DEF", "asset-desk"),))
    told = subjects("stranger", registry=replace(registry, rules=rules))
    assert told == ["asset asset-7 ABC", "release.toml DEF"]


def test_an_edition_of_the_register_before_its_day_is_wrong() -> None:
    assert found("register", registry=BARE, day=BEGIN) == []
    text = f"the newest edition of the register holds from {BEGIN} on: nothing is published"
    assert found("register", registry=BARE, day=BEGIN - DAY_1) == [(str(BEGIN), True, text)]


def rows(policies: str, registry: Registry = REGISTRY, *sources: str) -> list[Row]:
    engine = Engine(SCHEMA, policies, registry)
    return list(matrix(engine, registry, DAY, ["aus", "per"], [sources]))


def test_the_matrix_has_a_row_for_each_partner_and_group_with_the_marking_of_the_sources() -> None:
    made = rows(permit('context.band == "past"'), REGISTRY, "sensor", "public")
    groups = [
        *("identity", "timing", "geometry", "probability", "quality"),
        *("assessment", "provenance"),
    ]
    assert [(one.partner, one.group) for one in made] == [
        (partner, group) for partner in ("aus", "per") for group in groups
    ]
    for row in made:
        assert row.sources == ("sensor", "public")
        assert row.marking == "SECRET//REL TO USA, AUS"
        assert not row.protected
        assert row.cells == (Cell.NOTHING, Cell.NOTHING, Cell.NOTHING, Cell.EXACT)


def test_the_marking_of_a_row_is_by_the_register() -> None:
    marked = replace(REGISTRY.sources["sensor"], marking=parse("S//REL TO USA, DUOS"))
    registry = replace(REGISTRY, sources={**REGISTRY.sources, "sensor": marked})
    found = rows(permit(), registry, "sensor", "firm")
    assert {row.marking for row in found} == {"SECRET//REL TO USA, AUS, KOR"}


@pytest.mark.parametrize(
    ("actions", "cell"),
    [
        (("see", "see_coarse", "know_exists", "release_unreviewed"), Cell.EXACT),
        (("see", "see_coarse", "know_exists"), Cell.EXACT_AFTER_REVIEW),
        (("see",), Cell.EXACT_AFTER_REVIEW),
        (("see_coarse", "know_exists", "release_unreviewed"), Cell.COARSE),
        (("see_coarse",), Cell.COARSE_AFTER_REVIEW),
        (("know_exists", "release_unreviewed"), Cell.EXISTENCE),
        (("know_exists",), Cell.EXISTENCE),
        (("release_unreviewed",), Cell.NOTHING),
        ((), Cell.NOTHING),
    ],
)
def test_a_cell_is_the_most_that_is_allowed(actions: tuple[str, ...], cell: Cell) -> None:
    policies = "".join(
        permit(id=name).replace("action,", f'action == Action::"{name}",') for name in actions
    )
    assert {one.cells for one in rows(policies, REGISTRY, "public")} == {(cell,) * 4}


def test_a_cell_is_said_by_its_word() -> None:
    assert [str(cell) for cell in Cell] == [
        "exact",
        "coarse",
        "exact after review",
        "coarse after review",
        "existence",
        "nothing",
    ]


def test_protected_rows_stand_where_a_protected_asset_changes_anything() -> None:
    plain = permit('resource.group == "timing"')
    assert not any(one.protected for one in rows(plain, REGISTRY, "public"))
    guarded = plain + forbid('resource.protected && principal == Partner::"aus"')
    made = rows(guarded, REGISTRY, "public")
    assert [(one.partner, one.group) for one in made if one.protected] == [("aus", "timing")]
    (row,) = (one for one in made if one.protected)
    assert set(row.cells) == {Cell.NOTHING}
    # The first asset is taken: what it is exact under counts.
    lifted = plain + forbid('resource.protected && !resource.exact_under.contains("fine")')
    assert not any(one.protected for one in rows(lifted, REGISTRY, "public"))
    assert not any(one.protected for one in rows(guarded, small(()), "public"))
