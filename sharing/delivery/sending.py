"""Make one call: to the address that was checked, once, without following where it points."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self

import h11

from sda import __version__
from sharing.delivery.config import WebhookConfig
from sharing.delivery.targets import Target, may_call

__all__ = ["Answer", "Resolve", "Sender", "tls_context"]

_PART_BYTES: Final = 65536

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


@dataclass(frozen=True, slots=True)
class _Line:
    """An open connection, and where it leads."""

    target: tuple[str, str, int]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection

    @property
    def is_open(self) -> bool:
        """Return whether the other side has left it open."""
        return not (self.reader.at_eof() or self.writer.is_closing())


def tls_context() -> ssl.SSLContext:
    """Return what checks certificates; it takes a while to read whom the system trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Sender:
    """Makes one call after another; the connection is kept while they go to the same place."""

    def __init__(
        self,
        config: WebhookConfig,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._config = config
        self._tls = tls or tls_context()
        self._resolving = ThreadPoolExecutor(1, "resolve")
        self._resolve = resolve or self._ask
        self._line: _Line | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._hang_up()
        self._resolving.shutdown(wait=False, cancel_futures=True)

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message and return what came of it; raises nothing that a target can cause."""
        whole = False
        try:
            async with asyncio.timeout(self._config.total_s):
                answer, whole = await self._post(target, headers, body)
                return answer
        except _RefusedError:
            return Answer(None, "no public address")
        except TimeoutError:
            return Answer(None, "too slow")
        except (h11.ProtocolError, OSError):
            return Answer(None, "no connection")
        finally:
            if not whole:
                self._hang_up()

    async def _post(
        self, target: Target, headers: Mapping[str, str], body: bytes
    ) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection can be used again."""
        line = await self._line_to(target)
        port = f":{target.port}" if target.port not in (80, 443) else ""
        host = f"[{target.host}]" if ":" in target.host else target.host
        sent = {
            "Host": host + port,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": f"Tearline/{__version__}",
            **headers,
        }
        request = h11.Request(method="POST", target=target.path, headers=list(sent.items()))
        parts = (request, h11.Data(body), h11.EndOfMessage())
        line.writer.write(b"".join(line.http.send(part) or b"" for part in parts))
        await line.writer.drain()
        answer, left = None, self._config.answer_bytes
        while left >= 0:
            event = line.http.next_event()
            if event is h11.NEED_DATA:
                line.http.receive_data(await line.reader.read(_PART_BYTES))
            elif isinstance(event, h11.Response):
                later = dict(event.headers).get(b"retry-after")
                told = later.decode("latin-1") if later else None
                answer = Answer(event.status_code, retry_after=told)
            elif isinstance(event, h11.Data):
                # Read to its end a connection can be used again; one that goes on is cut off.
                left -= len(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
        whole = line.http.our_state is line.http.their_state is h11.DONE
        if whole:
            line.http.start_next_cycle()
        return answer or Answer(None, "no connection"), whole

    async def _line_to(self, target: Target) -> _Line:
        place = (target.scheme, target.host, target.port)
        if self._line is None or self._line.target != place or not self._line.is_open:
            self._hang_up()
            reader, writer = await self._connect(target)
            self._line = _Line(place, reader, writer, h11.Connection(h11.CLIENT))
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.writer.transport.abort()
            self._line = None

    async def _connect(self, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Resolve a name once, check all that it stands for, and connect to one of these."""
        try:
            found = await self._resolve(target.host, target.port)
        except OSError:
            raise _RefusedError from None
        plain, networks = target.is_plain, self._config.networks
        # One that is refused condemns the name: who mixes them means no good.
        if not found or not all(may_call(ip_address(one), plain, networks) for one in found):
            raise _RefusedError
        tls, name = (None, None) if plain else (self._tls, target.host)
        for last, address in enumerate(found, 1 - len(found)):
            try:
                async with asyncio.timeout(self._config.connect_s):
                    return await asyncio.open_connection(
                        address, target.port, ssl=tls, server_hostname=name
                    )
            except OSError:
                if not last:
                    raise
        raise _RefusedError

    async def _ask(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._resolving,
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
        )
        return list(dict.fromkeys(str(one[4][0]) for one in found))
