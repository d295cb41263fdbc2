"""How the process does, for monitoring: in the text format of Prometheus, version 0.0.4.

How many ask, and how often anybody is called, says something of what others get. So without a key
there is no more to learn than whether feeds can be served; the rest is for an administrator.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy import func, select
from starlette.responses import PlainTextResponse, Response

from sharing.api.access import Serving, needs
from sharing.api.answers import answer
from sharing.api.service import Service
from sharing.schema import webhooks

__all__ = ["add_open_metrics", "router"]

_TYPE = "text/plain; version=0.0.4"
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Measures.", "content": {"text/plain": {}}}
}

router = APIRouter(prefix="/v1/releaser", tags=["releaser"])


@router.get(
    "/metrics",
    summary="Measure how this process does",
    response_class=PlainTextResponse,
    responses=_CONTENT,
    dependencies=[Depends(needs("metrics:read"))],
)
def metrics(request: Request, service: Serving) -> Response:
    """Return whether feeds can be served, answers by status, open streams, webhooks by state."""
    states = select(webhooks.c.state, func.count()).group_by(webhooks.c.state)
    with service.database.connect() as connection:
        hooks = {f'state="{state}"': n for state, n in connection.execute(states)}
    answers = {f'status="{status}"': n for status, n in sorted(service.answered.items())}
    text = _written(
        service.exercise,
        _ready(service),
        _measure("tearline_answers_total", "counter", "Answers since the start.", answers),
        _measure("tearline_streams", "gauge", "Open streams.", service.streams.heads.listeners),
        _measure("tearline_webhooks", "gauge", "Webhooks of all partners.", hooks),
    )
    return answer(request, text.encode(), _TYPE)


def add_open_metrics(app: FastAPI) -> None:
    """Have an application say whether feeds can be served, for monitoring without a key."""

    @app.get(
        "/metrics",
        summary="Tell monitoring whether feeds can be served",
        tags=["state"],
        response_class=PlainTextResponse,
        responses=_CONTENT,
    )
    def open_metrics(service: Serving) -> Response:
        """Return `tearline_ready`, 1 or 0; /v1/releaser/metrics says more to an administrator."""
        return PlainTextResponse(_written(service.exercise, _ready(service)), media_type=_TYPE)


def _ready(service: Service) -> str:
    ready = service.failing() is None
    return _measure("tearline_ready", "gauge", "Whether feeds can be served.", int(ready))


def _written(exercise: bool, *measures: str) -> str:
    return "".join(["# EXERCISE\n" if exercise else "", *measures])


def _measure(name: str, kind: str, text: str, values: int | Mapping[str, int]) -> str:
    several = {"": values} if isinstance(values, int) else values
    lines: Iterable[str] = (
        f"{name}{{{label}}} {value}\n" if label else f"{name} {value}\n"
        for label, value in several.items()
    )
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n{''.join(lines)}"
