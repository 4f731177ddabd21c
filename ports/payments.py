"""Refunds through a payment provider: one effect per key, and a look-up of what happened under a key."""

from typing import Literal, Protocol

from domain.base import Frozen
from domain.money import Money


class RefundRequest(Frozen):
    """One refund.

    key: merchant and leg key (`keys.provider_refund`), sent as the idempotency key and kept as metadata for look-ups.
    account: the merchant, so that a provider never pays back another merchant's money.
    payment: the provider's id of the captured payment.
    amount: positive.
    """

    key: str
    account: str
    payment: str
    amount: Money


class Refunded(Frozen):
    """The provider paid back.

    reference: the provider's id of the refund.
    """

    outcome: Literal["refunded"] = "refunded"
    reference: str


class Pending(Frozen):
    """The provider accepted the refund and will finish it later; `find` says when it has.

    reference: the provider's id of the refund.
    """

    outcome: Literal["pending"] = "pending"
    reference: str


class Declined(Frozen):
    """A clean refusal: nothing was paid and nothing will be paid under this key.

    left: what the payment still holds, where it holds less than was asked for and the provider says how much.
    """

    outcome: Literal["declined"] = "declined"
    code: str
    left: Money | None = None


class OutcomeUnknown(Exception):
    """No answer, or an answer that does not say whether money moved. Look up before any retry."""


class Payments(Protocol):
    """One payment provider."""

    async def refund(self, request: RefundRequest) -> Refunded | Pending | Declined:
        """Pay back once per key; the same key again gives the first answer. Raises OutcomeUnknown."""

    async def find(self, key: str) -> Refunded | Pending | Declined | None:
        """What happened under that key; None proves that nothing did. Raises OutcomeUnknown."""
