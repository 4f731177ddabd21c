"""WooCommerce's stand-in in the fault programme."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.shopify.amounts import to_decimal
from domain import payment_keys
from domain.money import Money
from tests.adapters.woocommerce_shop import KEY, WooShop
from tests.chaos.payments.books import Account, BookedRefund, Payment, Provider
from tests.scenarios.admins import as_platform
from tests.scenarios.shop import Shop

WIRE: Mapping[str, Sequence[tuple[dict[str, Any], ...]]] = {
    "timeout_after": (
        ({"kind": "hang", "seconds": 4.0},),
        ({"kind": "stop_after_mark"},),
        ({"kind": "gateway_timeout"},),
    ),
    "timeout_before": (({"kind": "stop_before_check"},), ({"kind": "stop_after_save"},)),
    "error_500": (
        ({"kind": "html_and_500"},),
        ({"kind": "not_created_400"},),
        ({"kind": "stop_after_gateway"},),
    ),
    "unavailable": (({"kind": "html_504_after"},), ({"kind": "html_504_before", "times": 2},)),
    "throttled": (({"kind": "too_many_429", "times": 3},),),
    "in_use": (({"kind": "slow_gateway", "seconds": 4.0},),),
    "cut_in_body": (({"kind": "cut_body"},), ({"kind": "stop_after_meta"},)),
    "bad_json": (({"kind": "other_object"},), ({"kind": "empty_answer"},), ({"kind": "html_before_json"},)),
    "lost_and_silent": (({"kind": "stop_after_mark"}, {"kind": "down"}),),
    "down": (({"kind": "down"},),),
    "refused_once": (({"kind": "gateway_refuses"},),),
    "refused": (({"kind": "gateway_refuses", "times": 100},),),
}
PLANS: Mapping[str, dict[str, Any]] = {"uncaptured": {"payment_method": "cod"}}


class WooCommerceInProgramme:
    """See `StandIn`. Each merchant has a key of its own; a payment is an order."""

    name: Provider = "woocommerce"

    async def open(self, folder: Path) -> None:
        self._there = WooShop(folder / "woo.db")
        await self._there.start()

    async def close(self) -> None:
        await self._there.end()

    async def connect(self, shop: Shop, currency: str, events: str) -> Account:
        made = Account(shop, f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}", currency)
        await self.set_keys(made, works=True)
        pair = {"consumer_key": made.name, "consumer_secret": made.secret}
        body = {"keys": pair, "account": "https://shop.example", "base": self._there.base}
        (await as_platform(shop, "PUT", f"/v1/merchants/{shop.name}/payments/woocommerce", body)).ok()
        return made

    async def set_keys(self, account: Account, works: bool) -> None:
        """A key dies with its user."""
        pair = {"consumer_key": account.name, "consumer_secret": account.secret}
        await self._there.control("POST", "keys", {**pair, "user_exists": works})

    async def take(self, account: Account, amount: Money, plan: str) -> Payment:
        fields = PLANS.get(plan, {})
        order = await self._there.order(to_decimal(amount), currency=amount.currency, **fields)
        return Payment(
            account, amount, str(order["id"]), str(order["id"]), {"order": order["id"], "plan": plan}
        )

    async def arm(self, payment: Payment, fault: str, seed: int) -> None:
        for one in WIRE[fault][seed // 2 % len(WIRE[fault])]:
            await self._there.control("POST", "faults", {**one, "order": payment.more["order"]})

    async def disarm(self, payment: Payment) -> None:
        await self._there.control("POST", "disarm", {"order": payment.more["order"]})

    async def refund_by_staff(self, payment: Payment, minor: int) -> None:
        amount = to_decimal(Money(minor=minor, currency=payment.amount.currency))
        body = {"amount": amount, "api_refund": True, "reason": "made by staff"}
        answer = await self._there.rest("POST", f"/orders/{payment.id}/refunds", body)
        assert answer.status in (201, 500), answer

    async def dispute(self, payment: Payment) -> None:
        """WooCommerce knows nothing of disputes: its gateway refuses."""
        await self.arm(payment, "refused", 0)

    async def finish(self, payment: Payment, *, fails: bool) -> None:
        """WooCommerce never says that a refund came back. Its staff delete the row of one that did."""
        if fails:
            for row in await self._there.rows(payment.id):
                await self._there.rest("DELETE", f"/orders/{payment.id}/refunds/{row['id']}", force="true")

    async def pass_time(self, span: timedelta) -> None:
        await self._there.pass_time(span)

    async def refunds(self, payment: Payment) -> Sequence[BookedRefund]:
        """What the gateway paid, whatever the shop has rows for."""
        paid = (await self._there.control("GET", f"orders/{payment.id}/paid"))["paid"]
        booked = []
        for one in paid:
            noted = payment_keys.refund_in_note(one["reason"])
            whole = Money(minor=10**6, currency=payment.amount.currency)
            minor = round(float(one["amount"]) * 10**6 / float(to_decimal(whole)))
            booked.append(BookedRefund(noted.key if noted else "", minor, alive=True))
        return booked


assert KEY, "the shop's own key reads its books"
