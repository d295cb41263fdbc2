"""The routes of partners, each of which reads rows of the partner that asks, and of offices."""

from typing import Final

from sharing.api.routes import (
    contacts,
    feed,
    items,
    labels,
    me,
    messages,
    metrics,
    releaser,
    releaser_requests,
    requests,
    stream,
    webhooks,
)

__all__ = ["OFFICE_ROUTERS", "ROUTERS"]

ROUTERS: Final = tuple(
    module.router
    for module in (contacts, feed, items, labels, me, messages, requests, stream, webhooks)
)
"""All of them come behind `sharing.api.access.identify`."""
OFFICE_ROUTERS: Final = (releaser.router, releaser_requests.router, metrics.router)
"""All of them come behind `sharing.api.access.identify_officer`."""
