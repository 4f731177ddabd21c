"""Shopify's stand-in in the fault programme."""

import asyncio
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import aiohttp

from adapters.shopify.amounts import to_decimal
from adapters.shopify.answers import number_of
from domain import payment_keys
from domain.money import Money
from tests.adapters.shopify_shop import ShopProcess
from tests.chaos.payments.books import Account, BookedRefund, Payment, Provider
from tests.patience import PATIENCE
from tests.scenarios.admins import as_platform
from tests.scenarios.shop import Shop

_CREATE, _ANY = {"field": "refundCreate"}, {"field": ""}
WIRE: Mapping[str, Sequence[tuple[dict[str, Any], ...]]] = {
    "timeout_after": (({"kind": "cut_after"},), ({"kind": "hang", "seconds": 4.0},)),
    "timeout_before": (({"kind": "cut_before"},), ({"kind": "cut_before", "times": 3},)),
    "error_500": (({"kind": "internal_kept"},), ({"kind": "internal_after"},), ({"kind": "http_500_after"},)),
    "unavailable": (({"kind": "http_503", "times": 2},), ({"kind": "http_500_before"},)),
    "throttled": (({"kind": "throttled", "times": 6},),),
    "in_use": (({"kind": "slow", "seconds": 4.0},),),
    "cut_in_body": (({"kind": "cut_in_body"},),),
    "bad_json": (({"kind": "not_json"},), ({"kind": "html_200"},), ({"kind": "no_data"},)),
    "lost_and_silent": (({"kind": "cut_after"}, {"kind": "http_503", "times": 10_000, "skip": 1, **_ANY}),),
    "down": (({"kind": "http_503", "times": 10_000, **_ANY},),),
}
# The id stands in the document and not in its variables, which faults are about.
_BOOKS = """
query Books {
  order(id: "%s") {
    refunds(first: 100) {
      id note
      transactions(first: 20) {
        nodes { id kind status parentTransaction { id } amountSet { shopMoney { amount currencyCode } } }
      }
    }
  }
}
"""
RATE = "1.2553"
"""Units of the shop's currency for one of the buyer's."""


class ShopifyInProgramme:
    """See `StandIn`. Each merchant has a shop of its own; a payment is a transaction of an order."""

    name: Provider = "shopify"

    async def open(self, folder: Path) -> None:
        module = "simulators.payments.shopify.server"
        argv = [sys.executable, "-m", module, "--port", "0", "--file", str(folder / "shopify.db")]
        self._process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)).decode()
        assert line.startswith("shopify stand-in ready on http://"), line
        self._http = aiohttp.ClientSession()
        self._there = ShopProcess(line.split()[-1], self._http)

    async def close(self) -> None:
        await self._http.close()
        self._process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def connect(self, shop: Shop, currency: str, events: str) -> Account:
        token, signed = f"shpat_{secrets.token_hex(16)}", secrets.token_hex(16)
        domain = f"{shop.name}.myshopify.com"
        url = f"{shop.deployment.addresses['api']}/v1/webhooks/payments/shopify/{shop.name}"
        await self._there.post(
            "/shops",
            {
                "domain": domain,
                "token": token,
                "currency": currency,
                "webhook_url": url,
                "webhook_secret": signed,
                "maximum_points": 20_000.0,
                "restore_rate": 10_000.0,
            },
        )
        body = {
            "keys": {"access_token": token, "webhook_secret": signed},
            "account": domain,
            "base": self._there.base,
        }
        (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/shopify", body)).ok()
        return Account(shop, domain, token, currency)

    async def set_keys(self, account: Account, works: bool) -> None:
        """The token is replaced by another one, or comes back."""
        token = account.secret if works else f"shpat_{secrets.token_hex(16)}"
        await self._there.post(
            "/shops", {"domain": account.name, "token": token, "currency": account.currency}
        )

    async def take(self, account: Account, amount: Money, plan: str) -> Payment:
        presentment, paid = None, to_decimal(amount)
        if plan == "exchanged":
            presentment, paid = "EUR", _buyers(amount)
        kind = "AUTHORIZATION" if plan == "uncaptured" else "SALE"
        order = await self._there.post(
            "/orders",
            {
                "shop": account.name,
                "transactions": [{"amount": paid, "kind": kind}],
                "plan": "pending" if plan in ("pending", "closed_card") else "success",
                **({"presentment": presentment, "rate": RATE} if presentment else {}),
            },
        )
        number, taken = number_of(order["id"]), order["transactions"][0]["id"]
        more = {"order": order["id"], "parent": taken, "plan": plan, "paid": paid}
        return Payment(account, amount, f"shopify-{number}-{number_of(taken)}", order["id"], more)

    async def arm(self, payment: Payment, fault: str, seed: int) -> None:
        for one in WIRE[fault][seed // 2 % len(WIRE[fault])]:
            await self._there.post("/faults", {**_CREATE, **one, "about": payment.about})

    async def disarm(self, payment: Payment) -> None:
        await self._there.post("/faults/disarm", {"about": payment.about})

    async def refund_by_staff(self, payment: Payment, minor: int) -> None:
        amount = to_decimal(Money(minor=minor, currency=payment.amount.currency))
        body = {"order": payment.more["order"], "parent": payment.more["parent"], "amount": amount}
        async with self._http.post(
            f"{self._there.base}/shops/{payment.account.name}/refunds", json=body
        ) as answer:
            assert answer.status in (201, 422), await answer.text()

    async def dispute(self, payment: Payment) -> None:
        body = {"order": payment.more["order"], "amount": payment.more["paid"]}
        await self._there.post(f"/shops/{payment.account.name}/disputes", body)

    async def finish(self, payment: Payment, *, fails: bool) -> None:
        status = "FAILURE" if fails else "SUCCESS"
        for one in await self._transactions(payment):
            if one["status"] in ("PENDING", "SUCCESS") and one["status"] != status:
                body = {"transaction": one["id"], "status": status}
                await self._there.post(f"/shops/{payment.account.name}/transactions", body)

    async def _transactions(self, payment: Payment) -> list[dict[str, Any]]:
        return [one for _, found in await self._booked(payment) for one in found]

    async def _booked(self, payment: Payment) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """The order's refunds, each with those of its transactions that go back through this payment."""
        status, body, _ = await self._there.graphql(
            _BOOKS % payment.more["order"], token=payment.account.secret
        )
        assert status == 200, body
        return [
            (
                refund,
                [
                    one
                    for one in refund["transactions"]["nodes"]
                    if one["kind"] == "REFUND" and one["parentTransaction"]["id"] == payment.more["parent"]
                ],
            )
            for refund in body["data"]["order"]["refunds"]
        ]

    async def pass_time(self, span: timedelta) -> None:
        await self._there.post("/clock", {"seconds": span.total_seconds()})

    async def refunds(self, payment: Payment) -> Sequence[BookedRefund]:
        booked = []
        for refund, transactions in await self._booked(payment):
            noted = payment_keys.refund_in_note(refund["note"] or "")
            for one in transactions:
                shop = one["amountSet"]["shopMoney"]
                digits = Decimal(shop["amount"])
                booked.append(
                    BookedRefund(
                        key=noted.key if noted else "",
                        minor=_minor(digits, payment.amount),
                        alive=one["status"] not in ("FAILURE", "ERROR"),
                    )
                )
        return booked


def _minor(amount: Decimal, like: Money) -> int:
    whole = Decimal(to_decimal(Money(minor=10**6, currency=like.currency)))
    return int((amount * 10**6 / whole).to_integral_value(ROUND_HALF_UP))


def _buyers(amount: Money) -> str:
    """What the buyer paid in another currency, which makes that amount at the rate."""
    cents = (Decimal(to_decimal(amount)) / Decimal(RATE)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return str(cents)
