"""One order of 100.00 on one card at the real sandbox provider, and the activity that pays it back."""

from datetime import UTC, datetime
from typing import Any

import aiohttp
from temporalio.testing import ActivityEnvironment

from activities.payments import PaymentActivities
from adapters.payments.sandbox import SandboxPayments
from domain.model.order import Destination, Order, OrderLine, SealedCustomer, Tender
from domain.model.payment import PaymentRequest, PaymentResult
from domain.model.promise import Promise
from domain.money import Money
from domain.sealed import Sealed
from store.engine.database import Database
from store.ledger.refunds import StoredLedger, post_capture

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)


def gbp(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


class RefundHarness:
    """One order of 100.00 on one card, known to the provider and in our ledger, and the activity that refunds it."""

    def __init__(self, base: str, database: Database, http: aiohttp.ClientSession, payment: str) -> None:
        self.base, self.database, self.http, self.payment = base, database, http, payment
        self.ledger = StoredLedger(database)
        self.payments = SandboxPayments(base, session=http)
        self.activities = PaymentActivities(self.ledger, {"sandbox": self.payments})

    async def open(self) -> None:
        async with self.database.write() as session:
            await post_capture(session, _order(self.payment))
        capture = {"payment": self.payment, "account": "acme", "amount": 10_000, "currency": "GBP"}
        async with self.http.post(f"{self.base}/payments", json=capture) as answer:
            assert answer.status == 201

    async def arm(self, kind: str, **more: object) -> None:
        fault = {"kind": kind, "payment": self.payment, **more}
        async with self.http.post(f"{self.base}/faults", json=fault) as answer:
            assert answer.status == 201

    async def refunds(self, request: PaymentRequest) -> list[dict[str, Any]]:
        """The provider's own refunds of that leg."""
        query = {"leg": f"{request.merchant}/{request.key}"}
        async with self.http.get(f"{self.base}/refunds", params=query) as answer:
            refunds_: list[dict[str, Any]] = (await answer.json())["refunds"]
            return refunds_

    def request(self, key: str, principal: int, *, bonus: int = 0, credit: bool = False) -> PaymentRequest:
        return PaymentRequest(
            merchant="acme",
            order="ord_1",
            order_id="#1001",
            customer="cus_1",
            key=f"return/{self.payment}/{key}",
            occasion=f"return/{self.payment}",
            purpose="store_credit" if credit else "refund",
            tender_id="card-1",
            to="credit" if credit else "provider",
            payment=self.payment,
            provider="sandbox",
            principal=gbp(principal),
            bonus=gbp(bonus),
            credit_days=365,
            now=NOW,
        )

    async def pay(self, request: PaymentRequest) -> PaymentResult:
        return await ActivityEnvironment().run(self.activities.pay_leg, request)

    async def status(self, request: PaymentRequest) -> str:
        return (await self.ledger.reserve(request)).status


def _order(payment: str) -> Order:
    nobody = Sealed(key="per_1", ciphertext="AAAA")
    return Order(
        merchant="acme",
        order="ord_1",
        order_id="#1001",
        placed_at=NOW,
        currency="GBP",
        customer=SealedCustomer(customer="cus_1", name=nobody, email=nobody),
        destination=Destination(country="GB", zone="Europe/London"),
        promise=Promise(at=NOW),
        lines=(OrderLine(line_id="1", sku="tee", title="Tee", quantity=1, unit_price=gbp(10_000)),),
        shipping=gbp(0),
        tenders=(
            Tender(tender_id="card-1", kind="card", amount=gbp(10_000), payment=payment, provider="sandbox"),
        ),
    )
