"""Markings: what is written is read again, what is not supported is refused, what is rolled up
never loses a restriction."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.errors import MarkingError
from sharing.markings import Classification, Marking, Register, parse, roll_up

REGISTER = Register(
    members={
        "NATO": ("CAN", "FRA", "DEU", "GBR", "USA"),
        "FVEY": ("AUS", "CAN", "GBR", "NZL", "USA"),
        "GMIF": ("NATO", "AUS"),
    }
)
CODES = ["AUS", "CAN", "FRA", "DEU", "GBR", "NZL", "NATO", "FVEY", "GMIF", "KFOR", "EU"]

levels = st.sampled_from(Classification)
lists = st.sets(st.sampled_from(CODES), min_size=1).map(lambda codes: ("USA", *codes))
markings = st.one_of(
    st.builds(Marking, levels),
    st.builds(Marking, levels, noforn=st.just(True)),
    st.builds(Marking, levels, lists),
)
portions = st.lists(markings, min_size=1, max_size=6)


def readers(marking: Marking) -> frozenset[str] | None:
    """Return who may read by the marking alone; None is everybody."""
    if marking.is_unrestricted:
        return None
    return REGISTER.atoms(marking.releasable_to or ("USA",))


def is_within(inner: Marking, outer: Marking) -> bool:
    few, many = readers(inner), readers(outer)
    return many is None or (few is not None and few <= many)


@given(markings)
def test_what_is_rendered_is_read_again(marking: Marking) -> None:
    assert parse(marking.banner) == marking
    assert parse(marking.portion) == marking


@given(portions, st.randoms())
def test_rolling_up_takes_no_heed_of_order(given: list[Marking], random: object) -> None:
    shuffled = list(given)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert roll_up(shuffled, REGISTER) == roll_up(given, REGISTER)


@given(portions)
def test_a_roll_up_is_never_less_restrictive_than_any_portion(given: list[Marking]) -> None:
    for whole in (roll_up(given, REGISTER), roll_up(given)):
        for portion in given:
            assert whole.classification >= portion.classification
            assert is_within(whole, portion)


@given(portions, markings)
def test_a_further_portion_never_widens(given: list[Marking], further: Marking) -> None:
    before, after = roll_up(given, REGISTER), roll_up([*given, further], REGISTER)
    assert is_within(after, before)
    assert after.classification >= before.classification


@given(portions)
def test_rolling_up_twice_changes_nothing(given: list[Marking]) -> None:
    whole = roll_up(given, REGISTER)
    assert roll_up([whole], REGISTER) == whole
    assert roll_up([whole, *given], REGISTER) == whole


@given(portions, portions)
def test_parts_may_be_rolled_up_first(one: list[Marking], other: list[Marking]) -> None:
    in_parts = roll_up([roll_up(one, REGISTER), roll_up(other, REGISTER)], REGISTER)
    at_once = roll_up([*one, *other], REGISTER)
    assert readers(in_parts) == readers(at_once)
    assert in_parts.classification == at_once.classification


@pytest.mark.parametrize(
    ("texts", "banner"),
    [
        (["U", "U"], "UNCLASSIFIED"),
        (["S", "U"], "SECRET"),
        (["S//REL TO USA, GBR", "C//REL TO USA, AUS, GBR"], "SECRET//REL TO USA, GBR"),
        (["S//REL TO USA, GBR", "U"], "SECRET//REL TO USA, GBR"),
        (["S//REL TO USA, GBR", "S//REL TO USA, FRA"], "SECRET//NOFORN"),
        (["S//REL TO USA, GBR", "S"], "SECRET//NOFORN"),
        (["C//NF", "S//REL TO USA, GBR"], "SECRET//NOFORN"),
        (["S//REL TO USA, NATO", "S//REL TO USA, FVEY"], "SECRET//REL TO USA, CAN, GBR"),
        (["S//REL TO USA, NATO", "C//REL TO USA, NATO, AUS"], "SECRET//REL TO USA, NATO"),
        (["S//REL TO USA, GMIF", "S//REL TO USA, FRA"], "SECRET//REL TO USA, FRA"),
    ],
)
def test_roll_up_follows_the_ic_table(texts: list[str], banner: str) -> None:
    assert roll_up(map(parse, texts), REGISTER).banner == banner


def test_nothing_has_no_marking() -> None:
    with pytest.raises(MarkingError, match="no portion"):
        roll_up([])


def test_rel_to_names_usa_first_then_trigraphs_then_tetragraphs() -> None:
    marking = Marking(Classification.S, ("NATO", "GBR", "USA", "AUS", "FVEY"))
    assert marking.banner == "SECRET//REL TO USA, AUS, GBR, FVEY, NATO"
    assert marking.portion == "(S//REL TO USA, AUS, GBR, FVEY, NATO)"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("TOP SECRET//SI//NOFORN", "SCI"),
        ("(S//OC/NF)", "ORCON"),
        ("//JOINT SECRET GBR USA", "JOINT"),
        ("//NS", "NATO"),
        ("SECRET//FGI DEU//REL TO USA, DEU", "FGI"),
        ("SECRET//SAR-BP", "SAP"),
        ("TOP SECRET//RD//NOFORN", "AEA"),
        ("SECRET//ATOMAL", "ATOMAL"),
        ("CUI", "CUI"),
        ("UNCLASSIFIED//FOUO", "FOUO"),
        ("SECRET//RELIDO", "RELIDO"),
        ("SECRET//REL TO USA, DEU/DISPLAY ONLY AFG", "DISPLAY ONLY"),
        ("SECRET//REL TO USA", "00319"),
        ("SECRET//REL TO GBR, AUS", "00214"),
        ("SECRET//REL TO USA, GBR, GBR", "twice"),
        ("SECRET//NOFORN//NOFORN", "twice"),
        ("SECRET//NOFORN/REL TO USA, GBR", "00033"),
        ("SECRET//REL TO USA, gbr", "gbr"),
        ("RESTRICTED", "RESTRICTED"),
        ("", "begin with"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(MarkingError, match=named) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_a_tetragraph_that_contains_itself_is_refused() -> None:
    with pytest.raises(MarkingError, match="contains itself"):
        Register(members={"AAAA": ("BBBB",), "BBBB": ("AAAA",)})


def test_odni_roll_up_cases_within_level_rel_and_noforn_agree(shared: Path) -> None:
    """Compare with ODNI's own cases, as far as they use nothing but what is supported yet."""
    cases = json.loads((shared / "markings/rollup.json").read_text())
    compared = 0
    for case in cases:
        if (given := [_of_odni(portion) for portion in case["portions"]]).count(None):
            continue
        whole = roll_up([marking for marking in given if marking])
        for expected in case["expect"]:
            if expected["attribute"] == "classification":
                assert whole.classification.name == expected["equals"], case["id"]
            elif expected["attribute"] == "releasableTo" and "equals" in expected:
                assert set(whole.releasable_to or ()) == set(expected["equals"].split()), case["id"]
        compared += 1
    assert compared


def _of_odni(portion: dict[str, str]) -> Marking | None:
    known = {"classification", "ownerProducer", "disseminationControls", "releasableTo"}
    controls = portion.get("disseminationControls", "").split()
    if not (portion.keys() <= known and {*controls} <= {"REL", "NF"}):
        return None
    codes = tuple(portion["releasableTo"].split()) if "releasableTo" in portion else None
    return Marking(Classification[portion["classification"]], codes, "NF" in controls)
