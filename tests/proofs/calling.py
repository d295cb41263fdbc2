"""Webhooks of a world, called at times that are set by hand."""

import asyncio
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_network

from serving import World
from sqlalchemy import update
from worlds import NOW, SECRET

from sharing.delivery.webhooks import register
from sharing.schema import webhooks

__all__ = ["call", "register_webhook"]

QUICK = {"networks": (ip_network("127.0.0.0/8"),), "attempts": 3, "first_s": 60.0, "factor": 2.0}


def register_webhook(world: World, partner: str, url: str) -> str:
    """Register a webhook whose id and keys, else random, are the same in every world."""
    made = register(world.engine, partner, "key", url, None, 0, NOW, 1)
    same = {"webhook_id": f"wh_{partner}", "salt": SECRET}
    with world.engine.begin() as connection:
        connection.execute(
            update(webhooks).where(webhooks.c.webhook_id == made.webhook_id).values(same)
        )
    return same["webhook_id"]


def call(world: World, moment: datetime) -> None:
    """Make the calls that are due at a moment; those that fail come again after half the time."""
    courier = world.app.state.service.courier
    config = courier.config.model_copy(update=QUICK)
    standing = replace(courier, config=config, clock=lambda: moment, draw=lambda: 0.5)
    asyncio.run(standing.run_once())
