"""`tearline deliver`: call the webhooks of partners without serving."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from sda.cli import ConfigOption
from sda.configuration import find_config
from sda.console import say
from sda.settings import load_settings
from sharing.delivery import Admission, Courier, read_delivery
from sharing.schema import open_sharing
from sharing.secret import server_secret

__all__ = ["deliver"]


def deliver(
    once: Annotated[bool, typer.Option("--once", help="End when nothing is due.")] = False,
    config: ConfigOption = None,
) -> None:
    """Call the webhooks of partners with what was published, until interrupted.

    `tearline serve` does so, too; of several at work on one database one delivers, and the others
    wait for its end.

    Example: tearline deliver --once
    """
    from sharing.api import Policies

    settings = load_settings()
    directory = find_config(config or settings.config)
    database = open_sharing(settings.database_url)
    courier = Courier(
        database,
        server_secret(settings),
        Admission(database, Policies(directory).current),
        read_delivery(directory).webhooks,
        settings.exercise,
        lambda: datetime.now(UTC),
    )
    if once:
        asyncio.run(courier.run_once())
        say("nothing is due any more")
        return
    asyncio.run(courier.run())
