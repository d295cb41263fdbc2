"""Load the policies that decide, once they are shown to keep the invariants."""

from pathlib import Path

from sharing.errors import PolicyError
from sharing.policy.engine import Engine, read_engine
from sharing.policy.invariants import Invariant, read_invariants, violations
from sharing.registry import Registry

__all__ = ["load_engine"]

_KEPT: set[tuple[str, tuple[Invariant, ...]]] = set()
"""Policies that were shown to keep invariants, by digest."""


def load_engine(config: Path, registry: Registry) -> Engine:
    """Return the engine over the schema and the policies in config/policy.

    Raises PolicyError when a file cannot be read, parsed or validated, or an invariant is
    violated: then nothing is published, and the feeds stay as they were.
    """
    engine = read_engine(config, registry)
    invariants = read_invariants(config)
    key = engine.digest, invariants
    if key not in _KEPT:
        found = next(violations(engine, registry, invariants), None)
        if found is not None:
            raise PolicyError(f"config/policy: {found}: correct it (`tearline policy check`)")
        _KEPT.add(key)
    return engine
