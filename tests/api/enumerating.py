"""All routes of an application, with the scope that each names, and a way to ask any of them."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from sharing.api.access import Needs

__all__ = ["Answer", "Declared", "ask", "declared"]


@dataclass(frozen=True)
class Declared:
    path: str
    method: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    """Of an error; whatever goes well may have no end."""


def declared(app: FastAPI) -> list[Declared]:
    """Return every method of every route, those of included routers too."""
    return sorted(_declared(app.routes), key=lambda one: (one.path, one.method))


def ask(app: FastAPI, method: str, path: str, key: str = "", body: bytes = b"") -> Answer:
    """Ask, and leave as soon as it is clear that the answer is no error."""
    return asyncio.run(_ask(app, method, path, key, body))


async def _ask(app: FastAPI, method: str, path: str, key: str, body: bytes) -> Answer:
    told: dict[str, Any] = {"status": 0, "headers": {}, "body": b""}
    ended = asyncio.Event()
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in given:
            return message
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told["status"] = message["status"]
            told["headers"] = {name.decode(): value.decode() for name, value in message["headers"]}
            if message["status"] < 400:
                ended.set()
        else:
            told["body"] += message.get("body", b"")
            if not message.get("more_body"):
                ended.set()

    headers = [(b"host", b"feed"), (b"content-type", b"application/json")]
    headers += [(b"authorization", f"Bearer {key}".encode())] if key else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("feed", 80),
    }
    served = asyncio.create_task(app(scope, receive, send))
    waited = asyncio.create_task(ended.wait())
    await asyncio.wait({served, waited}, return_when=asyncio.FIRST_COMPLETED)
    for task in (served, waited):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return Answer(**told)


def _declared(routes: Any, prefix: str = "") -> Iterator[Declared]:
    for route in routes:
        inner, beneath = getattr(route, "routes", None), prefix
        if inner is None and hasattr(route, "original_router"):
            beneath = prefix + route.include_context.prefix
            inner = route.original_router.routes
        if inner:
            yield from _declared(inner, beneath)
        elif isinstance(route, Route):
            for method in route.methods:
                yield Declared(prefix + route.path, method, _scopes(route))


def _scopes(route: Route) -> frozenset[str]:
    named = route.dependencies if isinstance(route, APIRoute) else ()
    return frozenset(
        one.dependency.scope.value for one in named if isinstance(one.dependency, Needs)
    )
