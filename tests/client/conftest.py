"""A real server in a process of its own, that a test kills and starts again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import NOW, Desk, desk, fresh
from sqlalchemy import Engine

from sharing.credentials import issue_key

__all__ = ["desk", "fresh"]

_SERVE = """
import socket, sys
from datetime import datetime, timedelta
from pathlib import Path
import uvicorn
from sda.configuration import packaged
from sda.settings import Settings
from sharing.api import create_app
url, descriptor, now = sys.argv[1:]
chosen = Settings(database_url=url, secret="5a" * 32)
app = create_app(chosen, packaged("config"), lambda: datetime.fromisoformat(now))
server = uvicorn.Server(uvicorn.Config(app, log_config=None, server_header=False))
server.run(sockets=[socket.socket(fileno=int(descriptor))])
"""
"""The server of `tearline serve`, at the time of the tests, on a socket that is there already."""


@dataclass
class Process:
    """A server over a database; the port stays the same from start to start."""

    database: Engine
    bound: socket.socket
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.bound.getsockname()[1]}"

    def key(self, partner: str = "aus") -> str:
        return issue_key(self.database, partner, ("5a" * 32).encode(), NOW, 30)

    def start(self) -> None:
        descriptor = self.bound.fileno()
        address = self.database.url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", _SERVE, address, str(descriptor), NOW.isoformat()]
        self.running.append(subprocess.Popen(command, pass_fds=[descriptor], env=dict(os.environ)))
        for _ in range(600):
            try:
                if httpx.get(f"{self.url}/healthz", timeout=120).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        for one in self.running:
            one.kill()
            one.wait()
        self.running.clear()


@pytest.fixture
def served(desk: Desk, fresh: Callable[[str], Engine]) -> Iterator[Process]:
    """Return a running server with seven items for each of two partners."""
    database = fresh("feeds")
    desk.publish(database, {"public": [desk.approach(100 + n, 10 + n) for n in range(7)]})
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        process = Process(database, bound)
        process.start()
        yield process
        process.kill()
