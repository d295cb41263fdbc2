"""`tearline marking`: JSON on stdin, a result or a refusal on stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

S = {"classification": "S", "ownerProducer": "USA"}


def call(
    folder: Path, *arguments: str, given: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as one without configuration or database would."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEARLINE_")}
    return subprocess.run(
        [Path(sys.executable).with_name("tearline"), "marking", *arguments],
        input=given,
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(folder: Path, *arguments: str, given: Any) -> Any:
    done = call(folder, *arguments, "--format", "json", given=json.dumps(given))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def rel(*codes: str) -> dict[str, str]:
    return {**S, "disseminationControls": "REL", "releasableTo": " ".join(codes)}


def test_parse_prints_the_attributes_of_a_banner(tmp_path: Path) -> None:
    assert answer(tmp_path, "parse", given="SECRET//ORCON/REL TO USA, GBR") == {
        **S,
        "disseminationControls": "OC REL",
        "releasableTo": "USA GBR",
    }


def test_render_prints_banner_and_portion_and_the_rules_broken(tmp_path: Path) -> None:
    shown = answer(tmp_path, "render", given=rel("GBR", "AUS"))
    assert shown["banner"] == "SECRET//REL TO AUS, GBR"
    assert shown["portion"] == "(S//REL TO AUS, GBR)"
    assert [one["rule"] for one in shown["violations"]] == ["ISM-ID-00214"]


@pytest.mark.parametrize(("profile", "banner"), [("ic", "SECRET//NOFORN"), ("dod", "SECRET")])
def test_rollup_prints_the_whole_by_profile_with_the_paragraphs(
    tmp_path: Path, profile: str, banner: str
) -> None:
    shown = answer(tmp_path, "rollup", "--profile", profile, given=[rel("USA", "GBR"), S])
    assert shown["banner"] == banner
    assert shown["attributes"]["classification"] == "S"
    rules = {one["rule"]: one["paragraph"] for one in shown["rules"]}
    assert ("DoDM 5200.01" if profile == "dod" else "H.8") in rules["rel-unmarked"]


def test_rollup_is_of_the_ic_by_default_and_expands_by_the_register(tmp_path: Path) -> None:
    shown = answer(tmp_path, "rollup", given=[rel("USA", "GMIF"), rel("USA", "SWE")])
    assert shown["banner"] == "SECRET//REL TO USA, SWE"


def test_rollup_names_the_rules_that_each_portion_breaks(tmp_path: Path) -> None:
    old = {**rel("USA", "ISAF"), "createDate": "2018-08-10"}
    shown = answer(tmp_path, "rollup", given=[S, rel("GBR", "AUS"), old])
    broken = [(one["portion"], one["rule"]) for one in shown["violations"]]
    assert broken == [(1, "ISM-ID-00119"), (2, "ISM-ID-00214"), (3, "ISM-ID-00199")]


def test_a_portion_that_is_excluded_takes_no_part(tmp_path: Path) -> None:
    out = {**S, "classification": "TS", "excludeFromRollup": "true"}
    assert answer(tmp_path, "rollup", given=[out, S])["banner"] == "SECRET"


def test_with_lines_each_line_is_answered_in_order_and_refusals_take_their_place(
    tmp_path: Path,
) -> None:
    given = ["(S//NF)", "SECRET//SAR-BP", 7, "SECRET//NOFORN/RELIDO", "SECRT"]
    text = "".join(json.dumps(one) + "\n" for one in given) + "not JSON\n"
    done = call(tmp_path, "parse", "--lines", given=text)
    assert done.returncode == 0, done.stderr
    first, *refused = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["disseminationControls"] == "NF"
    assert [one["error"]["code"] for one in refused] == [
        "unsupported-category",
        "unreadable",
        "illegal",
        "unreadable",
        "unreadable",
    ]
    assert "SAP" in refused[0]["error"]["message"]
    assert "ISM-ID-00169" in refused[2]["error"]["message"]


REFUSED: list[tuple[str, Any, str]] = [
    ("render", {**S, "SARIdentifier": "SAR-DOD:ABC"}, "SAP"),
    ("render", {**S, "atomicEnergyMarkings": "RD"}, "AEA"),
    ("render", {**S, "ownerProducer": "NATO", "nonUSControls": "ATOMAL"}, "ATOMAL"),
    ("render", {**S, "disseminationControls": "REL"}, "ISM-ID-00031"),
    ("render", {**S, "releasableTo": "USA GBR"}, "ISM-ID-00032"),
    ("render", [S], "JSON object"),
    ("rollup", [S, {**S, "atomicEnergyMarkings": "RD"}], "portion 2: AEA"),
    ("rollup", [S, {**S, "joint": True}], "joint: true is no text"),
    ("rollup", [{**S, "classification": None}], "classification: null is no text"),
    ("rollup", [], "no portion"),
    ("rollup", S, "JSON list"),
    ("rollup", [7], "portion 1: attributes are a JSON object"),
]


@pytest.mark.parametrize("command", ["render", "rollup"])
def test_what_is_refused_is_named_and_never_dropped(tmp_path: Path, command: str) -> None:
    cases = [(given, named) for name, given, named in REFUSED if name == command]
    text = "".join(json.dumps(given) + "\n" for given, _ in cases)
    done = call(tmp_path, command, "--lines", given=text)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(cases)
    for shown, (_, named) in zip(answers, cases, strict=True):
        assert named in shown["error"]["message"]


@pytest.mark.parametrize(
    ("command", "given", "named"), [REFUSED[0], REFUSED[7], ("parse", "SECRET//SAR-BP", "SAP")]
)
def test_without_lines_a_refusal_fails(
    tmp_path: Path, command: str, given: Any, named: str
) -> None:
    done = call(tmp_path, command, given=json.dumps(given))
    assert done.returncode == 1
    assert named in json.loads(done.stdout)["error"]["message"]
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_attribute_that_stands_twice_is_refused_and_not_dropped(tmp_path: Path) -> None:
    twice = '{"classification": "S", "disseminationControls": "NF", "disseminationControls": "OC"}'
    for command, given in (("render", twice), ("rollup", f"[{twice}]")):
        done = call(tmp_path, command, "--lines", given=f"{given}\n")
        message = json.loads(done.stdout)["error"]["message"]
        assert message == "'disseminationControls' stands twice in an object: keep one"


def test_the_register_is_that_of_the_configuration_asked_for(tmp_path: Path) -> None:
    register = tmp_path / "mine" / "register"
    register.mkdir(parents=True)
    text = 'edition = 2020-01-01\nsource = "made"\n[codes.ABCD]\nmembers = ["GBR", "USA"]\n'
    (register / "2020-01-01.toml").write_text(text + "verified = 2020-01-01\n")
    given = json.dumps([rel("USA", "ABCD"), rel("USA", "GBR")])
    for arguments, environment in (
        (("--config", "mine"), {}),
        ((), {"TEARLINE_CONFIG": "mine"}),
    ):
        done = call(tmp_path, "rollup", *arguments, given=given, **environment)
        assert json.loads(done.stdout)["banner"] == "SECRET//REL TO USA, GBR"
    assert json.loads(call(tmp_path, "rollup", given=given).stdout)["banner"] == "SECRET//NOFORN"


def test_another_profile_or_format_is_wrong_usage(tmp_path: Path) -> None:
    assert call(tmp_path, "rollup", "--profile", "nsa", given="[]").returncode == 2
    assert call(tmp_path, "render", "--format", "csv", given="{}").returncode == 2
