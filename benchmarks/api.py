"""Measure the partners' interface beside a bare FastAPI route that returns the same bytes.

Feeds of made-up close approaches are published to all partners; then `wrk` (Debian's package) reads
pages of a hundred items, of all partners in turn, each from place to place through its feed. The
bare route returns these very bytes out of a dictionary, and both servers are asked in turn. Prints
one JSON object.

    python benchmarks/api.py --entries 200000 --seconds 8
"""

import argparse
import json
import os
import pickle
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
from publishing import keep_run
from sqlalchemy import func, select

from sda.configuration import packaged
from sda.store import Runs
from sharing.credentials import issue_key
from sharing.jobs import open_office, publish_run
from sharing.schema import items, open_sharing

_SECRET = "5" * 64
_CONNECTIONS = 16
_PAGE = 100
_BARE = """
import pathlib, pickle, sys
from fastapi import FastAPI, Request
from starlette.responses import Response
import uvicorn
pages = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
app = FastAPI()
@app.get("/v1/feed")
def feed(request: Request, after: str = "", limit: int = 100):
    content = pages[request.headers["authorization"], after]
    return Response(content, media_type="application/json")
uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
"""
_ASKING = """
local asked = {{{asked}}}
local place = 0
function request()
  place = place % #asked + 1
  return wrk.format("GET", asked[place][1], {{["Authorization"] = asked[place][2]}})
end
function done(summary, latency, requests)
  io.write(string.format("TOLD %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


def published(folder: Path, entries: int) -> tuple[str, dict[str, str]]:
    """Publish so many entries to all partners; return the database, and a key of each."""
    url, office = f"sqlite:///{folder / 'feeds.db'}", open_office(packaged("config"))
    keep_run(url, entries // len(office.registry.partners), "run 0", 0, False)
    database = open_sharing(url)
    (run,) = Runs(database).list()
    publish_run(database, office, _SECRET.encode(), run, run.at)
    now = datetime.now(UTC) - timedelta(minutes=1)
    keys = {
        name: issue_key(database, name, _SECRET.encode(), now, 30)
        for name in office.registry.partners
    }
    database.dispose()
    return url, keys


@contextmanager
def served(command: list[str], environment: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """Run a server until it is not needed any more."""
    server = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        yield psutil.Process(server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pages_of(base: str, keys: dict[str, str], most: int) -> dict[tuple[str, str], bytes]:
    """Read the first pages of each feed: contents by credential and cursor."""
    found: dict[tuple[str, str], bytes] = {}
    with httpx.Client(base_url=base, timeout=60) as client:
        for key in keys.values():
            credential, after = f"Bearer {key}", ""
            for _ in range(most):
                query = {"limit": str(_PAGE)} | ({"after": after} if after else {})
                answer = client.get("/v1/feed", params=query, headers={"Authorization": credential})
                answer.raise_for_status()
                found[credential, after] = answer.content
                after = answer.json()["next"]
                if not answer.json()["more"]:
                    break
    return found


def load(base: str, script: Path, seconds: float) -> dict[str, float]:
    """Ask a server for some seconds; return its rate and latencies."""
    asked = [f"-d{seconds:g}s", "-t1", f"-c{_CONNECTIONS}", "-s", str(script), base]
    done = subprocess.run(["wrk", *asked], check=True, capture_output=True, text=True)
    told = re.search(r"TOLD (\S+) (\S+) (\S+) (\S+) (\S+)", done.stdout)
    if told is None:
        raise RuntimeError(f"wrk says nothing that is understood: {done.stdout}")
    requests, micros, median_us, slow_us, errors = (float(one) for one in told.groups())
    if errors:
        raise RuntimeError(f"{errors:g} requests failed")
    return {
        "requests_per_s": requests / micros * 1e6,
        "p50_ms": median_us / 1000,
        "p99_ms": slow_us / 1000,
    }


def measure(entries: int, seconds: float, rounds: int, folder: Path) -> dict[str, object]:
    """Serve feeds and a bare route beside each other, and ask both in turn."""
    url, keys = published(folder, entries)
    database = open_sharing(url)
    with database.connect() as connection:
        n_items = connection.scalar(select(func.count()).select_from(items))
    database.dispose()
    ports = {"feed": free_port(), "bare": free_port()}
    environment = {
        "TEARLINE_DATABASE_URL": url,
        "TEARLINE_SECRET": _SECRET,
        "TEARLINE_CONFIG": str(packaged("config")),
        "TEARLINE_REQUESTS_PER_MINUTE": "100000000",
    }
    command = [
        str(Path(sys.executable).with_name("tearline")),
        "serve",
        "--port",
        str(ports["feed"]),
    ]
    with served(command, environment, ports["feed"]) as feed:
        base = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        pages = pages_of(base["feed"], keys, 20)
        kept = folder / "pages.pickle"
        kept.write_bytes(pickle.dumps(pages))
        script, bare_py = folder / "asking.lua", folder / "bare.py"
        bare_py.write_text(_BARE)
        asked = ",\n".join(
            f'{{"/v1/feed?limit={_PAGE}{f"&after={after}" if after else ""}", "{credential}"}}'
            for credential, after in sorted(pages, key=lambda one: (one[1], one[0]))
        )
        script.write_text(_ASKING.format(asked=asked))
        bare_command = [sys.executable, str(bare_py), str(kept), str(ports["bare"])]
        with served(bare_command, {}, ports["bare"]):
            told: dict[str, list[dict[str, float]]] = {"feed": [], "bare": []}
            for _ in range(rounds):
                for name, some in told.items():
                    some.append(load(base[name], script, seconds))
        memory_mib = feed.memory_info().rss / 2**20
    figures = {
        name: {what: round(statistics.median(one[what] for one in some), 2) for what in some[0]}
        for name, some in told.items()
    }
    ratios = [
        one["requests_per_s"] / other["requests_per_s"]
        for one, other in zip(told["feed"], told["bare"], strict=True)
    ]
    return {
        "entries": n_items,
        "partners": len(keys),
        "pages": len(pages),
        "bytes_of_a_page": round(statistics.mean(map(len, pages.values()))),
        **figures,
        "ratio": round(statistics.median(ratios), 3),
        "memory_mib": round(memory_mib),
    }


def main() -> None:
    """Run with the sizes given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not there: install Debian's package wrk")
    with tempfile.TemporaryDirectory() as folder:
        found = measure(asked.entries, asked.seconds, asked.rounds, Path(folder))
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
