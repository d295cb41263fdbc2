"""Real servers in processes of their own, feeds to serve, and clients that hold a stream open."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import SECRET, Desk, desk

from sda.configuration import packaged
from sda.settings import Settings
from sharing.api import create_app
from sharing.api.serving import Server
from sharing.credentials import issue_key
from sharing.schema import open_sharing

__all__ = ["desk"]

SERVER_SECRET = SECRET.hex()
_PATIENCE_S = 120.0


def until(condition: Callable[[], object]) -> None:
    """Wait for something that must come; how long it takes is not what is tested."""
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@dataclass
class Place:
    """A database with feeds, a configuration, and the processes that serve them."""

    desk: Desk
    url: str
    config: Path
    engine: Engine
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def key(self, partner: str, days: float = 30) -> str:
        return issue_key(self.engine, partner, SERVER_SECRET.encode(), datetime.now(UTC), days)

    def tearline(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the command in a process of its own."""
        kept = {name: value for name, value in os.environ.items() if "TEARLINE" not in name}
        process = subprocess.Popen(
            [Path(sys.executable).with_name("tearline"), *arguments],
            env=kept
            | {
                "TEARLINE_DATABASE_URL": self.url,
                "TEARLINE_SECRET": SERVER_SECRET,
                "TEARLINE_CONFIG": str(self.config),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers."""
        process = self.tearline("serve", "--port", str(self.port))
        until(self._answers)
        return process

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve in a thread, over a real socket, for what needs no process to be killed."""
        chosen = Settings(database_url=self.url, secret=SERVER_SECRET)
        app = create_app(chosen, self.config)
        server = Server(app, "127.0.0.1", self.port)
        thread = threading.Thread(target=server.run)
        thread.start()
        until(lambda: server.started)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.base}/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def items(self, key: str) -> list[tuple[str, int]]:
        """Return ids and revisions of a feed as it stands."""
        found = httpx.get(
            f"{self.base}/v1/feed?limit=1000", headers={"Authorization": f"Bearer {key}"}
        )
        return [(item["id"], item["revision"]) for item in found.json()["items"]]


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process as the system does when memory runs out: nothing of it is run any more."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


QUICK = {
    "poll_s = 0.5": "poll_s = 0.05",
    "heartbeat_s = 15.0": "heartbeat_s = 0.2",
    "attempts = 8": "attempts = 3",
    "first_s = 5.0": "first_s = 0.01",
    "greatest_s = 21600.0": "greatest_s = 0.02",
    "disabled_after = 40": "disabled_after = 6",
    "total_s = 15.0": "total_s = 5.0",
    "networks = []": 'networks = ["127.0.0.1/32"]',
}


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """Return a configuration whose deliveries wait for nothing that a test needs not wait for."""
    config = tmp_path / "config"
    shutil.copytree(packaged("config"), config)
    file = config / "delivery.toml"
    text = file.read_text()
    for before, after in QUICK.items():
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)
    return config


@pytest.fixture
def place(desk: Desk, tmp_path: Path, quick: Path) -> Iterator[Place]:
    """Return a place on SQLite."""
    with _place(desk, f"sqlite:///{tmp_path / 'tearline.db'}", quick) as made:
        yield made


@pytest.fixture
def any_place(desk: Desk, database_url: str, quick: Path) -> Iterator[Place]:
    """Return a place on either kind of database."""
    with _place(desk, database_url, quick) as made:
        yield made


@contextmanager
def _place(desk: Desk, url: str, config: Path) -> Iterator[Place]:
    engine = open_sharing(url)
    made = Place(desk, url, config, engine, free_port())
    yield made
    for process in made.processes:
        if process.poll() is None:
            kill(process)
    engine.dispose()


@dataclass
class Event:
    id: str = ""
    event: str = ""
    data: str = ""


@dataclass
class Listening:
    """A client that holds a stream open in a thread, and notes all that comes whole."""

    base: str
    key: str
    query: str = ""
    events: list[Event] = field(default_factory=list)
    comments: int = 0
    status: int | None = None
    ended: bool = False
    headers: httpx.Headers | None = None

    def run(self, last: str | None) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        if last is not None:
            headers["Last-Event-ID"] = last
        try:
            with httpx.stream(
                "GET", f"{self.base}/v1/stream{self.query}", headers=headers, timeout=30
            ) as answer:
                self.status, self.headers = answer.status_code, answer.headers
                event = Event()
                for line in answer.iter_lines():
                    if line.startswith(":"):
                        self.comments += 1
                    elif line:
                        name, _, value = line.partition(": ")
                        setattr(event, name, value)
                    elif event.id:
                        self.events.append(event)
                        event = Event()
        except httpx.HTTPError:
            pass
        finally:
            self.ended = True


@contextmanager
def listening(base: str, key: str, last: str | None = None, query: str = "") -> Iterator[Listening]:
    """Hold a stream open; the thread ends with the stream."""
    client = Listening(base, key, query)
    thread = threading.Thread(target=client.run, args=(last,), daemon=True)
    thread.start()
    yield client


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def item(self) -> tuple[str, int]:
        data = json.loads(self.body)["data"]
        return data["id"], data["revision"]


@dataclass
class Receiver:
    """A receiving process: it keeps what it is sent in a file, and answers as it is told."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=tearline"

    def answer(self, status: int, delay_s: float = 0.0, **headers: str) -> None:
        """Answer so from now on."""
        draft = self.folder / "draft"
        draft.write_text(json.dumps({"status": status, "delay_s": delay_s, "headers": headers}))
        draft.replace(self.folder / "answer.json")

    @property
    def calls(self) -> list[Call]:
        return [
            Call(one["path"], one["headers"], one["body"])
            for one in map(json.loads, (self.folder / "calls").read_text().splitlines())
        ]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    folder = tmp_path / "receiver"
    folder.mkdir()
    (folder / "calls").touch()
    port = free_port()
    script = Path(__file__).with_name("receiving.py")
    process = subprocess.Popen([sys.executable, script, str(port), str(folder)])
    made = Receiver(folder, port, process)
    made.answer(204)
    until(lambda: _listens(port))
    yield made
    kill(process)


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
