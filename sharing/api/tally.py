"""Count answers by their status, for the operator alone: who asks, and for what, is not kept."""

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Tally"]


class Tally:
    """Middleware that counts, next to the outside; the counts are of this process."""

    def __init__(self, app: ASGIApp, counts: Counter[int]) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer as it begins."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._counts[message["status"]] += 1
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            # What escapes is answered further out.
            self._counts[500] += 1
            raise
