"""Whatever fails in a decision, a partner gets no more than it gets of each solution by itself.

Functions that the door calls are made to raise, one call of one of them at a time: some of them, or
with `TEARLINE_FAULTS` each, at its first call, its last and so many between. All is real code, and
real policies decide.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree, rmtree
from types import MappingProxyType

import pytest
from faults import Calls, chosen
from worlds import ASSET, NOW, SOURCES, Found

from sda.model import Kind
from sda.times import format_utc
from sharing.errors import TearlineError
from sharing.feeds.bodies import Writer
from sharing.jobs import Office, open_office
from sharing.registry import ReleaseRules
from sharing.release import (
    FAILED,
    Approval,
    Contradiction,
    Decided,
    Door,
    Release,
    Rendition,
    Solution,
    release,
    solution_of,
)
from sharing.release.grids import coarse_value, has_coarse_form, time_on_grid

FAULTS = int(os.environ.get("TEARLINE_FAULTS", "0"))
DECIDING = ("release", "policy", "markings")
READERS = ("fra", "ita")
FOUND = (
    Found("public", 50.0, 3.25),
    Found("commercial", 50.02, 0.42),
    Found("trilateral", 50.01, 0.06),
    Found("public", 20.0, 9.0, (5, ASSET), Kind.PROXIMITY),
    Found("commercial", 20.5, 0.42, (5, ASSET), Kind.PROXIMITY),
    Found("commercial", 90.0, 0.42, (5, ASSET)),
    Found("cdm-commercial", 30.0, 2.0, (7, 8), marking="SECRET//ORCON/REL TO USA, FRA"),
    Found("cdm-public", 40.0, 2.0, (7, 10), marking="no marking at all"),
)
"""Contradicted, coarse, held for a review, approved, a contact alone, beyond reading."""

Case = tuple[list[Solution], list[Contradiction], tuple[Approval, ...]]


def case(office: Office) -> Case:
    """Return solutions that nothing was projected from yet."""
    made = [
        solution_of(one.solution, SOURCES[one.solution], one.approach, office.registry)
        for one in FOUND
    ]
    against = [
        Contradiction(made[0], made[1], 7.5, "radial"),
        Contradiction(made[2], made[1], 5.0, "radial"),
    ]
    held = [
        each
        for one in release(
            office.registry.partners["fra"], made, office.registry, office.policy, NOW
        )
        for each in one.held
        if each.solution is made[6]
    ]
    approvals = tuple(
        Approval(
            "case", each.solution.name, each.solution.pair, each.solution.kind, each.solution.tca,
            "fra", each.classes, NOW + timedelta(days=1), each.offices,
        )
        for each in held
    )  # fmt: skip
    return made, against, approvals


def decided_of(
    office: Office, case: Case, faults: Calls | None = None, now: datetime = NOW
) -> dict[str, tuple[Decided, ...]]:
    """Decide anew, with no answer remembered, under some faults."""
    made, against, approvals = case
    fresh = [replace(one) for one in made]
    place = {id(one): new for one, new in zip(made, fresh, strict=True)}
    told = [replace(one, one=place[id(one.one)], other=place[id(one.other)]) for one in against]
    policy = office.policy.supposing(office.registry)
    door = Door(office.registry, policy, now, approvals)
    partners = [office.registry.partners[name] for name in READERS]
    with faults or nullcontext():
        return door.release(partners, fresh, told)


def bodies(decided: Iterable[Decided]) -> list[tuple[object, ...]]:
    return [
        (*Writer().body_of(one.release), one.release.tca, one.release.valid_until)
        for one in decided
        if one.release is not None
    ]


Allowed = Mapping[tuple[str, tuple[int, int]], set[tuple[str, object, str]]]


def allowed_by(
    office: Office, partner: str, case: Case, whole: Sequence[Decided], now: datetime = NOW
) -> Allowed:
    """Return, by solution and pair, the facts that a partner may have, and coarser ones."""
    made, _, approvals = case
    rules, registry = office.registry.rules, office.registry
    found: dict[tuple[str, tuple[int, int]], set[tuple[str, object, str]]] = {}
    alone = [
        one
        for solution in made
        for one in release(
            registry.partners[partner], [solution], registry, office.policy, now, (), approvals
        )
    ]
    for made_release in (one.release for one in (*alone, *whole) if one.release is not None):
        facts = found.setdefault((made_release.solution, made_release.objects), set())
        for fact in made_release.facts:
            facts |= {
                (fact.name, value, fact.portion) for value in forms(fact.name, fact.value, rules)
            }
    return found


def forms(name: str, value: object, rules: ReleaseRules) -> set[object]:
    """Return a value and all coarser ones."""
    found = {value}
    if has_coarse_form(name, rules):
        with suppress(ValueError):  # it is coarse already
            found.add(coarse_value(name, value, rules))
    if name == "tca":
        day = time_on_grid(datetime.fromisoformat(str(value)), rules.existence_grid_min)
        found.add(format_utc(day))
    return found


def require_no_more(made: Release, allowed: Allowed) -> None:
    """Check that each fact of a release may be had."""
    may = allowed.get((made.solution, made.objects), set())
    for fact in made.facts:
        assert (fact.name, fact.value, fact.portion) in may, fact
    assert made.rendition != Rendition.CONTACT or made.kind == "undisclosed"


def has_failed(decided: Iterable[Decided]) -> bool:
    return any(FAILED in reason.policies for one in decided for reason in one.reasons)


# A generator that is thrown away is called once more, where nobody hears it raise.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_call_that_raises_shows_nothing_more_and_is_counted(office: Office) -> None:
    before = case(office)
    calls = Calls(DECIDING)
    plain = decided_of(office, before, calls)
    allowed = {name: allowed_by(office, name, before, plain[name]) for name in READERS}
    n_raised = n_lesser = 0
    del calls.counted[Door.release.__code__]  # is not called by the door
    faults = list(chosen(calls.counted, FAULTS or 1))
    for code, k in faults if FAULTS else faults[::11]:
        faulty = Calls(DECIDING, code, k)
        after = decided_of(office, before, faulty)
        n_raised += faulty.raised
        for name in READERS:
            for one in after[name]:
                if one.release is not None:
                    require_no_more(one.release, allowed[name])
            if bodies(after[name]) != bodies(plain[name]):
                n_lesser += 1
                assert has_failed(after[name]), (name, code.co_qualname, k)
    assert n_raised > 30
    assert n_lesser > 10


@pytest.mark.parametrize(
    "changed",
    [
        {"tca": datetime.max.replace(tzinfo=UTC)},
        {"tca": datetime.min.replace(tzinfo=UTC)},
        {"tca": NOW.replace(tzinfo=None)},
        {"tca": None},
        {"values": ()},
        {"values": (None,) * 30},
        {"shape": None},
        {"pair": (5,)},
        {"pair": None},
        {"kind": None},
        {"sources": None},
        {"fault": "cannot be read"},
    ],
    ids=str,
)
def test_a_solution_with_a_bad_value_hurts_no_other_pair(
    office: Office, changed: dict[str, object]
) -> None:
    made, against, approvals = case(office)
    bad = replace(made[5], **changed)
    without = decided_of(office, (made[:5] + made[6:], against, approvals))
    with_bad = decided_of(office, ([*made[:5], bad, *made[6:]], against, approvals))
    for name in READERS:
        allowed = allowed_by(office, name, (made, against, approvals), without[name])
        apart = [one for one in with_bad[name] if one.release and one.release.objects != bad.pair]
        plain = [one for one in without[name] if one.release and one.release.objects != bad.pair]
        assert bodies(apart) == bodies(plain)
        for one in with_bad[name]:
            if one.release is not None and one.release.tca != bad.tca:
                require_no_more(one.release, allowed)


@pytest.mark.parametrize("missing", ["agreements", "sources", "offices", "register", "rules"])
def test_a_registry_that_lacks_something_shows_nothing_more(office: Office, missing: str) -> None:
    """What was validated when it was read is gone when it is asked for."""
    before = case(office)
    plain = decided_of(office, before)
    broken = replace(office.registry, **{missing: MappingProxyType({})})
    for name in READERS:
        partner = office.registry.partners[name]
        policy = office.policy.supposing(broken)
        after = release(partner, before[0], broken, policy, NOW, before[1], before[2])
        allowed = allowed_by(office, name, before, plain[name])
        for one in after:
            if one.release is not None:
                require_no_more(one.release, allowed)


def test_a_clock_without_a_zone_withholds_everything(office: Office) -> None:
    before = case(office)
    for name in READERS:
        partner, naive = office.registry.partners[name], NOW.replace(tzinfo=None)
        after = release(partner, before[0], office.registry, office.policy, naive)
        assert len(after) == len(FOUND)
        assert not any(one.release for one in after)
        assert has_failed(after)


def removed(path: str) -> Callable[[Path], None]:
    return lambda config: (
        rmtree(config / path) if (config / path).is_dir() else (config / path).unlink()
    )


def written(path: str, text: str) -> Callable[[Path], None]:
    return lambda config: (config / path).write_text(text)


def emptied(folder: str) -> Callable[[Path], None]:
    def empty(config: Path) -> None:
        for file in (config / folder).glob("*.toml"):
            file.unlink()

    return empty


@pytest.mark.parametrize(
    "harm",
    [
        removed("policy/20-forbids.cedar"),
        removed("policy/10-permits.cedar"),
        removed("policy/schema.cedarschema"),
        removed("policy/invariants.toml"),
        removed("release.toml"),
        removed("sources/commercial.toml"),
        removed("sources/public.toml"),
        removed("agreements/commercial-licence.toml"),
        removed("offices/duty-officer.toml"),
        removed("assets"),
        removed("agreements"),
        emptied("register"),
        written("register/2099-01-01.toml", "codes = 3"),
        written("register/2024-03-07.toml", ""),
        written("sources/commercial.toml", 'marking = "U"'),
        written("policy/20-forbids.cedar", "forbid (principal, action, resource"),
        written("release.toml", "time_grid_min = -1"),
    ],
    ids=range(17),
)
def test_a_configuration_that_is_harmed_is_refused_or_shows_nothing_more(
    office: Office, config: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    before = case(office)
    plain = decided_of(office, before)
    harmed = Path(copytree(config, tmp_path / "config"))
    harm(harmed)
    try:
        other = open_office(harmed)
    except TearlineError:
        return  # the last good publication stays
    after = decided_of(other, before)
    for name in READERS:
        allowed = allowed_by(office, name, before, plain[name])
        for one in after[name]:
            if one.release is not None:
                require_no_more(one.release, allowed)
