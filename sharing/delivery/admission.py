"""Tell whether anything may be pushed to a partner now: what a request is asked, a push is too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from sda.errors import ConfigError
from sharing.errors import PolicyError, RegistryError
from sharing.feeds import last_policy
from sharing.registry import Registry
from sharing.schema import keys, partners

__all__ = ["Admission"]


@dataclass(frozen=True, slots=True)
class Admission:
    """Asks the database and the configuration as they stand; whatever is not sure is a no."""

    database: Engine
    policies: Callable[[], tuple[Registry, str]]
    """Registry and digest of the policy in force; see `sharing.api.service.Policies`."""

    def registry_for(self, partner: str) -> Registry | None:
        """Return the registry to serve a partner by.

        None for one that is suspended or no longer in the registry, and while the feeds were
        decided under another policy than the one in force. Raises StoreError when the database
        does not answer.
        """
        try:
            registry, digest = self.policies()
        except (ConfigError, RegistryError, PolicyError, OSError):
            return None
        if partner not in registry.partners or self._is_suspended(partner):
            return None
        return registry if last_policy(self.database) in (None, digest) else None

    def holds(self, key_id: str, partner: str, now: datetime) -> bool:
        """Return whether a key that was proven earlier is still good."""
        query = select(keys.c.expires, keys.c.revoked).where(
            keys.c.key_id == key_id, keys.c.partner == partner
        )
        with self.database.connect() as connection:
            row = connection.execute(query).one_or_none()
        return row is not None and row.revoked is None and now < row.expires

    def _is_suspended(self, partner: str) -> bool:
        query = select(partners.c.suspended).where(partners.c.partner == partner)
        with self.database.connect() as connection:
            return bool(connection.scalar(query))
