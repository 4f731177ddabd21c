"""Paying one leg: hold it, ask whether it already happened, pay, and write down what came of it."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat
from domain import keys
from domain.payments.payment_results import PaymentResult
from failpoints.points import hit
from ports.ledger import Ledger, NotCovered, PaymentRequest
from ports.payments import Declined, OutcomeUnknown, Payments, Refunded, RefundRequest


class PaymentActivities:
    """The one effect of a journey that money depends on. May run any number of times: the money moves once."""

    def __init__(self, ledger: Ledger, payments: Payments) -> None:
        self._ledger = ledger
        self._payments = payments

    @activity.defn
    async def pay_leg(self, request: PaymentRequest) -> PaymentResult:
        """Settle or decline the leg. Raises ApplicationError "OutcomeUnknown" (retryable) while nobody can say which."""
        async with heartbeat():
            return await self._pay_once(request)

    async def _pay_once(self, request: PaymentRequest) -> PaymentResult:
        try:
            leg = await self._ledger.reserve(request)
            hit("pay.reserved")
            if leg.status == "settled":
                return PaymentResult(leg=request.key, outcome="settled", reference=leg.reference)
            if leg.status == "released":
                return PaymentResult(leg=request.key, outcome="declined", decline=leg.decline)
            if request.to != "provider":
                return await self._settle(request, request.key)
            return await self._pay(request, maybe_paid=leg.status == "sent")
        except NotCovered:
            return PaymentResult(leg=request.key, outcome="declined", decline="not_covered")
        except OutcomeUnknown as silence:
            raise ApplicationError(str(silence), type="OutcomeUnknown") from silence

    async def _pay(self, request: PaymentRequest, *, maybe_paid: bool) -> PaymentResult:
        """Pay at the provider. What may have been paid is looked up first, at any age: providers forget keys after a day.

        Within that day the same key also covers a first call that is still on its way while the look-up finds nothing.
        """
        assert request.payment is not None, "a leg to a provider names the provider's payment"
        key = keys.provider_refund(request.merchant, request.key)
        refund = RefundRequest(
            key=key, account=request.merchant, payment=request.payment, amount=request.principal
        )
        answer: Refunded | Declined | None = await self._payments.find(refund.key) if maybe_paid else None
        if answer is None:
            await self._ledger.mark_sent(request)
            hit("pay.sent")
            answer = await self._payments.refund(refund)
        hit("pay.called")
        if isinstance(answer, Refunded):
            return await self._settle(request, answer.reference)
        await self._ledger.release(request, answer.code)
        return PaymentResult(leg=request.key, outcome="declined", decline=answer.code)

    async def _settle(self, request: PaymentRequest, reference: str) -> PaymentResult:
        await self._ledger.post(request, reference)
        hit("pay.posted")
        return PaymentResult(leg=request.key, outcome="settled", reference=reference)
