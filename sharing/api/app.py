"""Put the application together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from fastapi import Depends, FastAPI
from starlette.responses import HTMLResponse, JSONResponse

from sda import __version__
from sda.ccsds.config import MessagesConfig
from sda.configuration import read_toml
from sda.settings import Settings
from sda.times import format_utc
from sharing.api.access import Serving, identify, identify_officer
from sharing.api.bare import Bare
from sharing.api.compression import Compressed
from sharing.api.documentation import documentation_page
from sharing.api.examples import other_formats
from sharing.api.front import Front
from sharing.api.headers import Headers
from sharing.api.limits import Windows
from sharing.api.openapi import describe
from sharing.api.parameters import each_once
from sharing.api.problems import ProblemError, answer_problems, described
from sharing.api.proxy import Proxied
from sharing.api.routes import OFFICE_ROUTERS, ROUTERS
from sharing.api.routes.metrics import add_open_metrics
from sharing.api.service import Policies, Service
from sharing.api.shapes import JwksOut, StateOut
from sharing.api.shelf import Shelf
from sharing.api.tally import Tally
from sharing.delivery import Admission, Courier, Streams, read_delivery
from sharing.feeds.formats import Letterhead
from sharing.jws import feed_signer
from sharing.keyring import Keyring
from sharing.schema import open_sharing
from sharing.secret import server_secret

__all__ = ["OPEN_PATHS", "create_app"]

OPEN_PATHS: Final = frozenset(
    {"/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/.well-known/jwks.json"}
)
"""What answers without a key; a test holds every other route to asking for one."""

_DESCRIPTION = (
    "Close approaches in public element sets, as you may know them. "
    "Send your key as a bearer token."
)


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings, config_dir: Path, clock: Callable[[], datetime] = _now
) -> FastAPI:
    """Return the application over the database of the settings and the policies of a directory.

    Raises StoreError, ConfigError, RegistryError, PolicyError or CredentialError when it could
    not serve.
    """
    database, secret = open_sharing(settings.database_url), server_secret(settings)
    policies, delivery = Policies(config_dir), read_delivery(config_dir)
    admission = Admission(database, policies.current)
    service = Service(
        database=database,
        secret=secret,
        keyring=Keyring(database, secret),
        policies=policies,
        messages=read_toml(config_dir / "messages.toml", MessagesConfig),
        signer=feed_signer(settings),
        shelf=Shelf(settings.page_cache_mib << 20),
        exercise=settings.exercise,
        clock=clock,
        asked=Windows(settings.requests_per_minute),
        failed=Windows(settings.failures_per_minute),
        streams=Streams(database, secret, admission, delivery.stream, settings.exercise, clock),
        courier=Courier(database, secret, admission, delivery.webhooks, settings.exercise, clock),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        delivering = asyncio.create_task(service.courier.run())
        yield
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        service.close()

    app = FastAPI(
        title="Tearline feed",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.service = service
    app.add_middleware(Front, service=service)
    app.add_middleware(Compressed)
    app.add_middleware(Headers, exercise=settings.exercise)
    app.add_middleware(Bare)
    app.add_middleware(Tally, counts=service.answered)
    proof = settings.proxy_secret
    app.add_middleware(Proxied, secret=proof.get_secret_value().encode() if proof else None)
    answer_problems(app, settings.exercise)
    refusals = described(401, 403, 422, 429, 503)
    for routers, known in ((ROUTERS, identify), (OFFICE_ROUTERS, identify_officer)):
        first = [Depends(known), Depends(each_once)]
        for router in routers:
            app.include_router(router, dependencies=first, responses=refusals)
    _add_open_routes(app, settings.exercise)
    add_open_metrics(app)
    letterhead = Letterhead(policies.current()[0], service.messages.originator, exercise=True)
    describe(app, lambda: other_formats(letterhead, service.messages))
    return app


def _add_open_routes(app: FastAPI, exercise: bool) -> None:
    @app.get(
        "/healthz",
        summary="Tell whether the process runs",
        tags=["state"],
        response_model=StateOut,
    )
    def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok", "exercise": exercise})

    @app.get(
        "/readyz",
        summary="Tell whether feeds can be served",
        tags=["state"],
        response_model=StateOut,
        responses={503: {"description": "They cannot: the operator finds why in the log."}},
    )
    def readyz(service: Serving) -> JSONResponse:
        if (why := service.failing()) is not None:
            told = {"time": format_utc(service.clock()), "reason": why}
            structlog.get_logger().error("not ready", **told)
            raise ProblemError(503, "not ready: the operator finds why in the log")
        return JSONResponse({"status": "ready", "exercise": exercise})

    @app.get(
        "/.well-known/jwks.json",
        summary="Get the keys that sign answers",
        tags=["state"],
        response_model=JwksOut,
    )
    def jwks(service: Serving) -> JSONResponse:
        """Return the public keys as a JWK set (RFC 7517).

        Every page and item, and whatever else a GET below /v1 is answered with 200, carries a
        detached JWS (RFC 7515, RFC 7797) over its bytes, before any content coding, in the header
        Tearline-Signature; `kid` in it names the key. Streams of events carry none.
        """
        document = service.signer.jwks() | {"exercise": exercise}
        return JSONResponse(document)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return documentation_page(app.openapi(), exercise)
