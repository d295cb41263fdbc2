"""What `check` finds, and what the matrix lays out."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from sharing.policy import Action, Band, Context, Engine, attributes_of, read_engine
from sharing.policy.checking import Finding, check
from sharing.policy.classes import GROUPS
from sharing.policy.invariants import idle, read_invariants
from sharing.policy.matrix import Cell, matrix
from sharing.registry import Detail, Registry, load_registry

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = (CONFIG / "policy/schema.cedarschema").read_text()
POLICIES = "\n".join(path.read_text() for path in sorted((CONFIG / "policy").glob("*.cedar")))
DAY = date(2026, 11, 23)
SOON = timedelta(days=90)
HEAD = '@id("extra") @title("t") @authority("a") @review("2099-01-01")\n'


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(CONFIG)


@pytest.fixture(scope="module")
def engine(registry: Registry) -> Engine:
    return read_engine(CONFIG, registry)


def found(
    registry: Registry, extra: str = "", day: date = DAY, soon: timedelta = SOON
) -> list[Finding]:
    engine = Engine(SCHEMA, POLICIES + extra, registry)
    return list(check(engine, registry, read_invariants(CONFIG), day, soon))


def subjects(findings: list[Finding], kind: str) -> set[str]:
    return {one.subject for one in findings if one.kind == kind}


def test_nothing_is_wrong_with_the_sample(registry: Registry) -> None:
    findings = found(registry)
    assert not [one.text for one in findings if one.is_wrong]
    assert subjects(findings, "no-agreement") == {"per", "tha", "ury"}
    assert subjects(findings, "unvaried") == set()


@pytest.mark.parametrize(
    "policy",
    [
        'forbid (principal, action, resource) when { context.band == "never" };',
        "forbid (principal, action, resource) when { resource.open && resource.level > 0 };",
        'forbid (principal == Partner::"atlantis", action, resource);',
        # A permit that a forbid always overrides opens nothing.
        "permit (principal, action, resource) when { principal.clearance < resource.level };",
        "forbid (principal, action, resource)\n"
        "when { principal.agreements.isEmpty() && !principal.exact_sources.isEmpty() };",
    ],
)
def test_a_policy_that_can_never_fire_is_found(registry: Registry, policy: str) -> None:
    findings = found(registry, HEAD + policy)
    assert subjects(findings, "never-fires") == {"extra"}
    assert findings[0].is_wrong


def test_a_policy_that_fires_for_one_partner_and_band_alone_is_not_accused(
    registry: Registry,
) -> None:
    policy = (
        HEAD + 'forbid (principal == Partner::"kor", action == Action::"see_coarse", resource)\n'
        'when { context.band == "past" && resource.sources.contains("public") };'
    )
    assert subjects(found(registry, policy), "never-fires") == set()


def test_two_agreements_that_name_one_partner_in_different_detail_are_wrong(
    registry: Registry,
) -> None:
    coarse = registry.agreements["commercial-licence-coarse"]
    both = replace(coarse, parties=(*coarse.parties, "fra"))
    agreements = {**registry.agreements, both.id: both}
    fra = registry.partners["fra"]
    fra = replace(fra, agreements=(*fra.agreements, both.id))
    changed = replace(registry, agreements=agreements, partners={**registry.partners, "fra": fra})
    wrong = [one for one in found(changed) if one.kind == "contradiction" and one.is_wrong]
    (one,) = wrong
    assert "shares commercial with fra in exact values" in one.text
    assert "take them out of one" in one.text
    # Not while one of them is not in force.
    lapsed = replace(both, expires=DAY)
    changed = replace(changed, agreements={**agreements, both.id: lapsed})
    assert not [one for one in found(changed) if one.kind == "contradiction" and one.is_wrong]


def test_what_lapsed_or_soon_will_is_found(registry: Registry) -> None:
    near = found(registry, day=date(2029, 9, 1))
    assert subjects(near, "agreement") == {"commercial-licence", "commercial-licence-coarse"}
    assert not any(one.is_wrong for one in near if one.kind in ("agreement", "review"))
    late = found(registry, day=date(2030, 7, 1))
    permits = {one.subject for one in late if one.kind == "review" and one.is_wrong}
    assert permits == {
        "open-data",
        "agreement-exact",
        "agreement-coarse",
        "safety-override",
        "know-whom-to-ask",
    }
    assert "clearance" in subjects(late, "review")
    assert len(subjects(late, "no-agreement")) == len(registry.partners)


def test_the_matrix_says_what_the_engine_decides(registry: Registry, engine: Engine) -> None:
    sets = [("public",), ("commercial",), ("trilateral",), ("commercial", "trilateral")]
    rows = list(matrix(engine, registry, DAY, registry.partners, sets))
    assert len({(row.partner, row.sources, row.protected, row.group) for row in rows}) == len(rows)
    assert sum(not row.protected for row in rows) == len(registry.partners) * len(sets) * len(
        GROUPS
    )
    for row in rows[::7]:
        assets = tuple(registry.assets.values())[:1] if row.protected else ()
        marking = registry.sources[row.sources[-1]].marking
        attributes, _ = attributes_of(row.group, marking, row.sources, assets, registry)
        for band, cell in zip(Band, row.cells, strict=True):
            partner, context = registry.partners[row.partner], Context(band, DAY)
            see = engine.decide(partner, attributes, Action.SEE, context).allowed
            assert (cell in (Cell.EXACT, Cell.EXACT_AFTER_REVIEW)) == see


def test_the_matrix_tells_reviews_existence_and_coarse_apart(
    registry: Registry, engine: Engine
) -> None:
    assert registry.partners["aus"].detail is Detail.EXACT
    rows = {
        (row.partner, row.protected, row.group): row.cells
        for row in matrix(engine, registry, DAY, ["fra", "kor", "per"], [("commercial",)])
    }
    assert rows["fra", False, "geometry"] == (Cell.EXACT,) * 4
    assert rows["fra", True, "geometry"] == (
        Cell.COARSE_AFTER_REVIEW,
        Cell.COARSE,
        Cell.COARSE,
        Cell.COARSE,
    )
    assert rows["kor", False, "geometry"] == (
        Cell.NOTHING,
        Cell.EXISTENCE,
        Cell.COARSE,
        Cell.NOTHING,
    )
    assert rows["per", False, "geometry"] == (Cell.NOTHING,) * 4


def test_an_invariant_that_nothing_comes_under_is_found(registry: Registry) -> None:
    """A misspelt name forbids nothing: it must not look as if it were kept."""
    kept = read_invariants(CONFIG)
    names = {one.id: one for one in kept}
    ours = names["trilateral-stays-trilateral"]
    misspelt = replace(ours, when=(replace(ours.when[0], value="trilatral"),))
    engine = read_engine(CONFIG, registry)
    assert idle(engine, registry, kept) == ()
    findings = check(engine, registry, (*kept, misspelt), DAY, SOON)
    assert subjects(findings, "idle-invariant") == {misspelt.id}


def test_a_country_that_nobody_has_and_an_edition_before_its_day_are_found(
    registry: Registry,
) -> None:
    source = registry.sources["trilateral"]
    marking = replace(source.marking, releasable_to=("USA", "AUX", "GBR"))
    changed = {**registry.sources, source.id: replace(source, marking=marking)}
    findings = found(replace(registry, sources=changed))
    assert subjects(findings, "stranger") == {"source trilateral AUX"}
    assert subjects(found(registry), "stranger") == set()
    early = found(registry, day=date(2024, 3, 6))
    assert [one.subject for one in early if one.kind == "register" and one.is_wrong] == [
        "2024-03-07"
    ]
    assert subjects(found(registry, day=date(2024, 3, 7)), "register") == set()
