"""Deliver to webhooks: each in the order of its feed, many side by side, one courier a database.

A courier that is killed leaves a message either noted as delivered or not; the next one sends it
again in the second case, under the same id.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from random import SystemRandom
from time import monotonic
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Engine, select

from sda.errors import StoreError
from sda.store import run_lock
from sharing.delivery.admission import Admission
from sharing.delivery.config import WebhookConfig
from sharing.delivery.heads import Mark, read_marks
from sharing.delivery.log import Attempt, disable, note_attempts, note_ping
from sharing.delivery.messages import Entry, Message, message_of, ping, read_entries
from sharing.delivery.noting import Noting
from sharing.delivery.sending import Answer, Resolve, Sender, tls_context
from sharing.delivery.signatures import signed_headers
from sharing.delivery.standing import read_standing
from sharing.delivery.targets import read_target
from sharing.delivery.webhooks import ACTIVE, Webhook
from sharing.errors import DeliveryError
from sharing.schema import webhooks

__all__ = ["Courier"]

_IN_A_ROW: Final = 100
"""Messages to one webhook before others, too, have had their turn."""
_AHEAD: Final = 20
"""Entries of a feed that are read at once; they are sent only while the feed stays what it was."""
_THREADS: Final = 4
_HELD_S: Final = 2.0
"""How long a webhook rests whose partner may not be served now."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Courier:
    """Everything that delivering needs."""

    database: Engine
    secret: bytes = field(repr=False)
    admission: Admission
    config: WebhookConfig
    exercise: bool
    clock: Callable[[], datetime]
    resolve: Resolve | None = None
    """Takes the place of the system's resolver."""
    draw: Callable[[], float] = SystemRandom().random
    """Spreads the times at which calls are made again."""

    async def run(self) -> None:
        """Deliver for ever; while another courier is at work, wait for its end."""
        while True:
            try:
                with run_lock(self.database, "courier"):
                    await _Round(self, once=False).work()
            except StoreError as error:
                structlog.get_logger().info("nothing is delivered", reason=str(error))
            await asyncio.sleep(self.config.poll_s)

    async def run_once(self) -> None:
        """Deliver what is due now, until nothing is.

        Raises StoreError when another courier is at work, or the database fails.
        """
        with run_lock(self.database, "courier"):
            await _Round(self, once=True).work()

    async def ping(self, webhook: Webhook) -> Answer:
        """Send a message that tries a webhook out, and return what came of it."""
        now = self.clock()
        message = ping(webhook, f"msg_{secrets.token_hex(16)}", now, self.exercise)
        async with Sender(self.config, self.resolve) as sender:
            answer = await self.send(sender, webhook, message)
        await asyncio.to_thread(
            note_ping, self.database, webhook, message, answer, now, self.config.kept
        )
        return answer

    async def send(self, sender: Sender, webhook: Webhook, message: Message) -> Answer:
        """Make one call."""
        now = self.clock()
        try:
            target = read_target(webhook.url, self.config.networks)
        except DeliveryError:
            return Answer(None, "no public address")
        pairs = webhook.pairs(self.secret, now)
        headers = signed_headers(message.message_id, now, message.body, pairs)
        return await sender.post(target, headers, message.body)


@dataclass(slots=True)
class _Ahead:
    """What was read of a feed for one webhook while the feed had this mark."""

    mark: Mark | None = None
    entries: tuple[Entry, ...] = ()


class _Round:
    """The work of a courier that holds the lock."""

    def __init__(self, courier: Courier, once: bool) -> None:
        self._courier = courier
        self._once = once
        self._seen: dict[str, tuple[Mark, float]] = {}
        """What the feed looked like when nothing was sent, and when to look again all the same."""
        self._calling: dict[str, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, "courier")
        self._tls = tls_context()
        self._noting = Noting(self._write, courier.config.poll_s)

    async def work(self) -> None:
        """Look for what is due and call, again and again; once: until nothing can be sent."""
        try:
            while True:
                for partner, webhook_id in await self._thread(self._due):
                    if len(self._calling) >= self._courier.config.at_once:
                        break
                    if webhook_id not in self._calling:
                        self._calling[webhook_id] = asyncio.create_task(
                            self._serve(partner, webhook_id)
                        )
                if self._once and not self._calling:
                    return
                await self._rest()
        finally:
            for task in self._calling.values():
                task.cancel()
            await asyncio.gather(*self._calling.values(), return_exceptions=True)
            await self._noting.finish()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _rest(self) -> None:
        """Wait a while, less when a webhook has had its turn; raises what went wrong."""
        wait_s = self._courier.config.poll_s
        if not self._calling:
            await asyncio.sleep(wait_s)
            return
        done, _ = await asyncio.wait(
            self._calling.values(), timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
        )
        self._calling = {name: task for name, task in self._calling.items() if task not in done}
        for task in done:
            task.result()

    def _due(self) -> list[tuple[str, str]]:
        """Return partner and id of each webhook that there may be something for."""
        query = (
            select(webhooks.c.partner, webhooks.c.webhook_id, webhooks.c.after)
            .where(webhooks.c.state == ACTIVE, webhooks.c.due <= self._courier.clock())
            .order_by(webhooks.c.due, webhooks.c.webhook_id)
        )
        with self._courier.database.connect() as connection:
            rows = connection.execute(query).all()
        marks = read_marks(self._courier.database, {row.partner for row in rows})
        return [
            (row.partner, row.webhook_id)
            for row in rows
            if (mark := marks[row.partner]).entries > row.after
            and not mark.suspended
            and not self._is_quiet(row.webhook_id, mark)
        ]

    def _is_quiet(self, webhook_id: str, mark: Mark) -> bool:
        seen, again = self._seen.get(webhook_id, (None, 0.0))
        return seen == mark and monotonic() < again

    async def _serve(self, partner: str, webhook_id: str) -> None:
        """Deliver to one webhook until it has all, fails, or others are to have their turn."""
        courier, ahead = self._courier, _Ahead()
        async with Sender(courier.config, courier.resolve, self._tls) as sender:
            for _ in range(_IN_A_ROW):
                found = await self._thread(self._next, partner, webhook_id, ahead)
                if found is None:
                    return
                webhook, message = found
                answer = await courier.send(sender, webhook, message)
                await self._noting.note(
                    Attempt(webhook, message, answer, courier.clock(), courier.draw())
                )
                if not answer.is_taken:
                    return

    def _next(self, partner: str, webhook_id: str, ahead: _Ahead) -> tuple[Webhook, Message] | None:
        """Return what to send, as registration, feed and policy stand now."""
        courier = self._courier
        standing = read_standing(courier.database, partner, webhook_id)
        if standing is None or standing.webhook.state != ACTIVE:
            return None
        webhook, mark = standing.webhook, standing.mark
        if standing.is_revoked:
            disable(courier.database, webhook_id, "the key that registered it was revoked")
            return None
        registry = courier.admission.registry_for(partner)
        if registry is None:
            # Nothing in the feed tells when that is over.
            self._seen[webhook_id] = mark, inf if self._once else monotonic() + _HELD_S
            return None
        entries = tuple(one for one in ahead.entries if one.item.seq > webhook.after)
        if not entries or ahead.mark != mark:
            entries = read_entries(courier.database, webhook, _AHEAD)
        if not entries:
            self._seen[webhook_id] = mark, inf
            return None
        ahead.mark, ahead.entries = mark, entries
        return webhook, message_of(
            entries[0], webhook, registry, courier.secret, courier.clock(), courier.exercise
        )

    async def _write(self, attempts: Sequence[Attempt]) -> None:
        courier = self._courier
        await self._thread(note_attempts, courier.database, attempts, courier.config)

    async def _thread(self, work: Callable[..., _T], *given: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
