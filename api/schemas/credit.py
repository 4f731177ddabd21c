"""Bodies and answers of the routes of store credit."""

from typing import Annotated, Literal

from pydantic import Field

from api.http.problems import Problem
from api.http.reasons import reason_views
from api.schemas.orders import invalid_body
from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier
from domain.money import Money
from domain.reasons import Reason, Violation
from domain.text import IsText
from services.credit import CreditView, Direction, RedemptionRecord, StepResult

MAX_HOLD_MINUTES = 30 * 24 * 60
DEFAULT_HOLD_MINUTES = 60


class StoreCreditList(Frozen):
    """A customer's store credit, one entry per currency."""

    items: tuple[CreditView, ...]
    """One entry per currency."""
    next: None = None
    """Always null: all are here."""


class NewRedemption(Frozen):
    """Store credit that the customer spends. A repetition with the same reference has the same answer."""

    reference: Identifier
    """The shop's own id of what is paid for; credit is taken once per reference."""
    amount: Money
    """How much is spent."""
    capture: Literal["automatic", "manual"] = "automatic"
    """`manual`: the credit is only authorized. Capture it or void it; else it is the customer's again after `hold_minutes`."""
    hold_minutes: Annotated[int, Field(strict=True, ge=1, le=MAX_HOLD_MINUTES)] = DEFAULT_HOLD_MINUTES
    """For how long credit is authorized; 30 days at most. Without meaning where `capture` is `automatic`."""


class RedemptionView(Frozen):
    """Credit that was spent, or is authorized for a checkout."""

    reference: str
    """The shop's own id of what was paid for."""
    status: Literal["authorized", "captured", "voided", "expired"]
    """`expired`: the authorization was neither captured nor voided in time."""
    amount: Money
    """How much was authorized, or spent at once."""
    captured: Money
    """How much of it was taken. The remainder of a capture is the customer's again."""
    refunded: Money
    """How much of what was taken came back as credit."""
    expires_at: Instant | None
    """Until when an authorization can be captured; null for what was taken at once."""


class NewRedemptionView(RedemptionView):
    """Credit that was spent or authorized, and what is left."""

    remaining: Money
    """What the customer can still spend in that currency."""


class CreditCapture(Frozen):
    """How much of the authorized credit is taken. It can be captured once; the remainder is the customer's again."""

    amount: Money | None = None
    """Null or left out for all of it."""


class CreditRefund(Frozen):
    """Credit that the customer spent and gets back. A repetition with the same reference has the same answer."""

    reference: Identifier
    """The shop's own id of the refund; credit comes back once per reference."""
    amount: Money
    """How much comes back."""


class CreditAdjustment(Frozen):
    """Credit that staff give or take. A repetition with the same reference has the same answer."""

    reference: Identifier
    """Your own id of the adjustment; each adjusts once."""
    direction: Direction
    """`increase` gives credit, `decrease` takes it: all of the amount, or it is refused."""
    amount: Money
    """How much, above zero."""
    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """Kept in the audit log, encrypted for the customer."""
    order: Identifier | None = None
    """The order that it is about, by either id. Required where the credit expires: letters about the expiry name it."""
    valid_days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = None
    """For how long credit that is given can be spent; null for ever."""

    def check(self) -> None:
        """Raises Problem invalid_body for what no adjustment can be."""
        require_positive(self.amount)
        if self.valid_days is not None and self.direction == "decrease":
            raise invalid_body([("only_credit_that_is_given_expires", "/valid_days")])
        if self.valid_days is not None and self.order is None:
            raise invalid_body([("missing", "/order")])


class CreditAdjusted(Frozen):
    """Credit that was given or taken."""

    reference: str
    """Your own id of the adjustment."""
    direction: Direction
    """Whether it was given or taken."""
    amount: Money
    """How much."""
    remaining: Money
    """What the customer can spend now in that currency."""


class CreditClaimLink(Frozen):
    """A guest's way to their credit, for the shop to put into a link of its own."""

    token: str
    """Send it back with the customer who is logged in. It names no person, and is used once."""
    expires_at: Instant
    """Until when it can be used."""


class CreditClaim(Frozen):
    """A guest's credit becomes the credit of the customer who is logged in."""

    token: Annotated[str, Field(min_length=1, max_length=2000)]
    """The token of the link."""
    customer: Identifier
    """The shop's own id of the customer who is logged in."""


def require_positive(amount: Money, pointer: str = "/amount/minor") -> None:
    """Raises Problem invalid_body for an amount of zero or below."""
    if amount.minor <= 0:
        raise invalid_body([("not_positive", pointer)])


def redemption_view(record: RedemptionRecord) -> RedemptionView:
    """The redemption as callers see it."""
    return RedemptionView(amount=record.authorized, **record.model_dump(exclude={"authorized"}))


def view_of_step(done: StepResult, requested: Money | None = None) -> RedemptionView:
    """The redemption after a step. Raises Problem not_found, refused and redemption_conflict."""
    if done.record is None:
        raise Problem("not_found")
    if done.outcome == "conflict":
        raise Problem("redemption_conflict")
    if done.outcome == "closed":
        raise refusal(Reason.REDEMPTION_CLOSED, status=done.record.status)
    if done.outcome == "too_much":
        record = done.record
        left = record.authorized if record.status == "authorized" else record.captured - record.refunded
        asked = requested or left
        raise refusal(
            Reason.MORE_THAN_REDEEMED,
            requested=asked.minor,
            currency=asked.currency,
            left=left.minor,
            left_currency=left.currency,
        )
    return redemption_view(done.record)


def refusal(reason: Reason, **details: str | int) -> Problem:
    """The problem of what the rules of store credit refuse."""
    return Problem("refused", reasons=reason_views([Violation(code=reason, details=details)]))
