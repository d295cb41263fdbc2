"""Compare, by the clock, what two servers answer a partner whose archives differ in what is hidden.

Both archives hold the same public close approaches; one holds as many again from a source that the
partner never sees. Each request goes to both servers, in an order drawn anew, without a network,
whose noise would hide more. Asked are a page, an item, an id that does not exist, and one that
exists in another's feed alone. Prints medians in microseconds, their difference, and how likely a
difference so great is by chance (Mann and Whitney's test). Prints one JSON object.

    python benchmarks/leaks.py --events 5000 --requests 1000
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
from publishing import approach
from scipy.stats import mannwhitneyu

from sda.configuration import packaged
from sda.settings import Settings
from sda.store import Run, Runs, Status
from sharing.api import create_app, log_to
from sharing.credentials import issue_key
from sharing.feeds import read_page
from sharing.jobs import open_office, publish_run
from sharing.schema import open_sharing

_SECRET = "5" * 64
_AT = datetime(2026, 11, 1, tzinfo=UTC)
_HOURS = 72.0
_PARTNER, _OTHER, _HIDDEN = "per", "aus", "trilateral"
"""The partner that asks, who sees what is hidden from it, and the source of that."""


def published(url: str, events: int, is_fuller: bool) -> None:
    """Publish an archive, with what the partner never sees or without."""
    database, office = open_sharing(url), open_office(packaged("config"))
    runs = Runs(database)
    runs.begin(Run("run", _AT, _HOURS, 5.0, Status.RUNNING, _AT))
    runs.keep("run", "public", ["public"], [approach(number, False) for number in range(events)])
    if is_fuller:
        hidden = [
            replace(approach(number, False), norad_id_1=90_000 + number % 5_000)
            for number in range(events)
        ]
        runs.keep("run", _HIDDEN, [_HIDDEN], hidden)
    runs.finish("run", Status.COMPLETE)
    (run,) = runs.list()
    publish_run(database, office, _SECRET.encode(), run, _AT)
    database.dispose()


def item_beyond(url: str) -> str:
    """Return the id of an item that the other has and the partner has not."""
    database = open_sharing(url)
    newest = read_page(database, _OTHER, limit=1).items[0]
    database.dispose()
    return newest.item_id


async def measure(events: int, requests: int, shelf_mib: int, folder: Path) -> dict[str, object]:
    """Ask both servers the same, and compare how long they take."""
    clients, keys = {}, {}
    urls = {name: f"sqlite:///{folder / name}.db" for name in ("plain", "fuller")}
    for name, url in urls.items():
        settings = Settings(
            database_url=url,
            secret=_SECRET,
            page_cache_mib=shelf_mib,
            requests_per_minute=100_000_000,
        )
        app = create_app(settings, packaged("config"))
        now = datetime.now(UTC) - timedelta(minutes=1)
        keys[name] = issue_key(app.state.service.database, _PARTNER, _SECRET.encode(), now, 30)
        clients[name] = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://feed",
            headers={"Authorization": f"Bearer {keys[name]}"},
        )
    first = (await clients["plain"].get("/v1/feed?limit=1")).json()["items"][0]["id"]
    asked: dict[str, Callable[[str], str]] = {
        "page": lambda _: "/v1/feed?limit=100",
        "item": lambda _: f"/v1/items/{first}",
        "no item": lambda _: "/v1/items/AAAAAAAAAAAAAAAAAAAAAA",
        "an item of another's, or none": lambda name: (
            f"/v1/items/{beyond if name == 'fuller' else 'AAAAAAAAAAAAAAAAAAAAAA'}"
        ),
    }
    beyond, random, found = item_beyond(urls["fuller"]), Random(1), {}  # noqa: S311
    for what, path in asked.items():
        taken: dict[str, list[float]] = {name: [] for name in clients}
        for number in range(requests + 20):
            for name in random.sample(sorted(clients), len(clients)):
                begun = time.perf_counter()
                await clients[name].get(path(name))
                if number >= 20:
                    taken[name].append((time.perf_counter() - begun) * 1e6)
        medians = {name: statistics.median(some) for name, some in taken.items()}
        found[what] = {
            **{f"{name}_us": round(value, 1) for name, value in medians.items()},
            "difference": round(medians["fuller"] / medians["plain"] - 1, 4),
            "by_chance": round(float(mannwhitneyu(*taken.values()).pvalue), 4),
        }
    return found


def main() -> None:
    """Run with the sizes given on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--requests", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Path(os.devnull).open("w") as nowhere:
        log_to(nowhere)
        folder = Path(name)
        published(f"sqlite:///{folder / 'plain'}.db", asked.events, is_fuller=False)
        published(f"sqlite:///{folder / 'fuller'}.db", asked.events, is_fuller=True)
        told = {
            title: asyncio.run(measure(asked.events, asked.requests, mib, folder))
            for title, mib in (("read_each_time", 0), ("from_the_shelf", 128))
        }
        print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
