"""Deliveries of payment providers: what they report of refunds goes to the order's journey, or becomes a question to finance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from domain import keys, payment_keys
from domain.model.order import Order, TenderKind
from domain.model.shipment import ExternalRefund, RefundedPart
from domain.payments.claw_backs.results import ClawBackPaid
from domain.payments.differences import Difference
from domain.payments.refund_reports import RefundReported
from ports.payments import (
    PaymentAccounts,
    PaymentEvents,
    PaymentEventSource,
    ProviderDispute,
    ProviderLinkPayment,
    ProviderRefund,
)
from services.clock import real_now
from services.inbound.outcomes import (
    DeliveryDead,
    DeliveryIgnored,
    Outcome,
    ParkedForPayments,
    applied,
)
from services.inbound.reading import read_body
from services.inbound.unanswered_refunds import waits_for_answer
from services.journeys import Journeys
from services.payments.assigned_records import record_of
from services.payments.dispute_reports import DisputeIntake
from services.payments.refund_reports import (
    Judgement,
    MadeOutside,
    NotYetKnown,
    OursReported,
    UnknownPayment,
    judge,
)
from store.inbox.inbox import InboundDelivery
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.merchants.clock import Clocks
from store.orders.orders import Orders
from store.tables.all import LegRow, ProviderEventRow

_OF_ANOTHER_ACCOUNT: Final = "it is about another account than the merchant's"
_OF_NO_CLAIM: Final = "it pays a claim of another merchant, or of no order"


@dataclass(frozen=True)
class PaymentEventHandler:
    """Applies the deliveries of one provider, twice with the effect of once and in any order.

    reports_outside: whether refunds that were made outside are entered. Not those of a storefront, which reports them itself.
    """

    source: PaymentEventSource
    accounts: PaymentAccounts
    legs: ProviderLegs
    differences: PaymentDifferences
    orders: Orders
    journeys: Journeys
    clocks: Clocks
    reports_outside: bool
    disputes: DisputeIntake

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """Take in each refund and dispute; park the delivery for payments that no order has yet."""
        sent = await read_body(delivery.size, self.source.read, delivery.body)
        if not await self._is_of_account(delivery.merchant, sent):
            return DeliveryDead(_OF_ANOTHER_ACCOUNT)
        unknown, waits = set[str](), False
        for refund in sent.refunds:
            judgement = await self._take_in(delivery, refund)
            waits = waits or isinstance(judgement, NotYetKnown)
            unknown |= {refund.payment} if isinstance(judgement, UnknownPayment) else set()
        for dispute in sent.disputes:
            unknown |= set() if await self._take_in_dispute(delivery, dispute) else {dispute.payment}
        for paid in sent.links:
            if not await self._take_in_link(delivery, paid):
                return DeliveryDead(_OF_NO_CLAIM)
        if waits:
            return waits_for_answer(delivery)
        if unknown:
            return ParkedForPayments(frozenset(unknown))
        if not (sent.refunds or sent.disputes or sent.links or sent.unreadable):
            return DeliveryIgnored("not about refunds, disputes or claims", followed=False)
        return applied([sent.unreadable] if sent.unreadable else [])

    async def _is_of_account(self, merchant: str, sent: PaymentEvents) -> bool:
        """Whether the message is about the merchant's own account: one secret may sign those of several."""
        if not sent.account:
            return True
        account = await self.accounts.account(merchant, self.source.name)
        return account is not None and account.account == sent.account

    async def _take_in(self, delivery: InboundDelivery, refund: ProviderRefund) -> Judgement:
        """Judge the refund, keep what the provider says, and tell the journey or finance."""
        merchant, record = delivery.merchant, record_of(refund)
        order = await self._order_of(merchant, refund.payment, refund.payment_alias)
        _, named = payment_keys.leg_of_provider_refund(refund.key)
        leg = await self.legs.leg(merchant, named) if refund.key else None
        legs = [*([leg] if leg else []), *(await self.legs.of_orders(merchant, [order]) if order else [])]
        judgement = judge(merchant, self.source.name, record, order, legs)
        match judgement:
            case OursReported(leg=found):
                await self._keep(delivery, refund, "ours", found.order, found.key)
                await self._report_ours(delivery, refund, found)
            case MadeOutside(order=paid):
                await self._keep(delivery, refund, "external", paid, "")
                if self.reports_outside:
                    await self._report_outside(delivery, refund, paid)
            case Difference():
                ours = judgement.ours
                await self._keep(delivery, refund, judgement.kind, order or "", ours.leg if ours else "")
                await self._open_difference(merchant, judgement)
            case NotYetKnown() | UnknownPayment():
                pass
            case _:
                assert_never(judgement)
        return judgement

    async def _order_of(self, merchant: str, *payments: str) -> str | None:
        found = await self.legs.orders_of(merchant, {one for one in payments if one})
        return next((found[one] for one in payments if one in found), None)

    async def _report_ours(self, delivery: InboundDelivery, refund: ProviderRefund, leg: LegRow) -> None:
        """Tell the journey what became of a refund of its own."""
        now = await self.clocks.get(delivery.merchant)
        event = refund.event(leg.key, delivery.received_at or real_now())
        await self._signal(delivery, leg.order, RefundReported(event=event, now=now), now)

    async def _report_outside(self, delivery: InboundDelivery, refund: ProviderRefund, order: str) -> None:
        """Enter it as a refund made outside. One that failed is reported without money: it undoes an earlier report."""
        row = await self.orders.by_id(delivery.merchant, order)
        assert row is not None, "a payment belongs to an order of its merchant"
        kind = _kind_of(Order.model_validate_json(row.body), (refund.payment, refund.payment_alias))
        failed, now = refund.state == "failed", await self.clocks.get(delivery.merchant)
        event = ExternalRefund(
            storefront=self.source.name,
            refund=refund.reference,
            at=refund.at or delivery.business_received_at,
            parts=() if failed else (RefundedPart(kind=kind, amount=refund.amount),),
            failed=failed,
            now=now,
        )
        currency = Order.model_validate_json(row.body).currency
        await self._signal(delivery, order, event.in_currency(currency), now)

    async def _take_in_link(self, delivery: InboundDelivery, paid: ProviderLinkPayment) -> bool:
        """Tell the journey that a claim was paid; False where the merchant has no such order."""
        try:
            merchant, order, claim = payment_keys.claim_of_link(paid.key)
        except ValueError:
            return False
        if merchant != delivery.merchant or await self.orders.by_id(merchant, order) is None:
            return False
        now = await self.clocks.get(merchant)
        event = ClawBackPaid(
            claim=claim, provider=self.source.name, payment=paid.payment, amount=paid.amount, now=now
        )
        await self._signal(delivery, order, event, now)
        return True

    async def _signal(
        self,
        delivery: InboundDelivery,
        order: str,
        event: ExternalRefund | RefundReported | ClawBackPaid,
        now: datetime | None,
    ) -> None:
        await self.journeys.signal(delivery.merchant, order, event)
        if now is not None:  # a sandbox clock waits for this delivery, so that what follows has its time
            await self.journeys.wait_until_idle(delivery.merchant, order)

    async def _take_in_dispute(self, delivery: InboundDelivery, dispute: ProviderDispute) -> bool:
        """Tell the journey of a dispute; False where no order has its payment."""
        now = await self.clocks.get(delivery.merchant)
        order = await self.disputes.take_in(
            delivery.merchant, self.source.name, dispute, now, delivery.delivery_id
        )
        if order is not None and now is not None:
            await self.journeys.wait_until_idle(delivery.merchant, order)
        return order is not None

    async def _open_difference(self, merchant: str, difference: Difference) -> None:
        now = await self.clocks.business_now(merchant)
        await self.differences.open(merchant, self.source.name, [difference], now)

    async def _keep(
        self,
        delivery: InboundDelivery,
        said: ProviderRefund,
        verdict: str,
        order: str,
        leg: str,
    ) -> None:
        row = ProviderEventRow(
            merchant=delivery.merchant,
            provider=self.source.name,
            key=_statement(said, verdict),
            kind="refund",
            **said.model_dump(include={"reference", "payment", "state", "raw_state", "reason", "at"}),
            order=order,
            leg=leg,
            minor=said.amount.minor,
            currency=said.amount.currency,
            bank_reference=said.bank_reference,
            verdict=verdict,
            delivery=delivery.delivery_id,
            received_at=real_now(),
        )
        await self.differences.record_event(row)


def _statement(said: ProviderRefund, verdict: str) -> str:
    return keys.provider_event(type(said).__name__, said.model_dump_json(), verdict)


def _kind_of(order: Order, payments: Iterable[str]) -> TenderKind:
    """What was paid with at the provider."""
    return next((tender.kind for tender in order.tenders if tender.payment in {*payments}), "card")
