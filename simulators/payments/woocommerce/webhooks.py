"""The shop's webhooks: registered with a ping, sent in the background once each, switched off after failures in a row."""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import secrets
import string
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import aiohttp

from simulators.payments.woocommerce import refusals
from simulators.payments.woocommerce.refusals import Answer
from simulators.payments.woocommerce.store import WooStore

Body = dict[str, Any]
Run = Callable[..., Awaitable[Any]]
_TOPICS = {f"order.{event}" for event in ("created", "updated", "deleted", "restored")}
_MAX_FAILURES = 5  # the webhook is switched off by a failure when it already counts more than these
_AGENT = "WooCommerce/11.2.0 Hookshot (WordPress/6.9)"
_HIDDEN = ("secret", "failure_count")


class _Queued(NamedTuple):
    webhook: int
    order: int


class Webhooks:
    """Registers webhooks and sends them. render: an order's body as it is now."""

    def __init__(self, store: WooStore, run: Run, render: Callable[[int], Awaitable[Body]]) -> None:
        self._store, self._run, self._render = store, run, render
        self._queue: list[_Queued] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def create(self, asked: Body) -> Answer:
        """Register; the ping goes out during the call, and its failure does not matter."""
        topic, url = asked.get("topic"), str(asked.get("delivery_url", ""))
        if topic not in _TOPICS:
            return refusals.INVALID_TOPIC
        if not url.startswith(("http://", "https://")):
            return refusals.INVALID_URL
        webhook = {
            "id": await self._run(self._store.new_id),
            "name": asked.get("name") or "Webhook",
            "status": asked.get("status") or "active",
            "topic": topic,
            "resource": "order",
            "event": topic.partition(".")[2],
            "delivery_url": url,
            "secret": asked.get("secret") or _random_secret(),
            "failure_count": 0,
        }
        await self._run(self._store.save_webhook, webhook)
        await _post(url, f"webhook_id={webhook['id']}".encode(), {"User-Agent": _AGENT})
        return Answer(201, shown(webhook))

    async def update(self, webhook: Body, asked: Body) -> Answer:
        """Change it. Switching it on again starts a new count of failures."""
        changes: Body = {
            name: asked[name] for name in ("name", "status", "delivery_url", "secret") if name in asked
        }
        if changes.get("status") == "active":
            changes["failure_count"] = 0
        await self._run(self._store.save_webhook, {**webhook, **changes})
        return Answer(200, shown({**webhook, **changes}))

    async def order_changed(self, order: int, event: str) -> None:
        """Queue a delivery for each active webhook of that event."""
        for webhook in await self._run(self._store.webhooks):
            if (webhook["status"], webhook["event"]) == ("active", event):
                self._queue.append(_Queued(webhook["id"], order))
        if not (await self._run(self._store.settings)).hold_webhooks:
            task = asyncio.create_task(self.deliver())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def deliver(self) -> None:
        """Send what is queued, each once, with the order as it is now."""
        while self._queue:
            queued = self._queue.pop(0)
            webhook = await self._run(self._store.webhook, queued.webhook)
            if webhook is not None and webhook["status"] == "active":
                await self._send(webhook, queued.order)

    async def _send(self, webhook: Body, order: int) -> None:
        content = {"id": order} if webhook["event"] == "deleted" else await self._render(order)
        body = json.dumps(content, separators=(",", ":")).encode()
        now = await self._run(self._store.now)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
            "X-WC-Webhook-Source": "https://shop.example/",
            "X-WC-Webhook-Topic": webhook["topic"],
            "X-WC-Webhook-Resource": webhook["resource"],
            "X-WC-Webhook-Event": webhook["event"],
            "X-WC-Webhook-Signature": sign(webhook["secret"], body),
            "X-WC-Webhook-ID": str(webhook["id"]),
            "X-WC-Webhook-Delivery-ID": _delivery_id(webhook["id"], int(now.timestamp())),
        }
        status = await _post(webhook["delivery_url"], body, headers)
        await self._count(webhook["id"], 200 <= status < 300 or status in (301, 302))

    async def _count(self, webhook_id: int, arrived: bool) -> None:
        webhook = await self._run(self._store.webhook, webhook_id)
        if webhook is None:
            return
        before = webhook["failure_count"]
        webhook["failure_count"] = 0 if arrived else before + 1
        if not arrived and before > _MAX_FAILURES:
            webhook["status"] = "disabled"
        await self._run(self._store.save_webhook, webhook)


def shown(webhook: Body) -> Body:
    """A webhook as the interface shows it: neither its secret nor its failures."""
    return {name: value for name, value in webhook.items() if name not in _HIDDEN}


def sign(secret: str, body: bytes) -> str:
    """The signature over the raw body. The secret is stored with HTML entities, which are decoded first."""
    digest = hmac.digest(html.unescape(secret).encode(), body, hashlib.sha256)
    return base64.b64encode(digest).decode()


def _delivery_id(webhook: int, second: int) -> str:
    """Made of webhook and second, so that two orders changed in one second share it."""
    return hashlib.sha256(f"{webhook}/{second}".encode()).hexdigest()[:32]


def _random_secret() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(50))


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status; 0 where there is no answer. One try, no redirects, HTTP/1.0."""
    if "Content-Type" not in headers:
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    timeout = aiohttp.ClientTimeout(total=60)
    try:
        async with (
            aiohttp.ClientSession(version=aiohttp.HttpVersion10, timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return response.status
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return 0
