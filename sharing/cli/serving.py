"""`tearline serve`: answer partners over HTTP."""

import sys
from typing import Annotated

import typer

from sda.cli import ConfigOption
from sda.configuration import find_config
from sda.settings import load_settings
from sharing.api import create_app, log_to
from sharing.api.serving import listen

__all__ = ["serve"]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    config: ConfigOption = None,
) -> None:
    """Serve each partner its feed over HTTP; refusals are logged to stderr, a line of JSON each.

    Example: tearline serve --port 8000
    """
    settings = load_settings()
    app = create_app(settings, find_config(config or settings.config))
    log_to(sys.stderr)
    listen(app, host, port)
