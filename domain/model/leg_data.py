"""The data of a leg, the payment of one tender in a settlement, and the questions that it answers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from domain import payment_keys
from domain.actors import Role
from domain.base import State
from domain.clock import Instant
from domain.model.order import Order
from domain.model.payment import PaidTo, PaymentRequest, Purpose
from domain.model.provider_event import ProviderEvent, ProviderEventState, newest
from domain.money import Money

LegStatus = Literal["planned", "sent", "accepted", "settled", "reversed", "failed", "unknown", "skipped"]
"""
planned: the intent to pay is committed; nothing has left.
sent: the provider may have acted.
accepted: the provider accepted the payment and will finish it later.
settled: the money has moved.
reversed: the money came back to the merchant after it was settled: it is owed again.
failed: the provider refused; nothing moved under this key.
unknown: the provider gave no clear answer; the money may have moved.
skipped: waived by an agent, or paid outside this system instead.
"""
Awaited = Literal["nothing", "capture", "person"]
UNANSWERED: tuple[LegStatus, ...] = ("planned", "sent", "failed", "unknown")
OPEN: tuple[LegStatus, ...] = (*UNANSWERED, "accepted", "reversed")

_OVERTAKEN: Mapping[ProviderEventState, tuple[LegStatus, ...]] = {
    "accepted": ("sent", "unknown"),
    "settled": ("sent", "unknown", "accepted", "reversed"),
    "failed": ("sent", "unknown", "accepted", "settled"),
}
"""By what a provider states: the statuses of a leg that do not say that yet."""

RefundWay = Literal["store_credit", "other_way"]


class RefundChoice(State):
    """What becomes of a refund whose way failed."""

    leg: str
    """The key under which it failed."""
    answer: RefundWay
    """What was chosen."""
    at: Instant
    """When it was chosen."""
    by: Role
    """The role that chose."""
    came_back: bool = True
    """Whether the money had left and come back; else it was refused and never left."""


class LegData(State):
    """One payment as it stands. Only the steps of `Leg` change it.

    tender_id: the tender to which the money goes back.
    principal: the part of the tender's amount that goes back.
    bonus: what the merchant adds on top.
    retries: how often it was planned again.
    epoch: rises only after proof that nothing happened under the key before.
    reference: the provider's id of the payment.
    decline: the provider's reason for refusing.
    in_shop_currency: `principal` in the currency of the shop's books, where that is another one.
    awaits: what must happen before it is paid: the customer's payment of the tender, or a person who pays it.
    accepted_at, reversed_at: when the provider accepted it, and when it was learnt that the money came back.
    expected_by: the day by which the customer's statement should show it.
    chased: it was late, and the customer and finance were told.
    replaces: the key under which it was paid before and came back.
    events: what providers stated about it, in the order of their coming, of all its epochs.
    lookup: whether a look-up at the provider is due, or was sent. `lookup_at`: since when.
    choice: what the customer or a person decided after it came back.
    payment, provider: what is paid back, where that is no tender of the order.
    hold_notified: the customer was told that it waits for a dispute.
    offered: it was refused, and the customer may choose another way at once. decline_notified: they were told so.
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
    accepted_at: Instant | None = None
    reversed_at: Instant | None = None
    expected_by: date | None = None
    chased: bool = False
    replaces: str = ""
    events: list[ProviderEvent] = []
    lookup: Literal["none", "due", "sent"] = "none"
    lookup_at: Instant | None = None
    choice: RefundChoice | None = None
    hold_notified: bool = False
    offered: bool = False
    decline_notified: bool = False
    in_shop_currency: Money | None = None
    payment: str = ""
    provider: str = ""

    @property
    def key(self) -> str:
        return payment_keys.leg(self.occasion, self.tender_id, self.epoch)

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Its keys of all epochs up to now."""
        return tuple(
            payment_keys.leg(self.occasion, self.tender_id, epoch) for epoch in range(1, self.epoch + 1)
        )

    @property
    def open(self) -> bool:
        """Whether money is still owed under this leg."""
        return self.status in OPEN

    @property
    def returned_at(self) -> datetime | None:
        """Since when its money is owed again: it came back, or failed after the provider had accepted it. None otherwise."""
        if self.status == "reversed":
            return self.reversed_at
        return self.accepted_at if self.status == "failed" else None

    @property
    def on_its_way(self) -> bool:
        """Whether it has left: the provider has accepted it, or it is paid."""
        return self.status in ("accepted", "settled")

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
            payment=tender.payment if tender else self.payment or None,
            provider=tender.provider if tender else self.provider or None,
            principal=self.principal,
            bonus=self.bonus,
            credit_days=credit_days,
            now=now,
            replaces=self.replaces,
        )

    @property
    def newest_event(self) -> ProviderEvent | None:
        """What the provider's statements about this refund come to; not those about another one or another amount."""
        own = [
            event
            for event in self.events
            if event.amount == self.principal and self.reference in ("", event.reference)
        ]
        return newest(own, self.key)

    @property
    def news(self) -> ProviderEvent | None:
        """What the provider states by its own account and the leg does not say yet."""
        event = self.newest_event
        return event if event is not None and self.status in _OVERTAKEN[event.state] else None

    @property
    def may_be_paid(self) -> bool:
        """Whether it was refused, and the provider states since that it is paid: it is not paid again without a person."""
        stated = newest(self.events, self.key)
        return self.status == "failed" and stated is not None and stated.state == "settled"

    @property
    def waits(self) -> bool:
        """Whether it leaves only after something has happened that no rule here can do."""
        return self.status == "planned" and self.awaits != "nothing"
