"""What is hidden from some partners leaves no trace in all that they may ever read together.

Two archives are kept and published, run after run, that differ only in what none of them may see:
marked solutions, their contradictions with others and what offices say of them, sources that are
withdrawn, others' configuration, the order of rows and the parts that are decided at once. Their
rows in items, statements and ledger, and the answers of the server, are the same to the byte.
`TEARLINE_CASES` says how many cases are generated.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations, compress
from operator import not_
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import World, open_world
from worlds import (
    ASSET,
    HOURS,
    NOW,
    PARTNERS,
    SOURCES,
    Found,
    Told,
    empty,
    entries,
    keep,
    publish,
    shown,
    small_config,
    some_found,
)

import sharing.files
from sda.model import RPO, CloseApproach, Operation
from sharing.review import approve, cases
from sharing.schema import items, ledger, statements
from sharing.withdrawals import order_source

CASES = int(os.environ.get("TEARLINE_CASES", "6"))
FORMS = {
    ("trilateral", ""): {"aus", "gbr"},
    ("cdm-trilateral", ""): {"aus", "gbr"},
    ("commercial", ""): {*PARTNERS} - {"per"},
    ("commercial", "SECRET//NOFORN"): set(),
    ("cdm-commercial", "SECRET//REL TO USA, DEU"): {"deu"},
    ("cdm-commercial", "SECRET//ORCON/REL TO USA, FRA"): {"fra"},
    ("cdm-commercial", "//DEU SECRET//REL TO USA, DEU, FRA"): {"deu", "fra"},
    ("cdm-commercial", "SECRET//FGI GBR//REL TO USA, ITA"): {"ita"},
    ("cdm-trilateral", "//JOINT SECRET AUS USA//REL TO USA, AUS, GBR"): {"aus", "gbr"},
    ("cdm-commercial", "SECRET//FGI//REL TO USA, FRA"): set(),
    ("cdm-commercial", "SECRET//FGI DEU FRA//REL TO USA, DEU, FRA"): set(),
    ("cdm-public", "SECRET//NOFORN"): set(),
    ("cdm-public", "no marking at all"): set(),
}
"""Solutions and the markings of their own, with the partners that may ever get anything of it."""

readers = st.sampled_from(
    [("per",), ("bra",), ("fra",), ("nato",), ("aus", "gbr"), ("deu", "fra", "ita", "nato")]
)
"""Who reads, several as one: what any of them sees all of them do."""


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Path], World]]:
    folder = tmp_path_factory.mktemp("worlds")
    made: list[World] = []

    def make_one(name: str, config: Path) -> World:
        made.append(open_world(folder / f"{name}.db", config))
        return made[-1]

    yield make_one
    for world in made:
        world.app.state.service.close()


@pytest.fixture(scope="module")
def plain(make: Callable[[str, Path], World], config: Path) -> World:
    return make("plain", config)


@pytest.fixture(scope="module")
def fuller(make: Callable[[str, Path], World], config: Path) -> World:
    return make("fuller", config)


@pytest.fixture(scope="module")
def elsewhere(
    make: Callable[[str, Path], World], tmp_path_factory: pytest.TempPathFactory
) -> World:
    """Return a world where Australia has less, and Germany and Italy ask for less."""
    config = small_config(tmp_path_factory.mktemp("elsewhere") / "config")
    (config / "agreements" / "trilateral-sensor.toml").unlink()
    for file in (config / "assets").glob("*.toml"):
        text = file.read_text().replace('["trilateral-sensor"]', "[]")
        file.write_text(text)
    for name, wanted in (("deu", 'kinds = ["proximity"]'), ("ita", "max_miss_km = 1.0")):
        file = config / "partners" / f"{name}.toml"
        file.write_text(f"{file.read_text()}\n[feed]\n{wanted}\n")
    return make("elsewhere", config)


def _as_kept(one: Found) -> tuple[str, CloseApproach | Operation]:
    return one.solution, one.approach


@dataclass(frozen=True)
class Case:
    """What is found in two runs; `hidden` of each only in one of the two archives."""

    visible: tuple[tuple[Found, ...], tuple[Found, ...]]
    hidden: tuple[tuple[Found, ...], tuple[Found, ...]]
    hours_between: float
    at_once: int
    """Close approaches that are decided on at once, in the fuller archive."""
    seed: int


@st.composite
def some_case(draw: st.DrawFn, group: tuple[str, ...]) -> Case:
    forms = [form for form, seen in FORMS.items() if seen.isdisjoint(group)]

    def some_hidden(near: Sequence[Found]) -> tuple[Found, ...]:
        # Some of them are what a source says anew of what it said openly before.
        anew = st.sampled_from([*near, None]) if near else st.none()
        one = st.tuples(st.sampled_from(forms), some_found(["-"]), anew)
        drawn = [
            (form, replace(found, hours=said.hours, pair=said.pair) if said else found)
            for form, found, said in draw(st.lists(one, max_size=4))
        ]
        return tuple(
            replace(found, solution=solution, marking=marking)
            for (solution, marking), found in drawn
        )

    # No solution finds one approach twice.
    first = draw(st.lists(some_found(sorted(SOURCES)), max_size=5, unique_by=_as_kept))
    kept = draw(st.lists(st.sampled_from([*first, None]), max_size=5)) if first else []
    moved = draw(st.sampled_from([0.0, 0.001, 0.1]))
    later = [
        *(
            replace(one, hours=one.hours + moved, miss_km=one.miss_km + moved)
            for one in kept
            if one
        ),
        *draw(st.lists(some_found(sorted(SOURCES)), max_size=2)),
    ]
    return Case(
        (tuple(first), (*{_as_kept(one): one for one in later}.values(),)),
        (some_hidden(first), some_hidden([*first, *later])),
        draw(st.sampled_from([0.5, 30.0, 100.0])),
        draw(st.sampled_from([1, 3, 20_000])),
        draw(st.integers(0, 9999)),
    )


grouped = readers.flatmap(lambda group: st.tuples(st.just(group), some_case(group)))


def contradicted(found: tuple[Found, ...], random: Random) -> list[Told]:
    return [
        Told(one, other, random.uniform(4, 40))
        for (one, first), (other, second) in combinations(enumerate(found), 2)
        if first.pair == second.pair and first.solution != second.solution
        if RPO not in (first.kind, second.kind)
        if random.random() < 0.5
    ]


def play(
    world: World, case: Case, group: tuple[str, ...], *, with_hidden: bool
) -> list[dict[str, object]]:
    """Publish both runs, and again when all is over; return what the group reads each time."""
    random = Random(case.seed)
    empty(world.engine)
    runs = []
    for number in (0, 1):
        visible, hidden = case.visible[number], case.hidden[number]
        told = contradicted(visible, Random(case.seed))
        if with_hidden:
            both = [*visible, *hidden]
            told += [
                one
                for one in contradicted(tuple(both), random)
                if max(one.one, one.other) >= len(visible)
            ]
            order = _shuffled(both, len(visible), random)
            place = {old: new for new, old in enumerate(order)}
            told = [Told(place[one.one], place[one.other], one.sigmas) for one in told]
            found = tuple(both[old] for old in order)
        else:
            found = visible
        runs.append((found, told))
    read = []
    later = (0.0, case.hours_between)
    for number, (found, told) in enumerate(runs):
        run = keep(world.engine, found, told, f"run {number}", later[number])
        publish(world.engine, world.office, run)
        read.append(what_is_read(world, group))
        if with_hidden:
            _act_behind(world, case, group, withdraw=number == 0)
    publish(world.engine, world.office, run, HOURS + 24 * 9)
    return [*read, what_is_read(world, group)]


def _shuffled(found: Sequence[Found], n_visible: int, random: Random) -> list[int]:
    """Return places in some order; what one source's messages say openly stays in its own."""
    order = random.sample(range(len(found)), len(found))
    for name in {one.solution for one in found if one.solution.startswith("cdm-")}:
        kept = [place for place in range(n_visible) if found[place].solution == name]
        slots = [slot for slot, place in enumerate(order) if place in kept]
        for slot, place in zip(slots, kept, strict=True):
            order[slot] = place
    return order


def _act_behind(world: World, case: Case, group: tuple[str, ...], *, withdraw: bool) -> None:
    """Approve what the group has no part in, and withdraw what it never sees, or restore it."""
    at_hand = {one.solution for some in case.visible for one in some}
    for one in cases(world.engine):
        if one.solution not in at_hand and one.expires > NOW + timedelta(hours=HOURS):
            for office in one.offices:
                approve(world.engine, one.case_id, office, NOW, reason="exercise")
    never = not {"aus", "gbr"} & {*group} and not at_hand & {"trilateral", "cdm-trilateral"}
    if never and case.seed % 2:
        order_source(world.engine, "trilateral", withdraw, NOW, "exercise")


def what_is_read(world: World, group: tuple[str, ...]) -> dict[str, object]:
    return {
        partner: (
            [[*compress(row, _OF_ITS_OWN)] for row in shown(world.engine, partner)],
            entries(world.engine, partner),
            world.read(partner),
        )
        for partner in group
    }


_OF_ITS_OWN = [column.name != "valid_until" for column in (*items.columns, *statements.columns)]
"""Until when a statement holds is noted once for all who share it, and no reader is told."""

law = settings(
    max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@law
@given(grouped)
def test_what_is_hidden_leaves_no_trace_in_rows_and_answers(
    plain: World, fuller: World, monkeypatch: pytest.MonkeyPatch, given: tuple
) -> None:
    group, case = given
    before = play(plain, case, group, with_hidden=False)
    with monkeypatch.context() as patched:
        patched.setattr(sharing.files, "_AT_ONCE", case.at_once)
        assert play(fuller, case, group, with_hidden=True) == before


@law
@given(grouped.filter(lambda drawn: {"aus", "gbr", "deu", "ita"}.isdisjoint(drawn[0])))
def test_what_others_may_have_and_ask_for_leaves_no_trace_either(
    plain: World, elsewhere: World, given: tuple
) -> None:
    """All but the digest of the configuration, which each entry of a ledger binds."""
    group, case = given
    before = play(plain, case, group, with_hidden=False)
    after = play(elsewhere, case, group, with_hidden=True)
    assert [without_hashes(one) for one in after] == [without_hashes(one) for one in before]


_SHOWN = [
    column.name for column in (*items.columns, *statements.columns) if column.name != "valid_until"
]


def without_hashes(read: dict[str, tuple]) -> dict[str, tuple]:
    hashes = [column.name in ("previous", "hash") for column in ledger.columns]
    shared = [name == "statement" for name in _SHOWN]
    return {
        partner: (
            [[*compress(row, map(not_, shared))] for row in rows],
            [[*compress(row, map(not_, hashes))] for row in entries],
            answers,
        )
        for partner, (rows, entries, answers) in read.items()
    }


def test_who_may_see_what_is_hidden_from_others_does(plain: World, fuller: World) -> None:
    """Nothing of the above holds for want of anything to hide."""
    found = tuple(Found(name, 50.0, pair=pair) for name, pair in (("public", (5, 6)),))
    marked = tuple(
        Found(solution, 90.0 + 3 * place, marking=marking, pair=(5, ASSET))
        for place, (solution, marking) in enumerate(FORMS)
    )
    case = Case((found, found), (marked, marked), 30.0, 1, 0)
    for group, differs in ((("aus", "gbr", "deu", "fra"), True), (("per",), False)):
        read = play(plain, case, group, with_hidden=False)
        fully = play(fuller, case, group, with_hidden=True)
        for one, other in zip(read[:2], fully[:2], strict=True):
            assert all((one[name] != other[name]) is differs for name in group)
