"""Stripe's stand-in in the fault programme."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.payments.stripe_amounts import from_stripe, to_stripe
from domain.money import Money
from tests.adapters.stripe_stand_in import StandIn
from tests.chaos.payments.books import Account, BookedRefund, Payment, Provider
from tests.scenarios.admins import as_platform
from tests.scenarios.shop import Shop

LATE = 9 * 86_400
_REFUNDS = {"path": "/v1/refunds"}
WIRE: Mapping[str, Sequence[tuple[dict[str, Any], ...]]] = {
    "timeout_after": (({"kind": "cut"},), ({"kind": "hang", "seconds": 4.0},)),
    "timeout_before": (
        ({"kind": "cut", "when": "before"},),
        ({"kind": "cut", "when": "before", "times": 3},),
    ),
    "error_500": (({"kind": "error"},), ({"kind": "error", "when": "before"},)),
    "unavailable": (({"kind": "unavailable"},), ({"kind": "unavailable", "when": "before", "times": 2},)),
    "throttled": (({"kind": "rate_limit", "times": 3},), ({"kind": "lock_timeout", "times": 2},)),
    "in_use": (({"kind": "hang", "when": "before", "seconds": 4.0},),),
    "cut_in_body": (({"kind": "cut_in_body"},),),
    "bad_json": (
        ({"kind": "html"},),
        ({"kind": "other", "shape": "list"},),
        ({"kind": "other", "shape": "other_refund"},),
        ({"kind": "other", "shape": "empty"},),
    ),
    "lost_and_silent": (
        (
            {"kind": "cut"},
            {"kind": "unavailable", "method": "GET", "path": "/v1/", "when": "before", "times": 10_000},
        ),
    ),
    "down": (
        (
            {"kind": "unavailable", "method": "GET", "path": "/v1/", "when": "before", "times": 10_000},
            {"kind": "unavailable", "when": "before", "times": 10_000},
        ),
    ),
}
PLANS: Mapping[str, dict[str, Any]] = {
    "late_failure": {"refunds": "succeeded_then_failed", "after_seconds": LATE},
    "pending": {"refunds": "pending_then_succeeded", "after_seconds": LATE},
    "closed_card": {"refunds": "pending_then_failed", "after_seconds": 1},
    "uncaptured": {"captured": False},
}


class StripeInProgramme:
    """See `StandIn`. Each merchant has an account of its own."""

    name: Provider = "stripe"

    async def open(self, folder: Path) -> None:
        self._there = StandIn(folder / "stripe.db")
        await self._there.start()

    async def close(self) -> None:
        await self._there.end()

    async def connect(self, shop: Shop, currency: str, events: str) -> Account:
        made = Account(shop, f"acct_{secrets.token_hex(8)}", f"sk_test_{secrets.token_hex(8)}", currency)
        signed = f"whsec_{secrets.token_hex(12)}"
        await self._there.control("keys", secret=made.secret, account=made.name)
        url = f"{shop.deployment.addresses['api']}/v1/webhooks/payments/stripe/{shop.name}"
        await self._there.control("endpoints", account=made.name, url=url, secrets=[signed], sending=events)
        body = {"keys": {"secret_key": made.secret, "webhook_secret": signed}, "base": self._there.base}
        (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/stripe", body)).ok()
        return made

    async def set_keys(self, account: Account, works: bool) -> None:
        state = "active" if works else "revoked"
        await self._there.control("keys", secret=account.secret, account=account.name, state=state)

    async def take(self, account: Account, amount: Money, plan: str) -> Payment:
        units = to_stripe(amount)
        wanted = PLANS.get(plan, {})
        paid = await self._there.control(
            "payments", account=account.name, amount=units, currency=amount.currency, **wanted
        )
        more = {"charge": paid["charge"], "plan": plan}
        return Payment(account, amount, paid["payment_intent"], paid["payment_intent"], more)

    async def arm(self, payment: Payment, fault: str, seed: int) -> None:
        for one in WIRE[fault][seed // 2 % len(WIRE[fault])]:
            await self._there.control("faults", **{**_REFUNDS, **one, "about": payment.about})

    async def disarm(self, payment: Payment) -> None:
        await self._there.control("disarm", about=payment.about)

    async def refund_by_staff(self, payment: Payment, minor: int) -> None:
        amount = to_stripe(Money(minor=minor, currency=payment.amount.currency))
        body = f"payment_intent={payment.id}&amount={amount}"
        await self._there.raw("POST", "/v1/refunds", body, Authorization=f"Bearer {payment.account.secret}")

    async def dispute(self, payment: Payment) -> None:
        await self._there.control("disputes", account=payment.account.name, charge=payment.more["charge"])

    async def finish(self, payment: Payment, *, fails: bool) -> None:
        """Its own clock does it."""

    async def pass_time(self, span: timedelta) -> None:
        await self._there.pass_time(span)

    async def refunds(self, payment: Payment) -> Sequence[BookedRefund]:
        path = f"/v1/refunds?charge={payment.more['charge']}&limit=100"  # faults are about the intent
        _, page, _ = await self._there.raw("GET", path, Authorization=f"Bearer {payment.account.secret}")
        return [
            BookedRefund(
                key=(one["metadata"] or {}).get("smot_leg", ""),
                minor=from_stripe(one["amount"], one["currency"]).minor,
                alive=one["status"] not in ("failed", "canceled"),
            )
            for one in page["data"]
        ]
