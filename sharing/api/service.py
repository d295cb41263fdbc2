"""What requests work with: the database, the secret, the signer, the clock, the policy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine

from sda.ccsds.config import MessagesConfig
from sda.errors import StoreError
from sharing.api.limits import Windows
from sharing.credentials import note_use
from sharing.delivery import Courier, Streams
from sharing.jws import FeedSigner
from sharing.policy import Engine as PolicyEngine
from sharing.policy import read_engine
from sharing.registry import Registry, load_registry

__all__ = ["Policies", "Service"]

_NOTED_FOR = timedelta(hours=1)
_Stamp = tuple[tuple[str, int, int], ...]


class Policies:
    """The registry and the digest of the policies in a directory, as they stand now.

    They are read again whenever a file has changed, so that a partner taken out, or a policy
    changed, counts from the next request on.
    """

    def __init__(self, config: Path) -> None:
        """Read the directory. Raises ConfigError, RegistryError or PolicyError."""
        self._config = config
        self._lock = Lock()
        self._stamp = self._look()
        self._current = self._read()

    def current(self) -> tuple[Registry, str]:
        """Return registry and digest; raises as the constructor while a file is wrong."""
        registry, engine = self.in_force()
        return registry, engine.digest

    def in_force(self) -> tuple[Registry, PolicyEngine]:
        """Return the registry and what decides; raises as the constructor while a file is wrong."""
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp:
                self._current = self._read()
                self._stamp = stamp
            return self._current

    def _look(self) -> _Stamp:
        files = sorted(path for path in self._config.rglob("*") if path.is_file())
        seen = ((path, path.stat()) for path in files)
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in seen)

    def _read(self) -> tuple[Registry, PolicyEngine]:
        registry = load_registry(self._config)
        return registry, read_engine(self._config, registry)


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that a request may use."""

    database: Engine
    secret: bytes = field(repr=False)
    policies: Policies
    messages: MessagesConfig
    """Who sends, as conjunction messages name it."""
    signer: FeedSigner
    exercise: bool
    clock: Callable[[], datetime]
    asked: Windows
    """How often each key asked."""
    failed: Windows
    """How often each address failed to prove who it is."""
    streams: Streams
    courier: Courier
    noted: dict[str, datetime] = field(default_factory=dict)
    """When each key was last noted as used."""

    def note_use(self, key_id: str, now: datetime) -> None:
        """Note that a key was used, once an hour; what cannot be noted now is noted later."""
        last = self.noted.get(key_id)
        if last is not None and now < last + _NOTED_FOR:
            return
        self.noted[key_id] = now
        try:
            note_use(self.database, key_id, now)
        except StoreError:
            self.noted.pop(key_id, None)
