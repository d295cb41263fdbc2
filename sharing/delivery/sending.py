"""Make one call: to the address that was checked, once, without following where it points."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

import httpcore

from sda import __version__
from sharing.delivery.config import WebhookConfig
from sharing.delivery.targets import Address, Target, may_call

__all__ = ["Answer", "Resolve", "Sender"]

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns the addresses of a name; raises OSError where there are none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: a status, or why there is none."""

    status: int | None
    failure: str = ""
    retry_after: str | None = None
    """As the receiver wrote it."""

    @property
    def is_taken(self) -> bool:
        """Return whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Return it in words for the log that the partner sees."""
        return self.failure if self.status is None else f"answered {self.status}"


class _RefusedError(Exception):
    """An address may not be connected to, or a name has none: the two look the same."""


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(self, resolve: Resolve, is_allowed: Callable[[Address], bool]) -> None:
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve a name once, check all that it stands for, and connect to one of these."""
        try:
            found = await self._resolve(host, port)
        except OSError:
            raise _RefusedError from None
        # One that is refused condemns the name: who mixes them means no good.
        if not found or not all(self._is_allowed(ip_address(one)) for one in found):
            raise _RefusedError
        for last, address in enumerate(found, 1 - len(found)):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not last:
                    raise
        raise _RefusedError


class Sender:
    """Calls targets; connections are kept for a while, each to the address it was checked for."""

    def __init__(self, config: WebhookConfig, resolve: Resolve | None = None) -> None:
        self._config = config
        self._resolving = ThreadPoolExecutor(config.at_once, "resolve")
        self._pools = {
            plain: httpcore.AsyncConnectionPool(
                ssl_context=None if plain else ssl.create_default_context(),
                max_connections=config.at_once,
                keepalive_expiry=config.total_s,
                network_backend=_CheckedNetwork(
                    resolve or self._resolve,
                    lambda address, plain=plain: may_call(address, plain, config.networks),  # type: ignore[misc]
                ),
            )
            for plain in (False, True)
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._resolving.shutdown(wait=False, cancel_futures=True)

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message and return what came of it; raises nothing that a target can cause."""
        try:
            async with asyncio.timeout(self._config.total_s):
                return await self._post(target, headers, body)
        except _RefusedError:
            return Answer(None, "no public address")
        except (TimeoutError, httpcore.TimeoutException):
            return Answer(None, "too slow")
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError):
            return Answer(None, "no connection")

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        port = f":{target.port}" if target.port not in (80, 443) else ""
        host = f"[{target.host}]" if ":" in target.host else target.host
        sent = {
            "Host": host + port,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": f"Tearline/{__version__}",
            **headers,
        }
        times = dict.fromkeys(("read", "write", "pool"), self._config.total_s)
        async with self._pools[target.is_plain].stream(
            "POST",
            httpcore.URL(
                scheme=target.scheme, host=target.host, port=target.port, target=target.path
            ),
            headers=list(sent.items()),
            content=body,
            extensions={"timeout": times | {"connect": self._config.connect_s}},
        ) as answer:
            left = self._config.answer_bytes
            # Read to its end a connection can be used again; one that goes on is cut off.
            async for part in answer.aiter_stream():
                left -= len(part)
                if left < 0:
                    break
            told = {name.lower(): value for name, value in answer.headers}
            later = told.get(b"retry-after")
            return Answer(answer.status, retry_after=later.decode("latin-1") if later else None)

    async def _resolve(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._resolving,
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
        )
        return list(dict.fromkeys(str(one[4][0]) for one in found))
