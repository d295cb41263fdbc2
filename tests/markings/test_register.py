"""The register of tetragraphs: dated editions, codes within codes, opaque codes."""

from datetime import date
from pathlib import Path

import pytest

from sharing.errors import MarkingError
from sharing.markings import Register, of_register, parse, roll_up
from sharing.registry import load_register

REGISTER = load_register(Path(__file__).parents[2] / "config")


def test_nato_has_30_members_in_2022_finland_from_2023_sweden_from_2024() -> None:
    for day, count, finland, sweden in (
        (date(2022, 11, 2), 30, False, False),
        (date(2023, 4, 3), 30, False, False),
        (date(2023, 4, 4), 31, True, False),
        (date(2024, 3, 6), 31, True, False),
        (date(2024, 3, 7), 32, True, True),
        (date(2026, 11, 30), 32, True, True),
    ):
        members = REGISTER.at(day).atoms(["NATO"])
        assert (len(members), "FIN" in members, "SWE" in members) == (count, finland, sweden), day


def test_a_day_before_the_first_edition_cannot_be_replayed() -> None:
    with pytest.raises(MarkingError, match="2022-11-02"):
        REGISTER.at(date(2022, 11, 1))


def test_a_code_within_a_code_follows_the_edition() -> None:
    assert "SWE" not in REGISTER.at(date(2023, 12, 1)).atoms(["GMIF"])
    assert {"SWE", "JPN", "GBR"} <= REGISTER.atoms(["GMIF"])


def test_the_same_portions_roll_up_by_the_edition_of_the_day() -> None:
    given = [parse("S//REL TO USA, NATO"), parse("S//REL TO USA, SWE")]
    assert roll_up(given, REGISTER.at(date(2024, 3, 6))).banner == "SECRET//NOFORN"
    assert roll_up(given, REGISTER).banner == "SECRET//REL TO USA, SWE"


def test_an_opaque_or_unknown_code_stands_for_itself_alone() -> None:
    for code in ("EU", "KFOR", "ISAF", "XYZW"):
        assert REGISTER.atoms([code]) == {code}
    assert REGISTER.knows("EU")
    assert REGISTER.knows("ISAF")
    assert REGISTER.knows("NATO")
    assert not REGISTER.knows("XYZW")
    made = Register(
        members={"AAAA": ("GBR",)}, opaque=("BBBB",), deprecated={"CCCC": date(2020, 1, 1)}
    )
    assert [made.knows(code) for code in ("AAAA", "BBBB", "CCCC", "DDDD")] == [True] * 3 + [False]


def test_a_deprecated_code_in_rel_to_is_named_by_its_day() -> None:
    marking = parse("S//REL TO USA, ISAF, RSMA")
    rules = [one.rule for one in of_register(marking, REGISTER, date(2018, 1, 1))]
    assert rules == ["ISM-ID-00199", "ISM-ID-00198"]
    assert of_register(parse("S//REL TO USA, NATO"), REGISTER, date(2026, 1, 1)) == ()


def test_a_tetragraph_that_contains_itself_is_refused() -> None:
    with pytest.raises(MarkingError, match="contains itself"):
        Register(members={"AAAA": ("BBBB",), "BBBB": ("AAAA",)})


def test_a_proposed_edition_rests_on_those_before_its_day_alone(tmp_path: Path) -> None:
    path = tmp_path / "proposed.toml"
    path.write_text(
        'edition = 2023-06-01\nsource = "proposal"\n'
        '[codes.TEYE]\nmembers = ["AUS", "GBR", "JPN", "USA"]\nverified = 2023-06-01\n'
    )
    proposed = load_register(Path(__file__).parents[2] / "config", path)
    assert proposed.edition == date(2023, 6, 1)
    assert "JPN" in proposed.atoms(["TEYE"])
    assert ("FIN" in proposed.atoms(["NATO"]), "SWE" in proposed.atoms(["NATO"])) == (True, False)
    assert "JPN" not in proposed.at(date(2023, 5, 31)).atoms(["TEYE"])
