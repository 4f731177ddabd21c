"""A shop on WooCommerce: its orders as WooCommerce writes them, signed as it signs, sent to its merchant's address."""

import json
import secrets
from typing import Any

import aiohttp

from simulators.payments.woocommerce.webhooks import sign
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import Shop

SITE, SECRET = "shop.example", "s3cret-of-the-webhook"


class WooCommerceShop:
    """One merchant's shop there."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    @classmethod
    async def create(cls, deployment: Deployment, http: aiohttp.ClientSession) -> "WooCommerceShop":
        """A merchant whose secret and site are set."""
        there = cls(await Shop.create(deployment, http))
        url = f"{deployment.addresses['api']}/v1/merchants/{there.shop.name}/webhook-secrets/woocommerce"
        headers = {"Authorization": f"Bearer {deployment.admin_key}"}
        async with http.put(url, json={"secrets": [SECRET], "account": SITE}, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        return there

    async def send(self, topic: str, content: Any, delivery: str = "") -> ApiResponse:
        body = json.dumps(content).encode()
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"https://{SITE}/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": sign(SECRET, body),
            "X-WC-Webhook-Delivery-ID": delivery or secrets.token_hex(16),
        }
        return (await self.raw(body, headers)).ok()

    async def raw(self, body: bytes, headers: dict[str, str]) -> ApiResponse:
        url = f"{self.shop.deployment.addresses['api']}/v1/webhooks/storefronts/woocommerce/{self.shop.name}"
        async with self.shop.http.post(url, data=body, headers=headers) as answer:
            return ApiResponse(answer.status, await answer.json(), answer.headers)

    async def refunded(self, order: dict[str, Any], amount: dict[str, Any]) -> dict[str, Any]:
        """The order once so much of it is paid back."""
        return await self.shop.until(str(order["id"]), lambda view: view["refunded"] == amount)

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Topic, status and reason of each stored delivery."""
        query = "SELECT topic, status, reason FROM inbox WHERE merchant = ? ORDER BY id"
        return [(str(a), str(b), str(c)) for a, b, c in self.shop.deployment.rows(query, self.shop.name)]

    async def until_processed(self) -> list[tuple[str, str, str]]:
        """The deliveries once none waits to be processed."""
        await eventually(lambda: all(status != "received" for _, status, _ in self.deliveries()), PATIENCE)
        return self.deliveries()


def an_order(**changed: Any) -> dict[str, Any]:
    """Two mugs at 12.00 and a lamp at 40.00, 4.00 shipping, tax of 20 % on top: GBP 81.60, paid."""
    order_id = secrets.randbelow(10**9) + 10**6
    address = {"first_name": "Zdzisława", "last_name": "Testowa", "country": "GB", "postcode": "N1 9GU"}
    return {
        "id": order_id, "number": str(order_id), "status": "processing", "currency": "GBP", "customer_id": 7,
        "date_created_gmt": "2026-03-02T08:00:00", "date_modified_gmt": "2026-03-02T08:00:00",
        "date_paid_gmt": "2026-03-02T08:00:00", "total": "81.60", "payment_method": "stripe",
        "billing": {**address, "email": "zdzislawa.testowa@example.org"}, "shipping": address,
        "line_items": [
            {"id": 1, "name": "Mug", "sku": "MUG", "quantity": 2, "subtotal": "24.00", "subtotal_tax": "4.80",
             "total": "24.00", "total_tax": "4.80"},
            {"id": 2, "name": "Lamp", "sku": "LAMP", "quantity": 1, "subtotal": "40.00", "subtotal_tax": "8.00",
             "total": "40.00", "total_tax": "8.00"},
        ],
        "shipping_lines": [{"method_id": "flat_rate", "total": "4.00", "total_tax": "0.80"}],
        "fee_lines": [], "refunds": [], "meta_data": [],
        **changed,
    }  # fmt: skip
