"""ODNI's own cases of roll-up and rendering (ISM.XML V2021-NOV), of the supported categories.

They stand beside the project. Those of a category that is refused must be refused by its name.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sharing.errors import MarkingError
from sharing.markings import excluded, explain_roll_up, from_attributes, parse, to_attributes
from sharing.registry import load_register

CONFIG = Path(__file__).parents[2] / "config"
LEAST_PASSING = 0.95

ARGUED: dict[str, str] = {}
"""Cases where the paragraph is against what ODNI's tool makes of it: id to argument."""

NOT_READ_BACK = {
    "FGIOrder: FGI-Open-OrderTest-USA-NAC": "REL TO without USA is illegal (ISM-ID-00214)",
    "ISM: USA-NAC": "REL TO without USA is illegal (ISM-ID-00214)",
}
"""Rendered as ODNI's tool does, but refused when read: illegal input on purpose."""

Case = dict[str, Any]


@pytest.fixture(scope="module")
def rendering(shared: Path) -> list[Case]:
    return json.loads((shared / "markings/rendering.json").read_text())


@pytest.fixture(scope="module")
def rolling_up(shared: Path) -> list[Case]:
    return json.loads((shared / "markings/rollup.json").read_text())


def sort_out(cases: list[Case], judge: Any) -> tuple[int, dict[str, str], Counter[str]]:
    """Return how many cases pass, which fail and how, and how many are refused by category."""
    passed, failed, refused = 0, {}, Counter[str]()
    for case in cases:
        try:
            fault = judge(case)
        except MarkingError as error:
            if error.code != "unsupported-category":
                raise
            refused[case["category"]] += 1
            continue
        if fault:
            failed[case["id"]] = fault
        else:
            passed += 1
    return passed, failed, refused


def report(what: str, cases: list[Case], judge: Any) -> Counter[str]:
    """Judge all cases, print the rates and each failure, and return what was refused."""
    passed, failed, refused = sort_out(cases, judge)
    print(f"{what}: {passed} of {passed + len(failed)} supported cases; refused: {dict(refused)}")
    for name, fault in failed.items():
        print(f"  {name}: {fault}; {ARGUED.get(name, 'NOT ARGUED')}")
    assert failed.keys() <= ARGUED.keys()
    assert passed >= LEAST_PASSING * (passed + len(failed))
    assert passed
    return refused


def test_odni_rendering_cases_agree(rendering: list[Case]) -> None:
    def judge(case: Case) -> str:
        marking = from_attributes(case["attributes"])
        ours = (marking.banner, marking.portion)
        return "" if ours == (case["banner"], case["portionmark"]) else f"{ours}"

    refused = report("rendering", rendering, judge)
    assert refused.keys() == {"SAP", "AEA"}
    assert refused == Counter(c["category"] for c in rendering if c["category"] in refused)


def test_odni_roll_up_cases_agree(rolling_up: list[Case]) -> None:
    register = load_register(CONFIG)

    def judge(case: Case) -> str:
        portions = [(one, from_attributes(one)) for one in case["portions"]]
        counted = [marking for attributes, marking in portions if not excluded(attributes)]
        found = to_attributes(explain_roll_up(counted, register).marking)
        wrong = [one for one in case["expect"] if not meets(found, one)]
        return f"{wrong} in {found}" if wrong else ""

    refused = report("roll-up", rolling_up, judge)
    assert refused.keys() == {"AEA"}
    assert refused == Counter(c["category"] for c in rolling_up if c["category"] in refused)


def meets(found: dict[str, str], expected: dict[str, str]) -> bool:
    value = found.get(expected["attribute"], "")
    if "equals" in expected:
        return value == expected["equals"]
    if "contains" in expected:
        return expected["contains"] in value.split()
    if "lacks" in expected:
        return expected["lacks"] not in value.split()
    return value != expected["differs"]


def test_what_odni_renders_is_read_and_rendered_again(rendering: list[Case]) -> None:
    for case in rendering:
        if case["category"] in ("SAP", "AEA"):
            for text in (case["banner"], case["portionmark"]):
                with pytest.raises(MarkingError, match=r"SAP|AEA|ATOMAL"):
                    parse(text)
            continue
        if case["id"] in NOT_READ_BACK:
            with pytest.raises(MarkingError, match="ISM-ID-00214"):
                parse(case["banner"])
            continue
        for text in (case["banner"], case["portionmark"]):
            marking = parse(text)
            assert (marking.banner, marking.portion) == (case["banner"], case["portionmark"])
