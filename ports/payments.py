"""Paying back through a payment provider: one effect per key, and a way to ask what happened."""

from typing import Literal, Protocol

from domain.base import Frozen
from domain.money import Money


class RefundRequest(Frozen):
    """`key` is the leg's business key: sent as the idempotency key and kept as metadata for look-ups.

    `account`: the merchant, so that a provider never pays back another merchant's money. `payment`: the provider's id of
    the captured payment. `amount`: positive.
    """

    key: str
    account: str
    payment: str
    amount: Money


class Refunded(Frozen):
    """The provider paid back; `reference` is the provider's id of the refund."""

    outcome: Literal["refunded"] = "refunded"
    reference: str


class Declined(Frozen):
    """A clean no: nothing was and nothing will be paid under this key."""

    outcome: Literal["declined"] = "declined"
    code: str


class OutcomeUnknown(Exception):
    """No answer, or one that does not say whether money moved: look up before any retry."""


class Payments(Protocol):
    async def refund(self, request: RefundRequest) -> Refunded | Declined:
        """Pay back once per key; the same key again gives the first answer. Raises Unanswered."""

    async def find(self, key: str) -> Refunded | None:
        """What happened under that key; None proves that nothing did. Raises Unanswered."""
