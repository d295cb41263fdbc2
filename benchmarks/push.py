"""Measure pushing: listeners on one process, and webhook deliveries a second.

    python benchmarks/push.py [LISTENERS] [ITEMS]

The server runs in a process of its own over a made-up feed, on loopback; listeners and receivers
run here. Prints what each listener costs, how long until all have a new publication, and the rate
of deliveries to one webhook and to eight.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/publishing"))

from desks import SECRET, Desk

from sda.configuration import packaged
from sharing.credentials import issue_key
from sharing.policy import load_engine
from sharing.registry import load_registry
from sharing.schema import open_sharing

PORT = 18_766
PARTNERS = ("aus", "bra", "deu")
MIB = 2**20


class Listener(asyncio.Protocol):
    """A client that counts the events that it is sent."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.events = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        asked = f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._key}\r\n\r\n"
        transport.write(asked.encode())

    def data_received(self, data: bytes) -> None:
        """Count ends of events; one cut in two is not, and there are few."""
        self.events += data.count(b"event: item\n")


class Taking(asyncio.Protocol):
    """A receiver that takes every message."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request, which comes whole in these sizes or ends so."""
        if data.endswith(b"}"):
            Taking.taken += 1
            assert isinstance(self._transport, asyncio.Transport)  # noqa: S101
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@asynccontextmanager
async def server(url: str, config: Path) -> AsyncIterator[psutil.Process]:
    """Serve in a process of its own."""
    environment = {
        "TEARLINE_DATABASE_URL": url,
        "TEARLINE_SECRET": SECRET.hex(),
        "TEARLINE_CONFIG": str(config),
    }
    command = [Path(sys.executable).with_name("tearline"), "serve", "--port", str(PORT)]
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{PORT}/healthz")
                    break
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


async def measure(n_listeners: int, n_items: int, folder: Path) -> None:
    """Measure both."""
    config = folder / "config"
    shutil.copytree(packaged("config"), config)
    file = config / "delivery.toml"
    file.write_text(file.read_text().replace("networks = []", 'networks = ["127.0.0.0/8"]'))
    registry = load_registry(config)
    desk = Desk(registry, load_engine(config, registry))
    url = f"sqlite:///{folder / 'push.db'}"
    engine = open_sharing(url)
    keys = [
        issue_key(engine, partner, SECRET.hex().encode(), datetime.now(UTC), 1)
        for partner in PARTNERS
    ]
    loop = asyncio.get_running_loop()

    def publish(n: int, run: str) -> None:
        found = [desk.approach(100 + i, 10 + i / 1000) for i in range(n)]
        desk.publish(engine, {"public": found}, run)

    async with server(url, config) as process:
        alone = process.memory_info().rss
        listeners = [
            (await loop.create_connection(lambda key=key: Listener(key), "127.0.0.1", PORT))[1]  # type: ignore[misc]
            for key in (keys[i % len(keys)] for i in range(n_listeners))
        ]
        await asyncio.sleep(5)
        each = (process.memory_info().rss - alone) / n_listeners
        await asyncio.to_thread(publish, 10, "run 1")
        start, used = time.perf_counter(), sum(process.cpu_times()[:2])
        while sum(one.events for one in listeners) < 10 * n_listeners:
            await asyncio.sleep(0.02)
        print(f"{n_listeners} listeners: {alone / MIB:.0f} MiB alone, {each / 1024:.0f} KiB each")
        print(f"10 items to each: {time.perf_counter() - start:.2f} s after the commit", end=", ")
        print(f"processor {sum(process.cpu_times()[:2]) - used:.2f} s")
        used = sum(process.cpu_times()[:2])
        await asyncio.sleep(10)
        print(f"idle: {(sum(process.cpu_times()[:2]) - used) * 10:.1f} % of one core")
    await asyncio.to_thread(publish, n_items, "run 2")
    receiving = await loop.create_server(Taking, "127.0.0.1", 0)
    port = receiving.sockets[0].getsockname()[1]
    async with (
        server(url, config) as process,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{PORT}",
            headers={"Authorization": f"Bearer {keys[0]}"},
            timeout=60,
        ) as client,
    ):
        for n in (1, 8):
            Taking.taken, start = 0, time.perf_counter()
            target = {"url": f"http://127.0.0.1:{port}/"}
            made = [(await client.post("/v1/webhooks", json=target)).json() for _ in range(n)]
            while Taking.taken < n * n_items:
                await asyncio.sleep(0.02)
            rate = n * n_items / (time.perf_counter() - start)
            print(f"{n} webhooks, {n_items} items each: {rate:.0f} deliveries/s")
            for one in made:
                await client.delete(f"/v1/webhooks/{one['id']}")
    receiving.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        given = [int(one) for one in sys.argv[1:]]
        asyncio.run(measure(*(given + [1000, 500][len(given) :]), Path(place)))
