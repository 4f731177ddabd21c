"""The payment of one leg: reserve it in the ledger, look up whether it was paid already, pay it, and post the outcome.

Later the same step books what the provider states about it: that it is settled, that it failed, that the money came back.
"""

from collections.abc import Mapping

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat
from domain import payment_keys
from domain.model.payment import PaymentRequest, PaymentResult
from domain.model.provider_event import ProviderEvent
from domain.money import Money
from failpoints.points import hit
from ports.ledger import Ledger, LedgerStatus, LegClosed, LegRecord, NotCovered
from ports.payments import (
    AccountRefused,
    Declined,
    NotSent,
    OutcomeUnknown,
    Payments,
    PersonNeeded,
    ProviderRefund,
    RefundRequest,
)


class PaymentActivities:
    """The payment step of a journey. It may run any number of times; the money moves once."""

    def __init__(self, ledger: Ledger, providers: Mapping[str, Payments]) -> None:
        """`providers`: the payment providers by the name that tenders give them."""
        self._ledger = ledger
        self._providers = providers

    @activity.defn
    async def pay_leg(self, request: PaymentRequest) -> PaymentResult:
        """Settle or decline the leg. Raises ApplicationError "OutcomeUnknown" (retryable) while the provider cannot say which."""
        async with heartbeat():
            try:
                return await self._pay_once(request)
            except LegClosed:  # by another run of this step meanwhile: its outcome is this one's
                return await self._pay_once(request)

    async def _pay_once(self, request: PaymentRequest) -> PaymentResult:
        try:
            leg = await self._ledger.reserve(request)
            hit("pay.reserved")
            if request.lookup_only:
                return await self._find_out(request, leg)
            if leg.status == "settled":
                bonus = Money(minor=leg.bonus, currency=request.bonus.currency)
                return PaymentResult(leg=request.key, outcome="settled", reference=leg.reference, bonus=bonus)
            if leg.status in ("released", "reversed"):
                return PaymentResult(leg=request.key, outcome="declined", decline=leg.decline)
            if request.to != "provider":
                return await self._settle(request, request.key)
            return await self._pay(request, leg)
        except NotCovered:
            return PaymentResult(leg=request.key, outcome="declined", decline="not_covered")
        except (
            AccountRefused,
            PersonNeeded,
        ) as error:  # until a person acts no retry helps: finance is asked
            raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
        except OutcomeUnknown as error:
            raise ApplicationError(str(error), type="OutcomeUnknown") from error

    async def _pay(self, request: PaymentRequest, leg: LegRecord) -> PaymentResult:
        """Pay at the provider. A payment that may have been made is looked up first, as providers forget keys after a day.

        Within that day the same key also covers a first call that is still under way while the look-up finds nothing.
        """
        provider, refund = self._provider_of(request), _refund_request(request, leg)
        answer = await provider.find(refund) if leg.status == "sent" else None
        if answer is None:
            answer = await self._send(provider, refund, request)
        hit("pay.called")
        if isinstance(answer, Declined):
            return await self._decline(request, answer)
        return await self._book(request, "sent", answer.event(request.key, request.now))

    async def _send(
        self, provider: Payments, refund: RefundRequest, request: PaymentRequest
    ) -> ProviderRefund | Declined:
        """Mark the leg as sent, and send it. A first call that did not get to the provider leaves no mark."""
        at = await self._ledger.mark_sent(request)
        hit("pay.sent")
        try:
            return await provider.refund(refund)
        except NotSent:
            if refund.sent_at is None:
                await self._ledger.mark_unsent(request, at)
            raise

    async def _find_out(self, request: PaymentRequest, leg: LegRecord) -> PaymentResult:
        """Learn what became of a payment and book it. Nothing is paid, whatever is found."""
        if request.to != "provider":
            return PaymentResult(leg=request.key, outcome="unchanged")
        event = request.stated
        if event is None:
            found = await self._provider_of(request).find(_refund_request(request, leg))
            if not isinstance(found, ProviderRefund):
                return PaymentResult(leg=request.key, outcome="unchanged")
            event = found.event(request.key, request.now)
        return await self._book(request, leg.status, event)

    async def _book(
        self, request: PaymentRequest, status: LedgerStatus, event: ProviderEvent
    ) -> PaymentResult:
        """Bring the ledger to what the provider states, once. Another amount than was asked for books nothing."""
        result = PaymentResult(leg=request.key, outcome="unchanged", reference=event.reference, event=event)
        if event.amount != request.principal:
            return result.model_copy(update={"outcome": "amount_differs"})
        if event.state == "settled" and status != "released":
            return (await self._settle(request, event.reference)).model_copy(update={"event": event})
        if event.state == "accepted" and status in ("reserved", "sent"):
            # The ledger keeps the reservation until the provider has finished.
            await self._ledger.accept(request, event.reference)
            return result.model_copy(update={"outcome": "accepted"})
        if event.state == "failed":
            return await self._book_failure(request, status, result)
        return result

    async def _book_failure(
        self, request: PaymentRequest, status: LedgerStatus, result: PaymentResult
    ) -> PaymentResult:
        assert result.event is not None, "the provider stated the failure"
        reason = result.event.reason or result.event.raw_state or "failed"
        if status in ("settled", "reversed"):
            await self._ledger.reverse(request, reason)
            _posted()
            return result.model_copy(update={"outcome": "reversed", "decline": reason})
        declined = await self._decline(request, Declined(code=reason))
        return declined.model_copy(update={"event": result.event, "reference": result.reference})

    async def _decline(self, request: PaymentRequest, declined: Declined) -> PaymentResult:
        await self._ledger.release(request, declined.code)
        return PaymentResult(leg=request.key, outcome="declined", decline=declined.code, left=declined.left)

    def _provider_of(self, request: PaymentRequest) -> Payments:
        """The provider that holds the tender's money. An error is retried: another worker may know the provider."""
        provider = self._providers.get(request.provider or "")
        if provider is None:
            raise ApplicationError(f"no payment provider {request.provider!r} here", type="ProviderMissing")
        return provider

    async def _settle(self, request: PaymentRequest, reference: str) -> PaymentResult:
        bonus = await self._ledger.post(request, reference)
        _posted()
        return PaymentResult(leg=request.key, outcome="settled", reference=reference, bonus=bonus)


def _refund_request(request: PaymentRequest, leg: LegRecord) -> RefundRequest:
    assert request.payment is not None, "a leg to a provider names the provider's payment"
    return RefundRequest(
        key=payment_keys.provider_refund(request.merchant, request.key),
        merchant=request.merchant,
        order=request.order_id,
        payment=request.payment,
        amount=request.principal,
        sent_at=leg.sent_at,
        last_sent_at=leg.last_sent_at,
        goods=request.goods,
    )


def _posted() -> None:
    """A point at which tests stop the process: the ledger has the outcome, the journey does not know."""
    hit("pay.posted")
