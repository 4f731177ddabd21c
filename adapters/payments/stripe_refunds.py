"""A refund and a dispute as Stripe's objects state them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, StringConstraints

from adapters.payments.stripe_amounts import NotRepresentable, from_stripe
from domain.clock import Instant
from domain.model.dispute import DisputeState
from domain.money import Money
from ports.payments import ProviderDispute, ProviderRefund, ProviderState

LEG: Final = "smot_leg"
"""The metadata entry that holds our key."""
ORDER: Final = "smot_order"
"""The metadata entry that holds the shop's id of the order, for people who read the Stripe dashboard."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=255)]
RefundId = Annotated[str, StringConstraints(pattern=r"^(re|pyr)_[A-Za-z0-9_]{1,240}$")]
Seconds = Annotated[int, Field(ge=631_152_000, le=4_102_444_800)]  # 1990 to 2100
Short = Annotated[str, StringConstraints(max_length=200)]

_STATES: Final[Mapping[str, ProviderState]] = {
    "succeeded": "settled",
    "failed": "failed",
    "canceled": "failed",
}
"""The others, `pending` and `requires_action`, and any that is new, are not final: the refund exists and may still pay."""


class StripeRefund(BaseModel):
    """The fields of a refund that are read."""

    id: RefundId
    object: Literal["refund"]
    amount: Annotated[int, Field(gt=0, strict=True)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")]
    charge: Identifier | None = None
    payment_intent: Identifier | None = None
    created: Seconds
    metadata: dict[str, str] | None = None
    status: Short | None = None
    pending_reason: Short | None = None
    failure_reason: Short | None = None
    destination_details: dict[str, Any] | None = None


def provider_refund(refund: StripeRefund, at: Instant | None, asked: str = "") -> ProviderRefund:
    """The refund in the port's words.

    at: since when it is in this state, where that is known.
    asked: the id of the payment that was asked for, which may be the charge's or the payment intent's.
    Raises ValueError for an amount that cannot be.
    """
    names = [name for name in (refund.payment_intent, refund.charge) if name]
    if not names:
        raise ValueError("a refund of no payment")
    payment = asked if asked in names else names[0]
    return ProviderRefund(
        reference=refund.id,
        key=(refund.metadata or {}).get(LEG, ""),
        payment=payment,
        payment_alias=next((name for name in names if name != payment), ""),
        amount=from_stripe(refund.amount, refund.currency),
        state=_STATES.get(refund.status or "", "accepted"),
        raw_state=refund.status or "",
        reason=refund.failure_reason or refund.pending_reason or "",
        bank_reference=_bank_reference(refund.destination_details or {}),
        at=at,
    )


def created_at(refund: StripeRefund) -> Instant:
    """When the refund was made."""
    return instant(refund.created)


def instant(seconds: int) -> Instant:
    """A time as Stripe writes it."""
    return datetime.fromtimestamp(seconds, UTC)


def _bank_reference(details: Mapping[str, Any]) -> str:
    """The reference (ARN) that stands under the name of the payment method, once it is there."""
    method = details.get(str(details.get("type")))
    reference = method.get("reference") if isinstance(method, dict) else None
    return reference if isinstance(reference, str) and len(reference) <= 100 else ""


class _EvidenceDetails(BaseModel):
    due_by: Seconds | None = None


class _BalanceTransaction(BaseModel):
    """What a dispute moved on the account's balance, in the currency of the balance; negative where it was taken."""

    amount: Annotated[int, Field(strict=True)]
    fee: Annotated[int, Field(strict=True)] = 0
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")] | None = None


class _Card(BaseModel):
    case_type: Short | None = None


class _MethodDetails(BaseModel):
    card: _Card | None = None


class StripeDisputeObject(BaseModel):
    """The fields of a dispute that are read."""

    id: Identifier
    object: Literal["dispute"]
    amount: Annotated[int, Field(ge=0, strict=True)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")]
    charge: Identifier
    payment_intent: Identifier | None = None
    reason: Short = ""
    status: Short
    evidence_details: _EvidenceDetails | None = None
    balance_transactions: Annotated[list[_BalanceTransaction], Field(max_length=20)] = []
    payment_method_details: _MethodDetails | None = None


def provider_dispute(dispute: StripeDisputeObject, at: Instant) -> ProviderDispute:
    """The dispute in the port's words. Raises ValueError for an amount that cannot be."""
    due_by = dispute.evidence_details and dispute.evidence_details.due_by
    return ProviderDispute(
        reference=dispute.id,
        payment=dispute.payment_intent or dispute.charge,
        payment_alias=dispute.charge if dispute.payment_intent else "",
        amount=from_stripe(dispute.amount, dispute.currency),
        fee=_fee(dispute.balance_transactions),
        state=_dispute_state(dispute),
        raw_state=dispute.status,
        reason=dispute.reason,
        respond_by=instant(due_by) if due_by else None,
        at=at,
    )


_DISPUTE_STATES: Final[Mapping[str, DisputeState]] = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "warning_closed": "withdrawn",
    "needs_response": "needs_response",
    "appeal_needs_response": "needs_response",
    "under_review": "under_review",
    "appeal_under_review": "under_review",
    "won": "won",
    "lost": "lost",
}


def _dispute_state(dispute: StripeDisputeObject) -> DisputeState:
    """A dispute that was prevented has either paid the customer back or moved nothing: the balance says which.

    What neither says, and a word that is new, is left to a person.
    """
    if dispute.status != "prevented":
        return _DISPUTE_STATES.get(dispute.status, "unclear")
    if sum(one.amount for one in dispute.balance_transactions) < 0:
        return "lost"
    card = dispute.payment_method_details.card if dispute.payment_method_details else None
    is_blocked = card is not None and card.case_type == "block"
    return "withdrawn" if is_blocked and not dispute.balance_transactions else "unclear"


def _fee(moved: Sequence[_BalanceTransaction]) -> Money | None:
    """All fees together, where the balance states them in one currency."""
    currencies = {one.currency for one in moved}
    if len(currencies) != 1 or (currency := currencies.pop()) is None:
        return None
    units = sum(one.fee for one in moved)
    try:
        return from_stripe(units, currency) if units >= 0 else None
    except NotRepresentable:
        return None
