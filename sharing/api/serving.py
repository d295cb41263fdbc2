"""Listen for requests until told to stop."""

from contextlib import suppress
from socket import socket

import uvicorn
from fastapi import FastAPI

from sda.errors import ConfigError
from sharing.api.audit import LOGGING

__all__ = ["Server", "listen"]


class Server(uvicorn.Server):
    """Ends open streams when it is told to stop: it waits for answers, and they have no end."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host,
                port,
                server_header=False,
                access_log=False,
                proxy_headers=False,
                log_config=LOGGING,
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop listening, let what is under way end, and go."""
        self._app.state.service.streams.close()
        await super().shutdown(sockets)


def listen(app: FastAPI, host: str, port: int) -> None:
    """Serve an application at an address. Raises ConfigError when that cannot be listened at."""
    server = Server(app, host, port)
    # The server logs why it cannot begin, and exits with a status of its own.
    with suppress(KeyboardInterrupt, SystemExit):
        server.run()
    if not server.started:
        raise ConfigError(
            f"cannot listen at {host}, port {port}: choose another --host or --port, or end what "
            "listens there"
        )
