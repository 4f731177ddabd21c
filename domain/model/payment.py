"""The payment of one leg: the input and the result of the payment step."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.provider_event import ProviderEvent
from domain.money import Money

Purpose = Literal["refund", "store_credit", "reversal", "claim_refund", "goodwill", "external", "dispute"]
"""claim_refund: what the customer paid for a claim goes back, because the goods came after all."""
TAKES_BACK: frozenset[Purpose] = frozenset({"reversal"})
"""Purposes that take store credit back."""
MOVED_OUTSIDE: frozenset[Purpose] = frozenset({"external", "dispute"})
"""Purposes whose money has moved without us: paid back in the storefront, or by a bank after a dispute."""
RefundedTo = Literal["provider", "credit", "by_hand"]
PaidTo = Literal["provider", "credit", "by_hand", "external", "bank"]
"""Where a leg's money goes.

provider: back through the payment provider that captured it.
credit: to the customer's store credit.
by_hand: a person pays it, as by a bank transfer, and says so.
external: it has moved already, outside this system, and is only entered in the ledger.
bank: the customer's bank has paid it after a dispute; it is only entered in the ledger.
"""


class ReturnedGoods(Frozen):
    """The units of a return for which a payment is the only one at its provider."""

    return_id: str
    units: dict[str, int]
    """How many units of each line of the order."""


class PaymentRequest(Frozen):
    """One leg to pay.

    key: unique per merchant.
    purpose: those of `TAKES_BACK` take store credit back, every other one pays out.
    order_id: the merchant's own id of the order.
    payment, provider: the payment with which the tender was captured, and the provider that holds it; None for
      tenders that no provider holds.
    principal, bonus: the part of the tender's amount that goes back, and what the merchant adds.
    credit_days: how long the bonus of store credit is valid; None for ever.
    now: business time, for ledger entries and the expiry of credit.
    replaces: the key under which it was paid before and came back; its reserved money pays this one.
    lookup_only: only learn what became of it and book that; nothing is paid.
    stated: what the provider has stated about it by itself; the look-up takes that instead of asking.
    goods: what it is paid for, where it alone pays for it at its provider: a storefront then shows both together.
    """

    merchant: str
    order: str
    order_id: str
    customer: str
    key: str
    occasion: str
    purpose: Purpose
    tender_id: str
    to: PaidTo
    payment: str | None
    provider: str | None
    principal: Money
    bonus: Money
    credit_days: int | None
    now: Instant
    replaces: str = ""
    lookup_only: bool = False
    stated: ProviderEvent | None = None
    goods: ReturnedGoods | None = None


Outcome = Literal["settled", "declined", "accepted", "reversed", "unknown", "amount_differs", "unchanged"]


class PaymentResult(Frozen):
    """The outcome of the payment step for one leg key.

    accepted: the provider accepted the payment and will finish it later; `reference` is its id there.
    reversed: it was paid, and the money came back later.
    unknown: the outcome was not known within the time of the step.
    amount_differs: the provider states another amount for it; nothing was booked.
    unchanged: a look-up found nothing new.
    event: what the provider stated.
    bonus: of a settled leg, the bonus that moved: of one that is taken back, what had not expired.
    left: what the payment still holds, where the provider declined because it is less than the principal.
    """

    leg: str
    outcome: Outcome
    reference: str = ""
    decline: str = ""
    bonus: Money | None = None
    left: Money | None = None
    event: ProviderEvent | None = None
