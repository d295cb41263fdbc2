"""Laws of reviews: an approval lifts the need of a review, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desks import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.policy import Engine, load_engine
from sharing.registry import load_registry
from sharing.release import Approval, Rendition, Showing, release, solution_of

CONFIG = Path(__file__).parents[2] / "config"
ASSET = 330013
ORDER = [Showing.WITHHOLD, Showing.SEE_COARSE, Showing.SEE]
SOURCES = {
    "public": ("public",),
    "commercial": ("public", "commercial"),
    "trilateral": ("public", "trilateral"),
}
REGISTRY = load_registry(CONFIG)
WITH = load_engine(CONFIG, REGISTRY)


def _without_reviews() -> Engine:
    """Return the packaged policy, but that nothing is held for a review."""
    texts = [path.read_text() for path in sorted((CONFIG / "policy").glob("*.cedar"))]
    everything = """
@id("no-review")
@title("Nothing needs a review")
@authority("this test")
@review("2030-06-30")
permit (principal, action == Action::"release_unreviewed", resource);
"""
    text = "\n".join(texts)
    start = text.index('@id("protected-asset-review")')
    end = text.index("@id(", start + 1)
    schema = (CONFIG / "policy" / "schema.cedarschema").read_text()
    return Engine(schema, text[:start] + text[end:] + everything, REGISTRY)


WITHOUT = _without_reviews()

made = st.tuples(
    st.sampled_from(sorted(SOURCES)),
    st.floats(1, 120),
    st.sampled_from([5, ASSET]),
    st.floats(0, 40),
)


def _solutions(desk, given):
    return [
        solution_of(name, SOURCES[name], desk.approach(first, hours, miss_km=miss_km), REGISTRY)
        for name, hours, first, miss_km in given
    ]


def _approvals(held, partner, until, classes):
    return [
        Approval(
            case_id="x",
            solution=one.solution.name,
            pair=one.solution.pair,
            kind=one.solution.kind,
            tca=one.solution.tca,
            partner=partner,
            classes=frozenset(list(one.classes)[:classes]),
            until=until,
            offices=one.offices,
        )
        for one in held
    ]


def _decide(partner, solutions, engine, approvals=()):
    return release(
        REGISTRY.partners[partner], solutions, REGISTRY, engine, NOW, approvals=approvals
    )


partners = st.sampled_from(["aus", "deu", "fra", "gbr", "ita", "per", "nato", "ood", "bra"])


@settings(max_examples=60, deadline=None)
@given(one=made, partner=partners, whose=partners, classes=st.integers(0, 8))
def test_an_approval_never_shows_more_than_policy_without_reviews(
    desk, one, partner, whose, classes
):
    solutions = _solutions(desk, [one])
    (bare,) = _decide(partner, solutions, WITH)
    approvals = _approvals(
        _decide(whose, solutions, WITH)[0].held, "", NOW + timedelta(days=1), classes
    )
    (approved,) = _decide(partner, solutions, WITH, approvals)
    (free,) = _decide(partner, solutions, WITHOUT)
    for less, more in ((bare, approved), (approved, free)):
        shown = {reason.fact: ORDER.index(reason.decision) for reason in more.reasons}
        assert all(ORDER.index(reason.decision) <= shown[reason.fact] for reason in less.reasons)
    if approved.release and approved.release.rendition is not Rendition.CONTACT:
        values = {fact.name: fact.value for fact in free.release.facts}
        assert {fact.name for fact in approved.release.facts} <= values.keys()


@settings(max_examples=40, deadline=None)
@given(given=st.lists(made, max_size=6), partner=partners)
def test_approving_all_that_waits_gives_what_policy_without_reviews_gives(desk, given, partner):
    solutions = _solutions(desk, given)
    held = [one for each in _decide(partner, solutions, WITH) for one in each.held]
    approvals = _approvals(held, partner, NOW + timedelta(days=1), None)
    approved = _decide(partner, solutions, WITH, approvals)
    free = _decide(partner, solutions, WITHOUT)
    assert _bodies(approved) == _bodies(free)


@settings(max_examples=40, deadline=None)
@given(given=st.lists(made, max_size=6), partner=partners)
def test_approvals_of_others_and_lapsed_ones_change_nothing(desk, given, partner):
    solutions = _solutions(desk, given)
    bare = _decide(partner, solutions, WITH)
    held = [one for each in bare for one in each.held]
    lapsed = _approvals(held, partner, NOW, None)
    others = _approvals(held, "kor", NOW + timedelta(days=1), None)
    apart = [replace(one, partner="", apart=frozenset([partner])) for one in others]
    assert _bodies(_decide(partner, solutions, WITH, (*lapsed, *others, *apart))) == _bodies(bare)


def _bodies(decided):
    return [
        (one.release.objects, one.release.tca, one.release.banner, one.release.facts)
        for one in decided
        if one.release is not None
    ]
