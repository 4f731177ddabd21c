"""Payment links of Stripe: hosted pages on which a customer pays one amount, once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from adapters.payments.stripe_amounts import NotRepresentable, from_stripe, to_stripe
from adapters.payments.stripe_refunds import Identifier
from domain.model.claw_back_request import PaidLink
from ports.payment_links import LinkRequest, PaymentPage
from ports.payments import AccountRefused, OutcomeUnknown

if TYPE_CHECKING:
    from adapters.payments.stripe import StripePayments

CLAIM: Final = "smot_claim"
"""The metadata entry of a link and of its payment that holds our key."""


class _Link(BaseModel):
    id: Identifier
    object: str
    url: str
    active: bool


class StripeSession(BaseModel):
    """The fields of a checkout session that are read."""

    id: Identifier
    object: str
    payment_status: str | None = None
    payment_intent: Identifier | None = None
    payment_link: Identifier | None = None
    amount_total: int | None = None
    currency: str | None = None
    metadata: dict[str, str] | None = None

    def paid(self) -> PaidLink | None:
        """What was paid; None while nothing is. Raises ValueError for an amount that cannot be."""
        if self.payment_status != "paid" or not self.payment_intent or not self.amount_total:
            return None
        return PaidLink(
            payment=self.payment_intent, amount=from_stripe(self.amount_total, self.currency or "")
        )


class StripeLinks:
    """The port `PaymentLinks` on Stripe, with the accounts of `StripePayments`."""

    name: Final = "stripe"

    def __init__(self, payments: "StripePayments") -> None:
        self._payments = payments

    async def open(self, request: LinkRequest) -> PaymentPage | None:
        """See the port. Stripe forgets the key after a day; a second page would then take the payment just as well."""
        from adapters.payments.stripe_client import StripeDeclined

        calls = await self._payments.calls_of(request.merchant)
        try:
            made = await calls.open_link(_link_params(request, to_stripe(request.amount)), request.key)
            link = _Link.model_validate(made)
        except (NotRepresentable, StripeDeclined):
            return None
        except ValidationError:
            raise OutcomeUnknown("a payment link that cannot be read") from None
        if link.object != "payment_link" or not link.url.startswith("https://"):
            raise OutcomeUnknown("an answer that is no payment link")
        return PaymentPage(reference=link.id, url=link.url)

    async def close(self, merchant: str, reference: str, currency: str) -> Sequence[PaidLink]:
        """See the port. The payments are those of the link's sessions."""
        from adapters.payments.stripe_client import StripeDeclined

        calls = await self._payments.calls_of(merchant)
        try:
            await calls.close_link(reference)
            sessions = [StripeSession.model_validate(one) async for one in calls.sessions_of(reference)]
            found = [one.paid() for one in sessions]
        except StripeDeclined as refusal:
            raise AccountRefused(f"the page cannot be closed: {refusal}") from None
        except (ValidationError, ValueError):
            raise OutcomeUnknown("a checkout session that cannot be read") from None
        return [one for one in found if one is not None and one.amount.currency == currency]


def _link_params(request: LinkRequest, units: int) -> dict[str, Any]:
    product = {"name": request.order[:200] or "order"}
    price = {"currency": request.amount.currency.lower(), "unit_amount": units, "product_data": product}
    return {
        "line_items": [{"quantity": 1, "price_data": price}],
        "metadata": {CLAIM: request.key},
        "payment_intent_data": {"metadata": {CLAIM: request.key}},
        "restrictions": {"completed_sessions": {"limit": 1}},
    }
