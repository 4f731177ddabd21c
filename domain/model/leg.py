"""A leg: the payment of one tender in a settlement, and the steps that the leg may take."""

from datetime import datetime
from typing import Literal

from domain import keys
from domain.base import State
from domain.clock import Instant
from domain.model.order import Order
from domain.model.payment import PaidTo, PaymentRequest, Purpose
from domain.money import Money

LegStatus = Literal["planned", "sent", "pending", "settled", "failed", "unknown", "skipped"]
"""
planned: the intent to pay is committed; nothing has left.
sent: the provider may have acted.
pending: the provider accepted the payment and will finish it later.
settled: the money has moved.
failed: the provider refused; nothing moved under this key.
unknown: the provider gave no clear answer; the money may have moved.
skipped: waived by an agent, or paid outside this system instead.
"""
Awaited = Literal["nothing", "capture", "person"]
_OPEN: tuple[LegStatus, ...] = ("planned", "sent", "pending", "failed", "unknown")


class Leg(State):
    """One payment. Only the methods below change its status.

    tender_id: the tender to which the money goes back.
    principal: the part of the tender's amount that goes back.
    bonus: what the merchant adds on top.
    retries: how often it was planned again.
    epoch: rises only after proof that nothing happened under the key before.
    reference: the provider's id of the payment.
    decline: the provider's reason for refusing.
    in_shop_currency: `principal` in the currency of the shop's books, where that is another one.
    awaits: what must happen before it is paid: the customer's payment of the tender, or a person who pays it.
    """

    occasion: str
    tender_id: str
    to: PaidTo
    principal: Money
    bonus: Money
    epoch: int = 1
    retries: int = 0
    status: LegStatus = "planned"
    planned_at: Instant
    sent_at: Instant | None = None
    settled_at: Instant | None = None
    reference: str = ""
    decline: str = ""
    awaits: Awaited = "nothing"
    in_shop_currency: Money | None = None

    @property
    def key(self) -> str:
        return keys.leg(self.occasion, self.tender_id, self.epoch)

    @property
    def open(self) -> bool:
        """Whether money is still owed under this leg."""
        return self.status in _OPEN

    def request(
        self, order: Order, purpose: Purpose, credit_days: int | None, now: datetime
    ) -> PaymentRequest:
        """What the payment step needs to know of the leg, and nothing else of the order."""
        tender = order.tender(self.tender_id)
        return PaymentRequest(
            merchant=order.merchant,
            order=order.order,
            order_id=order.order_id,
            customer=order.customer.customer,
            key=self.key,
            occasion=self.occasion,
            purpose=purpose,
            tender_id=self.tender_id,
            to=self.to,
            payment=tender.payment if tender else None,
            provider=tender.provider if tender else None,
            principal=self.principal,
            bonus=self.bonus,
            credit_days=credit_days,
            now=now,
        )

    def send(self, now: datetime) -> None:
        """Mark the payment as leaving. A payment without an answer may leave again, under the same key."""
        self._require("planned", "sent", "pending")
        self.status, self.sent_at = "sent", now

    def settle(self, reference: str, now: datetime, bonus: Money | None = None) -> None:
        """The money has moved. `bonus`: what moved of the bonus, where it is known."""
        self._require(*_OPEN)
        self.status, self.settled_at, self.reference = "settled", now, reference
        self.bonus = self.bonus if bonus is None else bonus

    def mark_pending(self, reference: str) -> None:
        """Record that the provider accepted the payment and will finish it later."""
        self._require(*_OPEN)
        self.status, self.reference = "pending", reference

    def fail(self, decline: str) -> None:
        """Record that the provider refused."""
        self._require(*_OPEN)
        self.status, self.decline = "failed", decline

    def lose_track(self) -> None:
        """Record that it is unknown whether the money moved."""
        self._require(*_OPEN)
        self.status = "unknown"

    @property
    def waits(self) -> bool:
        """Whether it leaves only after something has happened that no rule here can do."""
        return self.status == "planned" and self.awaits != "nothing"

    def skip(self) -> None:
        """Waive a payment that the provider refused, or that waits. One that may have moved money is never waived."""
        self._require("planned" if self.waits else "failed")
        self.status = "skipped"

    def record_capture(self, to: PaidTo) -> None:
        """The customer has paid the tender: the leg leaves by that way."""
        self.to, self.awaits = to, "person" if to == "by_hand" else "nothing"

    def record_payment_by_hand(self, now: datetime) -> None:
        """A person has paid it: it is only entered in the ledger now."""
        assert self.waits, f"leg {self.key} does not wait"
        self.awaits, self.planned_at = "nothing", now

    def lower_by(self, amount: Money) -> None:
        """Owe so much less of a payment that waits for the customer's."""
        assert self.waits, f"leg {self.key} does not wait"
        assert amount < self.principal, f"leg {self.key} is not lowered by {amount}"
        self._set_principal(self.principal - amount)

    def retry(self, now: datetime) -> None:
        """Plan the payment again.

        After a refusal the key is new, as nothing moved under the old one; otherwise the key is the same.
        """
        self._require("failed", "unknown")
        self.epoch += self.status == "failed"
        self.retries += 1
        self.status, self.planned_at, self.reference, self.decline = "planned", now, "", ""

    def reduce_to(self, principal: Money, now: datetime) -> None:
        """Plan the payment again for the part that the payment holds. A refusal came before, so the key is new."""
        self._require("failed")
        assert principal < self.principal, f"leg {self.key} is not reduced by {principal}"
        self._set_principal(principal)
        self.retry(now)

    def _set_principal(self, principal: Money) -> None:
        if self.in_shop_currency is not None:
            booked, whole = self.in_shop_currency, self.principal.minor
            minor = booked.minor * principal.minor // whole
            self.in_shop_currency = Money(minor=minor, currency=booked.currency)
        self.principal = principal

    def _require(self, *allowed: LegStatus) -> None:
        assert self.status in allowed, f"leg {self.key} is {self.status}, expected {' or '.join(allowed)}"
