"""A whole lifecycle over HTTP that survives kills, and its outcome to compare."""

import json
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.chaos.killable_deployment import KillableDeployment, retry_until_ok, until_true, view
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import START, Shop

STEPS = ("place", "ship", "deliver", "open", "drop_off", "receive")


class OrderLifecycle:
    """One order: every step is one request, repeated unchanged until it is answered."""

    def __init__(self, deployment: KillableDeployment, shop: Shop) -> None:
        self.deployment, self.shop = deployment, shop
        self.order = self.payment = self.return_id = ""
        self.number = f"TRK{secrets.token_hex(6).upper()}"
        self.key = secrets.token_hex(8)
        self.opened: ApiResponse | None = None

    async def run(self, before: Callable[[str], None] = lambda step: None) -> None:
        for step in STEPS:
            before(step)
            await getattr(self, step)()

    async def place(self) -> None:
        body = await self.shop.order_body()
        self.payment = body["tenders"][0]["payment"]
        placed = await retry_until_ok(self.deployment, lambda: self.shop.call("POST", "/v1/orders", body))
        self.order = placed["order"]

    async def ship(self) -> None:
        body = {"carrier": "UPS", "tracking_number": self.number}
        path = f"/v1/orders/{self.order}/parcels"
        await retry_until_ok(self.deployment, lambda: self.shop.call("POST", path, body, key=self.key))

    async def deliver(self) -> None:
        scan = {"at": START.isoformat(), "status": "delivered"}
        parcel = {"carrier": "UPS", "tracking_number": self.number, "scans": [scan]}
        await retry_until_ok(
            self.deployment, lambda: self.shop.post_webhook(parcel, delivery=f"msg_{self.key}")
        )
        await self.until(lambda order_: order_["stage"] == "delivered")

    async def open(self) -> None:
        self.opened = await retry_until_ok(
            self.deployment, lambda: self.shop.open(self.order, item("1", 2), key=self.key)
        )
        self.return_id = self.opened["return"]["return_id"]
        await until_true(self._all_notices_sent)  # a letter with a code that is used already would be dropped

    async def drop_off(self) -> None:
        opened = self.opened
        assert opened is not None
        await retry_until_ok(self.deployment, lambda: self.shop.drop_off(opened, nonce=self.key))
        await self.until(lambda order_: order_["returns"][0]["money"] == "paid")

    async def receive(self) -> None:
        path = f"/v1/returns/{self.return_id}/receipts"
        await retry_until_ok(
            self.deployment, lambda: self.shop.call("POST", path, {}, role="warehouse", key=self.key)
        )
        await until_true(self._all_notices_sent)

    async def _all_notices_sent(self) -> bool:
        return all(one["status"] == "sent" for one in (await self._get("notices"))["items"])

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        async def there() -> bool:
            return wanted(await view(self.deployment, self.shop, self.order))

        await until_true(there)

    async def _get(self, what: str) -> dict[str, Any]:
        path = f"/v1/orders/{self.order}/{what}"
        got = await retry_until_ok(self.deployment, lambda: self.shop.call("GET", path, role="agent"))
        body: dict[str, Any] = got.body
        return body

    async def outcome(self) -> dict[str, Any]:
        """The whole outcome, without names, which differ between runs, and without versions."""
        order_ = await view(self.deployment, self.shop, self.order)
        [case] = order_["returns"]
        notices = (await self._get("notices"))["items"]
        legs = self.deployment.rows('SELECT status, principal FROM legs WHERE "order" = ?', self.order)
        entries = self.deployment.rows('SELECT kind FROM ledger_entries WHERE "order" = ?', self.order)
        mails = self.deployment.rows(
            'SELECT message_id FROM letters WHERE "order" = ? AND accepted_at IS NOT NULL', self.order
        )
        return {
            "stage": order_["stage"],
            "scans": [(parcel["status"], parcel["scans"]) for parcel in order_["parcels"]],
            "return": (case["status"], case["goods"], case["money"], case["refund"]["minor"]),
            "refunded": order_["refunded"]["minor"],
            "provider": [refund["amount"] for refund in await self.shop.refunds(self.payment)],
            "notices": sorted((notice["kind"], notice["status"]) for notice in notices),
            "mails": len(mails),
            "legs": legs,
            "entries": sorted(Counter(kind for (kind,) in entries).items()),
            "audit": sorted(one["action"] for one in (await self._get("timeline"))["items"]),
            "attention": order_["attention"],
        }


def formatted(outcome: dict[str, Any]) -> str:
    return json.dumps(outcome, indent=1, default=str)
