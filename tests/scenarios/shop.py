"""A shop and everyone around it, calling a deployment over HTTP."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
import unicodedata
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse, gbp

START = datetime.fromisoformat("2026-03-02T08:00:00+00:00")

# Notices leave at once and each by itself, for scenarios that are not about when they leave.
AT_ONCE: dict[str, Any] = {"quiet": {}, "per_parcel_hours": 0, "per_customer_day": None, "digest_minutes": 0}


class Shop:
    """A sandbox merchant with its storefront, carrier, partner, warehouse and agents."""

    def __init__(self, deployment: Deployment, http: aiohttp.ClientSession, created: dict[str, Any]) -> None:
        self.deployment, self.http, self.made = deployment, http, created
        self.name: str = created["merchant"]
        self.keys: dict[str, str] = created["keys"]
        self.secrets: dict[str, str] = created["webhook_secrets"]

    @classmethod
    async def create(
        cls, deployment: Deployment, http: aiohttp.ClientSession, *, sandbox: bool = True, clock: datetime = START,
        **policy: Any,
    ) -> "Shop":  # fmt: skip
        name = f"shop-{secrets.token_hex(4)}"
        body = {"merchant": name, "name": "A shop", "sandbox": sandbox, "policy": policy}
        if sandbox:
            body["clock"] = clock.isoformat()
        async with http.post(
            deployment.addresses["api"] + "/v1/merchants",
            json=body,
            headers={"Authorization": f"Bearer {deployment.admin_key}"},
        ) as answer:
            created = await answer.json()
            assert answer.status == 201, created
        return cls(deployment, http, created)

    async def call(
        self, method: str, path: str, body: Any = None, *, role: str = "storefront", key: str | None = None,
        token: str | None = None, headers: Mapping[str, str] | None = None,
    ) -> ApiResponse:  # fmt: skip
        """`path` may hold percent-encoded segments; `key` is an Idempotency-Key, `token` a customer's link."""
        sent = {"Authorization": f"Bearer {token or self.keys[role]}", **(headers or {})}
        if key is not None:
            sent["Idempotency-Key"] = key
        url = URL(self.deployment.addresses["api"] + path, encoded=True)
        async with self.http.request(method, url, json=body, headers=sent) as answer:
            raw = await answer.read()
            parsed = json.loads(raw) if "json" in answer.headers.get("Content-Type", "") and raw else raw
            return ApiResponse(answer.status, parsed, answer.headers)

    # The storefront

    async def pay(self, amount: int, currency: str = "GBP") -> str:
        """A captured payment at the provider."""
        payment = f"pay_{secrets.token_hex(8)}"
        body = {"payment": payment, "account": self.name, "amount": amount, "currency": currency}
        async with self.http.post(self.deployment.addresses["psp"] + "/payments", json=body) as answer:
            assert answer.status == 201, await answer.text()
        return payment

    async def order_body(self, order_id: str | None = None, **changes: Any) -> dict[str, Any]:
        """Three mugs at 12.00 and one lamp at 30.00 less 1.00, shipping 4.95: GBP 69.95 on one card, promised in 5 days."""
        body: dict[str, Any] = {
            "order_id": order_id or f"#{secrets.token_hex(4)}",
            "placed_at": START.isoformat(),
            "currency": "GBP",
            "customer": {
                "customer_id": f"c-{secrets.token_hex(4)}",
                "name": "Zdzisława Testowa",
                "email": "zdzislawa.testowa@example.org",
            },
            "destination": {"country": "GB", "zone": "Europe/London", "postcode": "N1 9GU"},
            "promise": {"day": "2026-03-07"},
            "lines": [
                {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": gbp(1200)},
                {
                    "line_id": "2",
                    "sku": "LAMP",
                    "title": "Lamp",
                    "quantity": 1,
                    "unit_price": gbp(3000),
                    "discount": gbp(100),
                },
            ],
            "shipping": gbp(495),
        }
        body.update(changes)
        if "tenders" not in body:
            lines = sum(
                line["unit_price"]["minor"] * line["quantity"] - line.get("discount", {"minor": 0})["minor"]
                for line in body["lines"]
            )
            bill = lines + body["shipping"]["minor"]
            payment = await self.pay(bill, body["currency"])
            amount = {"minor": bill, "currency": body["currency"]}
            body["tenders"] = [{"tender_id": "card", "kind": "card", "amount": amount, "payment": payment}]
        return body

    async def place(self, **changes: Any) -> str:
        """Place an order. Returns our id of it."""
        answer = await self.call("POST", "/v1/orders", await self.order_body(**changes))
        order: str = answer.ok()["order"]
        return order

    async def ship(self, order: str, number: str | None = None, **changes: Any) -> str:
        """Register a parcel. Returns its tracking number."""
        number = number or f"TRK{secrets.token_hex(6).upper()}"
        body = {"carrier": "UPS", "tracking_number": number, **changes}
        (await self.call("POST", f"/v1/orders/{order}/parcels", body)).ok()
        return number

    async def delivered(self, **changes: Any) -> str:
        """An order that was placed, shipped and delivered today. Returns our id of it."""
        order = await self.place(**changes)
        number = await self.ship(order)
        await self.scan(number, "delivered")
        await self.until(order, lambda view: view["stage"] == "delivered")
        return order

    async def bought(self, **changes: Any) -> tuple[str, str]:
        """A delivered order, and the payment its first tender was paid with."""
        body = await self.order_body(**changes)
        order: str = (await self.call("POST", "/v1/orders", body)).ok()["order"]
        await self.scan(await self.ship(order), "delivered")
        await self.until(order, lambda view: view["stage"] == "delivered")
        return order, body["tenders"][0].get("payment", "")

    async def view(self, order: str, live: bool = False) -> dict[str, Any]:
        answer = await self.call("GET", f"/v1/orders/{order}" + ("?live=true" if live else ""))
        view: dict[str, Any] = answer.ok().body
        return view

    async def bought_one(self) -> tuple[str, str]:
        """A delivered order of a single unit, and its payment."""
        line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": gbp(1200)}
        return await self.bought(lines=[line])

    @asynccontextmanager
    async def nothing_changes(self, order: str) -> AsyncIterator[None]:
        """The order is the same afterwards, in the store and in its journey."""
        before = await self.view(order)
        yield
        after = await self.view(order)
        assert after == before, {
            name: (before[name], after[name]) for name in after if after[name] != before[name]
        }
        assert (await self.view(order, live=True))["seq"] == before["seq"]

    async def until(self, order: str, wanted: Any, seconds: float = PATIENCE) -> dict[str, Any]:
        """The order's view once it fulfils the condition."""
        deadline = time.monotonic() + seconds
        while True:
            view = await self.view(order)
            if wanted(view):
                return view
            assert time.monotonic() < deadline, view
            await asyncio.sleep(0.02)

    # The carrier

    async def scan(
        self, number: str, status: str, at: datetime | None = None, *, carrier: str = "UPS", **more: Any
    ) -> ApiResponse:
        """One scan through the generic signed webhook, at the sandbox clock unless `at` is given."""
        at = at or await self.now()
        scan = {"at": at.isoformat(), "status": status, **more.pop("scan", {})}
        parcel = {"carrier": carrier, "tracking_number": number, "scans": [scan], **more}
        return await self.post_webhook(parcel)

    async def post_webhook(self, *parcels: dict[str, Any], delivery: str | None = None) -> ApiResponse:
        body = json.dumps({"type": "tracking.updated", "data": {"parcels": list(parcels)}}).encode()
        answer = await self.post_carrier_webhook("generic", body, self.standard_signature(body, delivery))
        assert answer.status == 202, answer.body
        return answer

    def standard_signature(
        self, body: bytes, delivery: str | None = None, secret: str | None = None, at: int | None = None
    ) -> dict[str, str]:
        delivery = delivery or f"msg_{secrets.token_hex(8)}"
        stamp = str(at or int(time.time()))
        key = base64.b64decode((secret or self.secrets["generic"]).removeprefix("whsec_"))
        signed = hmac.digest(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256)
        value = "v1," + base64.b64encode(signed).decode()
        return {"webhook-id": delivery, "webhook-timestamp": stamp, "webhook-signature": value}

    def easypost_signature(self, body: bytes, secret: str | None = None) -> dict[str, str]:
        key = unicodedata.normalize("NFKD", secret or self.secrets["easypost"]).encode()
        return {"X-Hmac-Signature": "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()}

    async def post_carrier_webhook(
        self, source: str, body: bytes, headers: Mapping[str, str], merchant: str | None = None
    ) -> ApiResponse:
        url = f"{self.deployment.addresses['api']}/v1/webhooks/carriers/{source}/{merchant or self.name}"
        sent = {"Content-Type": "application/json", **headers}
        async with self.http.post(url, data=body, headers=sent) as answer:
            return ApiResponse(answer.status, await answer.json(), answer.headers)

    # The clock

    async def now(self) -> datetime:
        answer = await self.call("GET", "/v1/sandbox/clock")
        return datetime.fromisoformat(answer.ok()["now"])

    async def advance_clock(self, **span: float) -> None:
        """Let business time pass."""
        to = await self.now() + timedelta(**span)
        await self.set_clock(to)

    async def set_clock(self, at: datetime) -> None:
        """Answers 503 while what is due has not all settled, as on a busy machine: the same request is repeated."""
        async with asyncio.timeout(PATIENCE):
            while (
                answer := await self.call("POST", "/v1/sandbox/clock", {"to": at.isoformat()})
            ).status == 503:
                pass
        answer.ok()

    # The customer

    async def quote(self, order: str, *items: dict[str, Any], **more: Any) -> ApiResponse:
        return await self.call("POST", f"/v1/orders/{order}/returns/quote", {"items": list(items)}, **more)

    async def open(
        self, order: str, *items: dict[str, Any], resolution: str = "refund", key: str | None = None,
        role: str = "storefront", **body: Any,
    ) -> ApiResponse:  # fmt: skip
        sent = {"items": list(items), "resolution": resolution, **body}
        key = key or secrets.token_hex(8)
        return await self.call("POST", f"/v1/orders/{order}/returns", sent, role=role, key=key)

    async def drop_off(
        self, opened: ApiResponse, nonce: str | None = None, location_id: str = "bar-7"
    ) -> ApiResponse:
        body = {
            "code": opened["code"]["text"],
            "location_id": location_id,
            "nonce": nonce or secrets.token_hex(4),
        }
        return await self.call("POST", "/v1/drop-offs/scans", body, role="partner")

    async def get_return(self, return_id: str, **who: Any) -> ApiResponse:
        """The return as `GET` shows it."""
        return (await self.call("GET", f"/v1/returns/{return_id}", **who)).ok()

    # The agents and the warehouse

    async def override(self, path: str, action: str, *, role: str = "agent", **details: Any) -> ApiResponse:
        """An override at `returns/{id}` or `orders/{id}`."""
        body = {"override": action, "reason": "as agreed by phone", **details}
        return await self.call("POST", f"/v1/{path}/overrides", body, role=role)

    async def receive(self, return_id: str, lines: dict[str, int] | None = None) -> ApiResponse:
        """The warehouse receives these goods, or all that are missing."""
        body = {"lines": [{"line_id": line, "quantity": count} for line, count in (lines or {}).items()]}
        return await self.call("POST", f"/v1/returns/{return_id}/receipts", body, role="warehouse")

    async def attention_items(self, order: str) -> list[dict[str, Any]]:
        """The attention items of that order."""
        answer = await self.call("GET", "/v1/attention?limit=100", role="agent")
        return [item for item in answer.ok()["items"] if item["order"] == order]

    async def timeline(self, order: str, what: str | None = None) -> list[dict[str, Any]]:
        """The order's audit log, or its lines of one action."""
        answer = await self.call("GET", f"/v1/orders/{order}/timeline?limit=100", role="agent")
        return [item for item in answer.ok()["items"] if what in (None, item["action"])]

    async def paid(self, order: str, return_id: str) -> dict[str, Any]:
        """The return once its money is settled."""
        view = await self.until(order, lambda view: _return(view, return_id)["money"] == "paid")
        return _return(view, return_id)

    async def notices(self, order: str, kind: str | None = None) -> list[dict[str, Any]]:
        answer = await self.call("GET", f"/v1/orders/{order}/notices", role="agent")
        return [item for item in answer.ok()["items"] if kind in (None, item["kind"])]

    async def until_notice(
        self, order: str, kind: str, seconds: float = 15.0, count: int = 1
    ) -> dict[str, Any]:
        """The order's first notice of that kind, once it was sent, and `count` of them."""
        deadline = time.monotonic() + seconds
        while True:
            sent = [one for one in await self.notices(order, kind) if one["status"] == "sent"]
            if len(sent) >= count:
                return sent[0]
            assert time.monotonic() < deadline, (kind, await self.notices(order))
            await asyncio.sleep(0.02)

    async def refunds(self, payment: str) -> list[dict[str, Any]]:
        """The provider's refunds of that payment."""
        refunds_, after = [], ""
        while True:
            async with self.http.get(
                self.deployment.addresses["psp"] + f"/refunds?limit=100{after}"
            ) as answer:
                page = await answer.json()
            refunds_ += [refund for refund in page["refunds"] if refund["payment"] == payment]
            if not page["more"]:
                return refunds_
            after = f"&after={page['next']}"

    async def fault(self, kind: str, times: int = 1, **more: Any) -> None:
        """Arm a fault at the provider."""
        body = {"kind": kind, "times": times, **more}
        async with self.http.post(self.deployment.addresses["psp"] + "/faults", json=body) as answer:
            assert answer.status < 300, await answer.text()

    async def end_faults(self) -> None:
        """Let the provider answer again."""
        async with self.http.delete(self.deployment.addresses["psp"] + "/faults") as answer:
            assert answer.status == 200, await answer.text()


def _return(view: dict[str, Any], return_id: str) -> dict[str, Any]:
    case_: dict[str, Any] = next(case for case in view["returns"] if case["return_id"] == return_id)
    return case_
