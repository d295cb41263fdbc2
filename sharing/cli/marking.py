"""The commands that read, write and roll up security markings: JSON in, JSON out."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from sda.cli import ConfigOption
from sda.configuration import find_config
from sharing.errors import MarkingError
from sharing.markings import (
    UNWRITABLE,
    Marking,
    Profile,
    Register,
    excluded,
    explain_roll_up,
    from_attributes,
    of_portion,
    of_register,
    parse,
    to_attributes,
    violations,
)
from sharing.registry import load_register

__all__ = ["marking_app"]

marking_app = typer.Typer(
    help="Read, write and roll up security markings; JSON on stdin.", no_args_is_help=True
)


class _Format(StrEnum):
    JSON = "json"


_FormatOption = Annotated[_Format, typer.Option("--format", help="Format of the answers.")]
_LinesOption = Annotated[
    bool, typer.Option("--lines", help="Read one JSON value a line, and answer one a line.")
]
_Answer = Callable[[Any], dict[str, Any]]


@marking_app.command("parse")
def parse_texts(format: _FormatOption = _Format.JSON, lines: _LinesOption = False) -> None:
    """Print the ISM attributes of a banner or portion, given as a JSON string.

    Example: tearline marking parse <<< '"(S//REL TO USA, AUS, GBR)"'
    """
    _answer(lines, lambda given: to_attributes(parse(_text(given))))


@marking_app.command("render")
def render_attributes(format: _FormatOption = _Format.JSON, lines: _LinesOption = False) -> None:
    """Print banner and portion of ISM attributes, and the rules of ISM that they break.

    Example: tearline marking render <<< '{"classification": "S", "ownerProducer": "USA"}'
    """
    _answer(lines, _rendered)


@marking_app.command("rollup")
def roll_up_portions(
    profile: Annotated[Profile, typer.Option(help="Whose rules.")] = Profile.IC,
    format: _FormatOption = _Format.JSON,
    lines: _LinesOption = False,
    config: ConfigOption = None,
) -> None:
    """Print the marking of a whole made of portions, a JSON list, and the rule behind each step.

    Example: tearline marking rollup --profile dod < portions.json
    """
    register = load_register(find_config(config))
    today = datetime.now(UTC).date()
    _answer(lines, lambda given: _rolled_up(given, register, profile, today))


def _rendered(given: Any) -> dict[str, Any]:
    marking = from_attributes(_table(given))
    broken = violations(marking)
    for one in broken:
        if one.rule in UNWRITABLE:
            raise MarkingError(f"{one.text} ({one.rule})", "illegal")
    return {**_written(marking), "violations": [asdict(one) for one in broken]}


def _rolled_up(given: Any, register: Register, profile: Profile, today: date) -> dict[str, Any]:
    if not isinstance(given, list):
        raise MarkingError("portions are a JSON list of attributes: [{...}, {...}]")
    portions = [_portion(number, one) for number, one in enumerate(given, 1)]
    counted = [marking for attributes, marking in portions if not excluded(attributes)]
    whole = explain_roll_up(counted, register, profile)
    return {
        "attributes": to_attributes(whole.marking),
        **_written(whole.marking),
        "rules": [asdict(one) for one in whole.steps],
        "violations": [
            {"portion": number, **asdict(one)}
            for number, (_, marking) in enumerate(portions, 1)
            for one in (
                *violations(marking),
                *of_portion(marking, profile),
                *of_register(marking, register, marking.created or today),
            )
        ],
    }


def _portion(number: int, given: Any) -> tuple[Mapping[str, str], Marking]:
    try:
        return _table(given), from_attributes(_table(given))
    except MarkingError as error:
        raise MarkingError(f"portion {number}: {error}", error.code) from None


def _written(marking: Marking) -> dict[str, str]:
    return {"banner": marking.banner, "portion": marking.portion}


def _table(given: Any) -> Mapping[str, str]:
    if not isinstance(given, dict):
        raise MarkingError('attributes are a JSON object: {"classification": "S", ...}')
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise MarkingError('a banner or portion is a JSON string: "SECRET//NOFORN"')
    return given


def _answer(lines: bool, answer: _Answer) -> None:
    """Answer what is on stdin; a refusal fails, or with lines takes the place of its answer."""
    stdin = typer.get_binary_stream("stdin")
    if not lines:
        try:
            _print(answer(_value(stdin.read())), orjson.OPT_INDENT_2)
        except MarkingError as error:
            _print(_refusal(error))
            raise
        return
    for line in stdin:
        if not line.strip():
            continue
        try:
            _print(answer(_value(line)))
        except MarkingError as error:
            _print(_refusal(error))


def _refusal(error: MarkingError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": str(error)}}


def _value(text: bytes) -> Any:
    try:
        orjson.loads(text)
    except json.JSONDecodeError as error:
        raise MarkingError(f"what stands on stdin is no JSON value: {error}") from None
    return json.loads(text, object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names stand in it once: of two, one would vanish."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, count in Counter(one for one, _ in pairs).items() if count > 1)
        raise MarkingError(f"{twice!r} stands twice in an object: keep one")
    return found


def _print(shown: dict[str, Any], option: int = 0) -> None:
    typer.echo(orjson.dumps(shown, option=option).decode())
