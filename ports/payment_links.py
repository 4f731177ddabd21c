"""Port: a page of a payment provider on which a customer pays one amount, once."""

from collections.abc import Sequence
from typing import Protocol

from domain.base import Frozen
from domain.model.claw_back_request import PaidLink
from domain.money import Money


class LinkRequest(Frozen):
    """A page to open.

    key: `keys.claw_back_link`, sent as the idempotency key and kept at the provider, whose webhooks name it.
    order: as the customer knows it.
    """

    key: str
    merchant: str
    order: str
    amount: Money


class PaymentPage(Frozen):
    """A page that takes the payment. reference: the provider's id of it."""

    reference: str
    url: str


class PaymentLinks(Protocol):
    """One payment provider. All raise OutcomeUnknown (`ports/payments.py`), and its AccountRefused where none can be opened."""

    async def open(self, request: LinkRequest) -> PaymentPage | None:
        """Open the page once per key; the same key again gives the same page. None where it cannot take that amount."""

    async def close(self, merchant: str, reference: str, currency: str) -> Sequence[PaidLink]:
        """Take no payment on it from now on; again is a no-op. What was paid on it until now."""
