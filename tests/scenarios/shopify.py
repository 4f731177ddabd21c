"""A shop on Shopify: its bodies as Shopify writes them, signed as Shopify signs, sent to its merchant's address."""

import base64
import copy
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import START, Shop

DOMAIN = "second-moment.myshopify.com"
SECRET = "shpss_" + "0" * 32


class ShopifyShop:
    """One merchant's shop there. Every order has its own id."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.secret = shop, SECRET

    @classmethod
    async def create(
        cls, deployment: Deployment, http: aiohttp.ClientSession, **policy: Any
    ) -> "ShopifyShop":
        """A merchant whose Shopify secret and shop are set."""
        there = cls(await Shop.create(deployment, http, **policy))
        await there.sign_with(SECRET)
        return there

    async def sign_with(self, *arguments: str, account: str | None = DOMAIN) -> None:
        url = f"{self.shop.deployment.addresses['api']}/v1/merchants/{self.shop.name}/webhook-secrets/shopify"
        headers = {"Authorization": f"Bearer {self.shop.deployment.admin_key}"}
        body = {"secrets": [*arguments], "account": account}
        async with self.shop.http.put(url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    def headers(self, topic: str, body: bytes, **changed: str) -> dict[str, str]:
        signature = base64.b64encode(hmac.digest(self.secret.encode(), body, hashlib.sha256)).decode()
        return {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-Webhook-Id": secrets.token_hex(16),
            "X-Shopify-Event-Id": secrets.token_hex(16),
            "X-Shopify-Hmac-Sha256": signature,
            **{f"X-Shopify-{name.replace('_', '-')}": value for name, value in changed.items()},
        }

    async def send(self, topic: str, body: Any, **changed: str) -> ApiResponse:
        raw = json.dumps(body).encode()
        return (await self.raw(raw, self.headers(topic, raw, **changed))).ok()

    async def raw(self, body: bytes, headers: Mapping[str, str], merchant: str | None = None) -> ApiResponse:
        name = merchant or self.shop.name
        url = f"{self.shop.deployment.addresses['api']}/v1/webhooks/storefronts/shopify/{name}"
        async with self.shop.http.post(url, data=body, headers=headers) as answer:
            return ApiResponse(answer.status, await answer.json(), answer.headers)

    # Results

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Topic, status and reason of each stored delivery."""
        query = (
            "SELECT topic, status, reason FROM inbox WHERE merchant = ? AND source = 'shopify' ORDER BY id"
        )
        return [(str(a), str(b), str(c)) for a, b, c in self.shop.deployment.rows(query, self.shop.name)]

    async def until_processed(self, seconds: float = PATIENCE) -> list[tuple[str, str, str]]:
        """The deliveries once none waits to be processed."""
        await eventually(lambda: all(status != "received" for _, status, _ in self.deliveries()), seconds)
        return self.deliveries()

    async def view(self, order_id: int) -> dict[str, Any]:
        return await self.shop.view(str(order_id))

    async def settled(self, order_id: int) -> dict[str, Any]:
        """The order once no payment of it is under way."""
        return await self.shop.until(
            str(order_id),
            lambda view: (
                not [leg for s in view["settlements"] for leg in s["legs"] if leg["status"] != "settled"]
            ),
        )

    async def captured(self, order: dict[str, Any]) -> str:
        """The order's payment at the sandbox provider."""
        payment = f"shopify-{order['id']}"
        minor = round(float(order["total_price"]) * 100)
        body = {
            "payment": payment,
            "account": self.shop.name,
            "amount": minor,
            "currency": order["currency"],
        }
        async with self.shop.http.post(
            self.shop.deployment.addresses["psp"] + "/payments", json=body
        ) as answer:
            assert answer.status == 201, await answer.text()
        return payment


def new_id() -> int:
    return secrets.randbelow(10**12) + 10**12


def an_order(**changed: Any) -> dict[str, Any]:
    """Two mugs at 12.00 and a lamp at 45.00 less 5.00, 4.00 shipping, 20 % tax in all prices: GBP 68.00, paid."""
    order_id = new_id()
    order = {
        "id": order_id,
        "name": "#1001",
        "email": "zdzislawa.testowa@example.org",
        "created_at": "2026-03-02T08:00:00+00:00",
        "updated_at": "2026-03-02T08:00:00+00:00",
        "cancelled_at": None,
        "currency": "GBP",
        "financial_status": "paid",
        "taxes_included": True,
        "total_price": "68.00",
        "total_tax": "11.33",
        "total_discounts": "5.00",
        "payment_gateway_names": ["bogus"],
        "customer": {"id": order_id + 1, "first_name": "Zdzisława", "last_name": "Testowa", "email": ""},
        "shipping_address": {"name": "Zdzisława Testowa", "country_code": "GB", "zip": "N1 9GU"},
        "billing_address": None,
        "line_items": [
            _line(order_id + 10, "Mug", 2, "12.00", "0.00", "4.00"),
            _line(order_id + 11, "Lamp", 1, "45.00", "5.00", "6.67"),
        ],
        "shipping_lines": [{"price": "4.00", "tax_lines": [{"price": "0.66"}]}],
        "fulfillments": [],
        "refunds": [],
    }
    return {**order, **changed}


def _line(line: int, title: str, quantity: int, price: str, discount: str, tax: str) -> dict[str, Any]:
    allocations = [{"amount": discount}] if discount != "0.00" else []
    return {
        "id": line, "title": title, "sku": title.upper(), "quantity": quantity, "price": price,
        "total_discount": "0.00", "discount_allocations": allocations, "tax_lines": [{"price": tax}],
        "requires_shipping": True, "gift_card": False,
    }  # fmt: skip


def a_fulfillment(order: dict[str, Any], *numbers: str, minutes: int = 60, **changed: Any) -> dict[str, Any]:
    """Everything in the order, handed over so many minutes after it was placed."""
    created = (START + timedelta(minutes=60)).isoformat()
    return {
        "id": order["id"] + 50,
        "order_id": order["id"],
        "status": "success",
        "created_at": created,
        "updated_at": (START + timedelta(minutes=minutes)).isoformat(),
        "tracking_company": "UPS",
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": [*numbers],
        "shipment_status": None,
        "line_items": [
            {"id": line_item["id"], "quantity": line_item["quantity"]} for line_item in order["line_items"]
        ],
        **changed,
    }


def a_refund(
    order: dict[str, Any], amount: str, *lines: tuple[int, int], number: int = 80, **changed: Any
) -> dict[str, Any]:
    """Refunded in Shopify's admin, for (place of the line, quantity) each."""
    moved = {
        "id": order["id"] + number + 1,
        "kind": "refund",
        "status": "success",
        "amount": amount,
        "currency": order["currency"],
        "gateway": "bogus",
    }
    return {
        "id": order["id"] + number,
        "order_id": order["id"],
        "created_at": (START + timedelta(hours=3)).isoformat(),
        "refund_line_items": [
            {
                "line_item_id": order["line_items"][place]["id"],
                "quantity": quantity,
                "restock_type": "no_restock",
            }
            for place, quantity in lines
        ],
        "transactions": [moved],
        **changed,
    }


def later(order: dict[str, Any], at: datetime = START + timedelta(hours=4), **changed: Any) -> dict[str, Any]:
    """The order as Shopify sends it again at that time."""
    return {**copy.deepcopy(order), "updated_at": at.isoformat(), **changed}
