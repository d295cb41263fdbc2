"""The schema of policies is that of this version, or nothing is decided."""

from pathlib import Path

import pytest

from sharing.errors import PolicyError
from sharing.policy import Engine
from sharing.registry import load_registry

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = (CONFIG / "policy/schema.cedarschema").read_text()
PERMIT = (
    '@id("all") @title("t") @authority("a") @review("2099-01-01") '
    "permit (principal, action, resource);"
)


@pytest.mark.parametrize("attribute", ["owners", "clearance"])
def test_the_schema_of_another_version_serves_nothing(attribute: str) -> None:
    registry = load_registry(CONFIG)
    other = SCHEMA.replace(f"{attribute}:", f"{attribute}_of_old:")
    assert other != SCHEMA
    Engine(SCHEMA, PERMIT, registry)
    with pytest.raises(PolicyError, match=r"schema\.cedarschema declares .* otherwise"):
        Engine(other, PERMIT, registry)
