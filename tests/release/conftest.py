"""The sample registry and engine, which every test of the door decides with.

The engine is read without its invariants, which tests/policy checks.
"""

from pathlib import Path

import pytest

from sharing.policy import Engine, read_engine
from sharing.registry import Registry, load_registry

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry(CONFIG)


@pytest.fixture(scope="session")
def engine(registry: Registry) -> Engine:
    return read_engine(CONFIG, registry)
