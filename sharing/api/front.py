"""Hand out pages that stand on the shelf, without the whole way through the application.

Who asks is found out and counted as always, once: the routes take what was found out here. Only
what a route has written before, for the same partner and the same words, stands on the shelf.
"""

from typing import Final

from fastapi import BackgroundTasks, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sda.errors import StoreError
from sharing.api.access import Caller, admit
from sharing.api.answers import sent
from sharing.api.problems import ProblemError
from sharing.api.service import Service
from sharing.api.shelf import asked_of
from sharing.roles import Scope as KeyScope

__all__ = ["Front"]

_PATHS: Final = {"/v1/feed": KeyScope.FEED_READ}
"""Whose answers are kept, and the scope that the route asks for."""


class Front:
    """Middleware next to the application: whatever it does not hand out goes all the way."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the shelf, or pass a request on."""
        needed = _PATHS.get(scope["path"]) if scope["type"] == "http" else None
        if needed is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        tasks = BackgroundTasks()
        answer = await self._found(Request(scope), tasks, needed)
        await (answer or self._app)(scope, receive, send)
        await tasks()

    async def _found(
        self, request: Request, tasks: BackgroundTasks, needed: KeyScope
    ) -> Response | None:
        service = self._service
        try:
            who = await admit(request, service, tasks)
        except (ProblemError, StoreError):
            return None  # it is for the route to raise, where errors become answers
        if not isinstance(who, Caller) or needed not in who.scopes:
            return None
        asked = asked_of(request, who.partner.id, who.state, service.clock().date())
        made = service.shelf.find(asked, who.registry)
        return None if made is None else sent(request, made)
