"""The merchants' own system: accepts webhooks, checks each with the reference library, and records their order of arrival."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook


@dataclass(frozen=True)
class ReceivedWebhook:
    """One delivery: `event` is its `webhook-id`."""

    event: str
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


class RecordingReceiver:
    """The deliveries by the name in the path, each as often as it came. A wrong signature is answered 401 and recorded."""

    def __init__(self) -> None:
        self.received: dict[str, list[ReceivedWebhook]] = defaultdict(list)
        self.secrets: dict[str, str] = {}
        self.forged: list[str] = []
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/{name}", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, name: str) -> str:
        assert self._runner is not None
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/{name}"

    async def _receive(self, request: web.Request) -> web.Response:
        name, body = request.match_info["name"], await request.read()
        try:
            Webhook(self.secrets[name]).verify(body, dict(request.headers))
        except Exception as forged:  # noqa: BLE001 - whatever the library says, it is not taken
            self.forged.append(f"{name}: {forged!r}")
            return web.Response(status=401)
        self.received[name].append(ReceivedWebhook(request.headers["webhook-id"], body))
        return web.Response(status=204)

    def first_deliveries(self, name: str) -> list[ReceivedWebhook]:
        """The first delivery of each event, in order of arrival."""
        return list({one.event: one for one in reversed(self.received[name])}.values())[::-1]

    def duplicates(self) -> int:
        """Deliveries beyond the first of each event."""
        return sum(
            len(deliveries) - len({delivery.event for delivery in deliveries})
            for deliveries in self.received.values()
        )

    def violations(self, name: str) -> list[str]:
        """Errors: one id with two bodies, or a version of an order before an earlier one."""
        bodies: dict[str, set[bytes]] = defaultdict(set)
        for one in self.received[name]:
            bodies[one.event].add(one.body)
        versions = [first_delivery.payload["data"]["seq"] for first_delivery in self.first_deliveries(name)]
        return [
            *(
                f"{event} came with {len(different)} bodies"
                for event, different in bodies.items()
                if len(different) > 1
            ),
            *([] if versions == sorted(versions) else [f"out of order: {versions}"]),
            *(violation for violation in self.forged if violation.startswith(f"{name}: ")),
        ]

    def types(self, name: str) -> Counter[str]:
        """How many events of each type came."""
        return Counter(first_delivery.payload["type"] for first_delivery in self.first_deliveries(name))
