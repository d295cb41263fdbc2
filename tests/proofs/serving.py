"""An archive with its server, and what it answers to a partner."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Engine
from worlds import NOW, SECRET

from sda.settings import Settings
from sharing.api import create_app
from sharing.credentials import issue_key
from sharing.jobs import Office, open_office

__all__ = ["World", "open_world"]


class World:
    """An archive with its server."""

    def __init__(self, app: FastAPI, office: Office) -> None:
        self.app = app
        self.office = office

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.state.service.database
        return engine

    def read(self, partner: str) -> list[bytes]:
        """Return the answers of the server to a partner that reads its whole feed, in pages."""
        key = issue_key(self.engine, partner, self.app.state.service.secret, NOW, 30)

        async def answers() -> list[bytes]:
            found, query = [], "limit=3"
            async with self._client(key) as client:
                while True:
                    answer = await client.get(f"/v1/feed?{query}")
                    assert answer.status_code == 200
                    found.append(answer.content)
                    page = answer.json()
                    found += [
                        (await client.get(f"/v1/items/{one['id']}")).content
                        for one in page["items"]
                    ]
                    if not page["more"]:
                        return found
                    query = f"limit=3&after={page['next']}"

        return asyncio.run(answers())

    def ask(
        self, partner: str, paths: Iterable[str], headers: Mapping[str, str] | None = None
    ) -> list[Response]:
        """Return the answers of the server to a partner that asks one thing after another."""
        key = issue_key(self.engine, partner, self.app.state.service.secret, NOW, 30)

        async def answers() -> list[Response]:
            async with self._client(key) as client:
                return [await client.get(path, headers=headers) for path in paths]

        return asyncio.run(answers())

    def _client(self, key: str) -> AsyncClient:
        return AsyncClient(
            transport=ASGITransport(self.app),
            base_url="http://feed",
            headers={"Authorization": f"Bearer {key}"},
        )


def open_world(database: Path, config: Path, now: datetime = NOW) -> World:
    """Return a server over a database, at a standing clock."""
    chosen = Settings(
        database_url=f"sqlite:///{database}",
        secret=SECRET.hex(),
        feed_signing_key=SECRET.hex(),
        requests_per_minute=1_000_000,
    )
    return World(create_app(chosen, config, lambda: now), open_office(config))
