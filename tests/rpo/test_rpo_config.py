"""config/rpo.toml: as packaged it is valid and whole, and what is wrong in it is one line."""

import ast
import shutil
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from functools import reduce
from pathlib import Path

import pytest
from pydantic import BaseModel

from sda.configuration import packaged, read_toml
from sda.errors import ConfigError
from sda.orbit import Regime
from sda.rpo import config as sections
from sda.rpo.config import RpoConfig

FILE = packaged("config") / "rpo.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"))
SOURCE = Path(sections.__file__).parents[1]


def _tables(table: dict, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the places of all tables whose keys are names, not regimes."""
    if not {*table} & {*Regime}:
        yield above
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _tables(value, (*above, name))


PLACES = sorted({*_tables(TABLE)})


def _written(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{k} = {_written(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
    return repr(value)


def _refused(tmp_path: Path, table: dict) -> str:
    """Return what is said of a configuration that is not valid."""
    file = tmp_path / "rpo.toml"
    shutil.copy(FILE.with_name("covariance.toml"), tmp_path)
    file.write_text("\n".join(f"{k} = {_written(v)}" for k, v in table.items()), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_toml(file, RpoConfig)
    message = str(caught.value)
    assert "\n" not in message
    assert str(file) in message
    return message


def _at(table: dict, place: tuple[str, ...]) -> dict:
    return reduce(lambda inner, name: inner[name], place, table)


def test_the_packaged_configuration_is_valid_and_survives_being_written(tmp_path):
    config = read_toml(FILE, RpoConfig)
    file = tmp_path / "rpo.toml"
    shutil.copy(FILE.with_name("covariance.toml"), tmp_path)
    lines = (f"{k} = {_written(v)}" for k, v in TABLE.items())
    file.write_text("\n".join(lines), encoding="utf-8")
    assert read_toml(file, RpoConfig) == config
    assert {*config.max_age_days} == {*Regime}


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_an_unknown_key_is_refused_wherever_it_stands(tmp_path, place):
    table = deepcopy(TABLE)
    _at(table, place)["surely_unknown"] = 1.0
    assert ".".join((*place, "surely_unknown")) in _refused(tmp_path, table)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (place, name)
        for place in ((), ("points",), ("limits",), ("gates",), ("tiers",), ("verdicts",))
        for name in _at(TABLE, place)
    ],
)
def test_a_missing_key_is_named(tmp_path, place, name):
    table = deepcopy(TABLE)
    del _at(table, place)[name]
    message = _refused(tmp_path, table)
    assert ".".join((*place, name)) in message
    assert "required" in message


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("tiers", "least_range_km", "LEO"), [[5, 10], [10, 15]], "must fall"),
        (("tiers", "dwell_hours", "GEO"), [[5, 10, 3]], "tiers.dwell_hours.GEO"),
        (("tiers", "plane_km", "LEO"), 3, "tiers.plane_km.LEO"),
        (("verdicts", "watch"), 50.0, "must exceed"),
        (("verdicts", "watch"), 0.0, "must exceed"),
        (("verdicts", "probable"), 40.0, "must exceed"),
        (("points", "merged"), float("nan"), "points.merged"),
        (("points", "arrival"), 24, "points.arrival"),
        (("limits", "bounded_km"), float("inf"), "limits.bounded_km"),
        (("limits", "stale_days", "MEO"), 3.0, "limits.stale_days.MEO"),
        (("limits", "roamer_stations"), 2.5, "limits.roamer_stations"),
        (("gates", "passive"), "low", "gates.passive"),
        (("look_back_days",), 0, "look_back_days"),
        (("closes_after_days",), -1, "closes_after_days"),
        (("foresight", "da_km"), 0, "foresight.da_km"),
        (("foresight", "sigmas"), -1, "foresight.sigmas"),
        (("encounters", "LEO", "apart_km"), 10, "must not be below"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_by_name(tmp_path, place, value, words):
    table = deepcopy(TABLE)
    _at(table, place[:-1])[place[-1]] = value
    message = _refused(tmp_path, table)
    assert words in message
    assert place[0] in message


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(("limits", "drift_match_ratio"), 0, id="ratio"),
        pytest.param(("max_age_days",), {"LEO": 3.0}, id="regimes"),
        pytest.param(("max_age_days", "LEO"), -1.0, id="age"),
        pytest.param(("look_back_days",), 1e12, id="look-back"),
    ],
)
def test_a_number_that_would_break_the_search_is_refused(tmp_path, place, value):
    table = deepcopy(TABLE)
    _at(table, place[:-1])[place[-1]] = value
    _refused(tmp_path, table)


def _names_read() -> set[str]:
    """Return all names of attributes that the search reads, where they are not declared."""
    return {
        node.attr
        for path in SOURCE.rglob("*.py")
        if path != Path(sections.__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }


UNREAD = {("LimitsConfig", "arrival_drift_deg_day")}
"""To be used or taken out; empty is right."""


def test_each_number_is_read_somewhere():
    read = _names_read()
    models = [
        one
        for one in vars(sections).values()
        if isinstance(one, type) and issubclass(one, BaseModel) and one.model_fields
    ]
    unread = {
        (model.__name__, name)
        for model in models
        if model.__module__ == sections.__name__ and model.__name__ != "ByRegime"
        for name in model.model_fields
        if name not in read and name not in {"leo", "geo"}
    }
    assert unread <= UNREAD


def test_each_number_of_judgement_that_speaks_for_is_positive_and_each_against_negative():
    points = TABLE["points"]
    against = {
        "passive", "many_launch", "new_launch", "steady", "slot_mates", "same_launch",
        "drifting", "same_family", "stale",
    }  # fmt: skip
    assert against < {*points}
    for name, value in points.items():
        for each in value.values() if isinstance(value, dict) else [value]:
            assert (each < 0) == (name in against), name
    for tiers in TABLE["tiers"].values():
        assert all(worth > 0 for steps in tiers.values() for _, worth in steps)


def test_gates_lie_where_they_change_a_verdict():
    verdicts, gates = TABLE["verdicts"], TABLE["gates"]
    assert gates["no_activity"] < verdicts["probable"]
    for name in ("same_launch", "unsteered", "steady"):
        assert gates[name] < verdicts["possible"], name
    for name in ("known_neighbours", "passive"):
        assert gates[name] < verdicts["watch"], name
