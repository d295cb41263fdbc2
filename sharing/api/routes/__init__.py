"""The routes of partners. Each reads rows of the partner that asks, and of no other."""

from typing import Final

from sharing.api.routes import contacts, feed, items, me, messages, requests

__all__ = ["ROUTERS"]

ROUTERS: Final = tuple(module.router for module in (contacts, feed, items, me, messages, requests))
"""All of them come behind `sharing.api.access.identify`."""
