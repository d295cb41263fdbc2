"""A server with three partners' feeds in it, and a way to ask it."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import NOW, SECRET, Desk, desk, fresh

from sda.configuration import packaged
from sda.model import CloseApproach
from sda.settings import Settings
from sharing.api import create_app
from sharing.credentials import Holder, issue_key
from sharing.release import release, solution_of
from sharing.review import follow
from sharing.roles import Role

__all__ = ["desk", "fresh"]

SERVER_SECRET = SECRET.hex()


@dataclass
class Server:
    """An application over its database, at a time that a test sets."""

    app: FastAPI
    desk: Desk
    url: str
    now: datetime = NOW

    @property
    def database(self) -> Engine:
        return self.app.state.service.database

    @property
    def secret(self) -> bytes:
        return self.app.state.service.secret

    def key(
        self,
        partner: str,
        days: float = 30,
        role: Role = Role.PARTNER,
        scopes: Iterable[str] = (),
        office: str | None = None,
    ) -> str:
        """Return a key of a partner; of a known office for other roles, unless that is given."""
        if office is None:
            partner, office = (partner, "") if role is Role.PARTNER else ("", "duty-officer")
        holder = Holder(partner, office, role, tuple(scopes))
        return issue_key(self.database, holder, self.secret, self.now, days)

    def hold(self, approach: CloseApproach, *partners: str) -> None:
        """Put what policy holds of a commercial approach for some partners into the queue."""
        registry, policy = self.desk.registry, self.desk.policy
        solution = solution_of("commercial", ["public", "commercial"], approach, registry)
        held = {
            name: [
                one
                for each in release(registry.partners[name], [solution], registry, policy, NOW)
                for one in each.held
            ]
            for name in partners
        }
        follow(self.database, held, registry, NOW)

    def get(
        self, path: str, key: str | None = None, address: str = "127.0.0.1", **headers: str
    ) -> Response:
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        return self.request("GET", path, headers, address)

    def post(self, path: str, key: str, json: object, **headers: str) -> Response:
        told = {**headers, "Authorization": f"Bearer {key}"}
        return self.request("POST", path, told, json=json)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        json: object = None,
        content: bytes | None = None,
    ) -> Response:
        async def ask() -> Response:
            seam = ASGITransport(self.app, raise_app_exceptions=False, client=(address, 123))
            async with AsyncClient(transport=seam, base_url="http://feed") as client:
                return await client.request(
                    method, path, headers=headers, json=json, content=content
                )

        return asyncio.run(ask())


@pytest.fixture
def serve(desk: Desk, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Return a way to make servers, each over a database of its own."""
    made: list[Server] = []

    def make(name: str = "feeds", config: Path | None = None, **settings: object) -> Server:
        url = str(settings.pop("url", f"sqlite:///{tmp_path / name}.db"))
        settings = {"secret": SERVER_SECRET, "feed_signing_key": SERVER_SECRET, **settings}
        chosen = Settings(database_url=url, **settings)
        app = create_app(chosen, config or packaged("config"), lambda: server.now)
        server = Server(app, desk, url)
        made.append(server)
        return server

    yield make
    for server in made:
        server.app.state.service.close()
