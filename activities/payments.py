"""Paying one leg: hold it, ask whether it already happened, pay, and write down what came of it."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import pulse
from domain.outcomes import LegOutcome
from ports.failpoints import hit
from ports.ledger import Ledger, LegAsk, NotCovered
from ports.payments import Declined, Payments, RefundAsk, Refunded, Unanswered


class PaymentActivities:
    """The one effect of a journey that money depends on. May run any number of times: the money moves once."""

    def __init__(self, ledger: Ledger, payments: Payments) -> None:
        self._ledger = ledger
        self._payments = payments

    @activity.defn
    async def pay_leg(self, ask: LegAsk) -> LegOutcome:
        """Settle or decline the leg. Raises ApplicationError "Unanswered" (retryable) while nobody can say which."""
        async with pulse():
            return await self._pay_once(ask)

    async def _pay_once(self, ask: LegAsk) -> LegOutcome:
        try:
            leg = await self._ledger.reserve(ask)
            hit("pay.reserved")
            if leg.status == "settled":
                return LegOutcome(leg=ask.key, outcome="settled", reference=leg.reference)
            if leg.status == "released":
                return LegOutcome(leg=ask.key, outcome="declined", decline=leg.decline)
            if ask.to != "provider":
                return await self._settle(ask, ask.key)
            return await self._pay(ask, maybe_paid=leg.status == "sent")
        except NotCovered:
            return LegOutcome(leg=ask.key, outcome="declined", decline="not_covered")
        except Unanswered as silence:
            raise ApplicationError(str(silence), type="Unanswered") from silence

    async def _pay(self, ask: LegAsk, *, maybe_paid: bool) -> LegOutcome:
        """Pay at the provider. What may have been paid is looked up first, at any age: providers forget keys after a day.

        Within that day the same key also covers a first call that is still on its way while the look-up finds nothing.
        """
        assert ask.payment is not None, "a leg to a provider names the provider's payment"
        key = f"{ask.merchant}/{ask.key}"
        refund = RefundAsk(key=key, account=ask.merchant, payment=ask.payment, amount=ask.principal)
        answer: Refunded | Declined | None = await self._payments.find(refund.key) if maybe_paid else None
        if answer is None:
            await self._ledger.sent(ask)
            hit("pay.sent")
            answer = await self._payments.refund(refund)
        hit("pay.called")
        if isinstance(answer, Refunded):
            return await self._settle(ask, answer.reference)
        await self._ledger.release(ask, answer.code)
        return LegOutcome(leg=ask.key, outcome="declined", decline=answer.code)

    async def _settle(self, ask: LegAsk, reference: str) -> LegOutcome:
        await self._ledger.post(ask, reference)
        hit("pay.posted")
        return LegOutcome(leg=ask.key, outcome="settled", reference=reference)
