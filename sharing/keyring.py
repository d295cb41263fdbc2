"""Remember the keys that proved themselves, for as long as nothing is written anywhere."""

from datetime import datetime

from sqlalchemy import Engine

from sda.store import Watch
from sharing.credentials import Credential, authenticate, keyed_hash

__all__ = ["Keyring"]


class Keyring:
    """Finds out whose key it is, in the database or by having found it out just before.

    What was not proved before costs the same as ever, so that time tells no more than the answer.
    On SQLite one thread at a time; on PostgreSQL nothing is remembered.
    """

    def __init__(self, engine: Engine, secret: bytes) -> None:
        self._engine = engine
        self._secret = secret
        self._watch = Watch(engine)
        self._version: int | None = None
        self._known: dict[bytes, Credential] = {}
        """By the keyed hash of the whole key."""

    def authenticate(self, key: str, now: datetime) -> Credential:
        """Return whose key this is, and raise, as `sharing.credentials.authenticate` does."""
        # Before the look: what is written meanwhile makes it count for nothing.
        version = self._watch.version()
        if version is None:
            return authenticate(self._engine, key, self._secret, now)
        if version != self._version:
            self._known.clear()
            self._version = version
        hashed = keyed_hash(self._secret, key)
        known = self._known.get(hashed)
        if known is None or now >= known.expires:
            known = self._known[hashed] = authenticate(self._engine, key, self._secret, now)
        return known

    def close(self) -> None:
        """Let go of the database."""
        self._watch.close()
