"""What requests work with: the database, the secret, the signer, the clock, the policy."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final, ParamSpec, TypeVar

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from sda.ccsds.config import MessagesConfig
from sda.errors import StoreError, TearlineError
from sharing.api.limits import Windows
from sharing.api.shelf import Shelf
from sharing.credentials import note_use
from sharing.delivery import Courier, Streams
from sharing.feeds import last_policy
from sharing.jws import FeedSigner
from sharing.keyring import Keyring
from sharing.policy import Engine as PolicyEngine
from sharing.policy import read_engine
from sharing.policy.invariants import Invariant, read_invariants
from sharing.registry import Registry, load_registry

__all__ = ["LOOKED_AT_MOST_S", "Policies", "Service"]

P = ParamSpec("P")
T = TypeVar("T")

LOOKED_AT_MOST_S: Final = 0.05
"""After so long a time whether files have changed is looked at again."""
_NOTED_FOR = timedelta(hours=1)
_Stamp = tuple[tuple[int, int, int], ...]


class Policies:
    """The registry and the digest of the policies in a directory, as they stand now.

    They are read again whenever a file has changed, so that a partner taken out, or a policy
    changed, counts a moment later: LOOKED_AT_MOST_S, for to look at a hundred files takes longer
    than to hand out a page.
    """

    def __init__(self, config: Path) -> None:
        """Read the directory. Raises ConfigError, RegistryError or PolicyError."""
        self._config = config
        self._lock = Lock()
        self._paths = _below(config)
        self._looked_s = monotonic()
        self._stamp = self._look()
        self._current = self._read()

    def current(self) -> tuple[Registry, str]:
        """Return registry and digest; raises as the constructor while a file is wrong."""
        registry, engine = self.in_force()
        return registry, engine.digest

    def in_force(self) -> tuple[Registry, PolicyEngine]:
        """Return the registry and what decides; raises as the constructor while a file is wrong."""
        with self._lock:
            now_s = monotonic()
            if self._stamp is not None and now_s < self._looked_s + LOOKED_AT_MOST_S:
                return self._current
            if self._stamp is None or self._look() != self._stamp:
                self._stamp = None
                self._paths = _below(self._config)
                stamp = self._look()
                self._current = self._read()
                self._stamp = stamp
            self._looked_s = now_s
            return self._current

    def invariants(self) -> tuple[Invariant, ...]:
        """Return what must hold of them; raises PolicyError while the file is wrong."""
        return read_invariants(self._config)

    def _look(self) -> _Stamp | None:
        """Return what would be different had any file changed, or None where one is gone.

        A directory changes with each name that comes or goes, so there is no need to list it.
        """
        try:
            # A hundred at a time: Path.stat() takes twice as long.
            seen = [os.stat(path) for path in self._paths]  # noqa: PTH116
        except OSError:
            return None
        return tuple((stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in seen)

    def _read(self) -> tuple[Registry, PolicyEngine]:
        registry = load_registry(self._config)
        return registry, read_engine(self._config, registry)


def _below(config: Path) -> Sequence[str]:
    """Return a directory and all that is in it, by name."""
    return [str(config), *sorted(map(str, config.rglob("*")))]


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that a request may use."""

    database: Engine
    secret: bytes = field(repr=False)
    keyring: Keyring
    policies: Policies
    messages: MessagesConfig
    """Who sends, as conjunction messages name it."""
    signer: FeedSigner
    shelf: Shelf
    exercise: bool
    clock: Callable[[], datetime]
    asked: Windows
    """How often each key asked."""
    failed: Windows
    """How often each address failed to prove who it is."""
    streams: Streams
    courier: Courier
    answered: Counter[int] = field(default_factory=Counter)
    """Answers of this process, by status."""
    noted: dict[str, datetime] = field(default_factory=dict)
    """When each key was last noted as used."""

    def failing(self) -> str | None:
        """Return why no feed can be served, None where they can."""
        try:
            decided_under = last_policy(self.database)
            _, digest = self.policies.current()
        except (TearlineError, OSError) as error:
            return str(error)
        if decided_under in (None, digest):
            return None
        return "the policy has changed since the feeds were decided: run `tearline publish`"

    def close(self) -> None:
        """End the streams, and let go of the database."""
        self.streams.shut()
        self.keyring.close()
        self.database.dispose()

    async def look_up(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Return what a short piece of work gives, most of which is a look into the database.

        SQLite answers sooner than a thread would have been woken; what may have to wait for a
        network is given to one.
        """
        if self.database.dialect.name == "sqlite":
            return work(*given, **named)
        return await run_in_threadpool(work, *given, **named)

    def is_unnoted(self, key_id: str, now: datetime) -> bool:
        """Return whether the use of a key is to be noted again."""
        last = self.noted.get(key_id)
        return last is None or now >= last + _NOTED_FOR

    def note_use(self, key_id: str, now: datetime) -> None:
        """Note that a key was used, once an hour; what cannot be noted now is noted later."""
        if not self.is_unnoted(key_id, now):
            return
        self.noted[key_id] = now
        try:
            note_use(self.database, key_id, now)
        except StoreError:
            self.noted.pop(key_id, None)
