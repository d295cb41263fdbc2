"""Invariants that are wrong themselves are refused, and so is a configuration without any."""

from pathlib import Path
from shutil import copytree

import pytest

from sharing.errors import PolicyError
from sharing.policy import load_engine
from sharing.registry import load_registry

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(copytree(CONFIG, tmp_path / "config"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"fact.unrestricted"', '"fact.unrestrained"', "no attribute"),
        ('within = "fact.audience"', 'withing = "fact.audience"', "within"),
        ("equals = false", "equals = false, differs = true", "one relation"),
        ('id = "within-the-clearance"', 'id = "within-the-audience"', "stands twice"),
        ('at_least = "fact.level"', 'at_least = "fact.group"', "cannot be compared"),
        ('at_least = "fact.level"', "at_least = true", "at_least"),
        ('without = ["ORCON"]', "empty = 0", r"only_if.*empty"),
        ('"see", "see_coarse", "know', '"sea", "see_coarse", "know', "actions"),
    ],
)
def test_a_wrong_invariant_is_refused_by_name(config: Path, old: str, new: str, named: str) -> None:
    path = config / "policy/invariants.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(PolicyError, match=named) as caught:
        load_engine(config, load_registry(config))
    assert "\n" not in str(caught.value)


def test_without_the_file_nothing_is_loaded(config: Path) -> None:
    (config / "policy/invariants.toml").unlink()
    with pytest.raises(PolicyError, match="missing"):
        load_engine(config, load_registry(config))
