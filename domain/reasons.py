"""Reasons why a command is refused or needs a person: codes with their facts, never prose to be parsed."""

from enum import StrEnum
from typing import Literal

from domain.base import Frozen
from domain.clock import MAX_WAIT


class Reason(StrEnum):
    """Every reason that a rule may give. The value is the stable code of the API."""

    ORDER_CANCELLED = "order_cancelled"
    ORDER_SHIPPED = "order_shipped"
    ORDER_HANDED_OVER = "order_handed_over"
    NOTHING_DELIVERED = "nothing_delivered"
    NO_ITEMS = "no_items"
    LINE_NOT_IN_ORDER = "line_not_in_order"
    UNITS_UNAVAILABLE = "units_unavailable"
    UNITS_ALREADY_SHIPPED = "units_already_shipped"
    OUTSIDE_WINDOW = "outside_window"
    FINAL_SALE = "final_sale"
    POLICY_DENIES = "policy_denies"
    POLICY_NEEDS_REVIEW = "policy_needs_review"
    NOT_RETURNABLE = "not_returnable"
    NO_WITHDRAWAL_RIGHT = "no_withdrawal_right"
    REASON_UNKNOWN = "reason_unknown"
    RESOLUTION_NOT_OFFERED = "resolution_not_offered"
    VALUE_NEEDS_REVIEW = "value_needs_review"
    NO_LIMIT_IN_CURRENCY = "no_limit_in_currency"
    REFUND_AMOUNT_UNKNOWN = "refund_amount_unknown"
    RISK_NEEDS_REVIEW = "risk_needs_review"
    LINE_EXISTS = "line_exists"
    ORDER_TOO_LARGE = "order_too_large"
    TENDER_EXISTS = "tender_exists"
    TENDER_UNKNOWN = "tender_unknown"
    ALREADY_CAPTURED = "already_captured"
    MORE_THAN_DUE = "more_than_due"
    QUOTE_EXPIRED = "quote_expired"
    QUOTE_STALE = "quote_stale"
    TOO_MANY_RETURNS = "too_many_returns"
    TOO_MANY_PARCELS = "too_many_parcels"
    RETURN_UNKNOWN = "return_unknown"
    RETURN_CLOSED = "return_closed"
    RETURN_UNDER_WAY = "return_under_way"
    RETURN_IN_REVIEW = "return_in_review"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    CODE_REVOKED = "code_revoked"
    NOT_EXPECTED = "not_expected"
    RECEIPT_UNKNOWN = "receipt_unknown"
    ALREADY_RESTOCKED = "already_restocked"
    NOTHING_TO_RESTOCK = "nothing_to_restock"
    PARCEL_UNKNOWN = "parcel_unknown"
    PARCEL_ALREADY_REGISTERED = "parcel_already_registered"
    NOTHING_TO_OVERRIDE = "nothing_to_override"
    ROLE_TOO_LOW = "role_too_low"
    APPROVAL_NEEDED = "approval_needed"
    DISPUTE_UNKNOWN = "dispute_unknown"
    NOTHING_TO_ASSIGN = "nothing_to_assign"
    TOO_MANY_DISPUTES = "too_many_disputes"
    CURRENCY_DIFFERS = "currency_differs"
    STATE_CHANGED = "state_changed"
    MONEY_ALREADY_SENT = "money_already_sent"
    INSUFFICIENT_CREDIT = "insufficient_credit"
    REDEMPTION_CLOSED = "redemption_closed"
    MORE_THAN_REDEEMED = "more_than_redeemed"
    CLAIM_LINK_UNUSABLE = "claim_link_unusable"
    NOTHING_TO_WAIT_FOR = "nothing_to_wait_for"
    CONSENT_OPEN = "consent_open"
    CONSENT_UNKNOWN = "consent_unknown"
    CONSENT_CLOSED = "consent_closed"
    DATE_NOT_LATER = "date_not_later"
    DEADLINE_PASSED = "deadline_passed"
    TOO_LONG = "too_long"
    TOO_MANY_CONSENTS = "too_many_consents"
    PARCEL_UNDER_WAY = "parcel_under_way"
    PARCEL_LOST = "parcel_lost"
    TRACE_OPEN = "trace_open"
    TRACE_CLOSED = "trace_closed"
    NOTHING_TO_CHOOSE = "nothing_to_choose"
    NOTHING_TO_HAND_OVER = "nothing_to_hand_over"
    OTHER_FULFILMENT = "other_fulfilment"
    CONTENTS_UNKNOWN = "contents_unknown"
    CLAW_BACK_UNKNOWN = "claw_back_unknown"
    QUESTION_UNKNOWN = "question_unknown"
    QUESTION_NEEDS_ANSWER = "question_needs_answer"
    ALREADY_PLANNED = "already_planned"
    TOO_MANY_PLANNED = "too_many_planned"
    NOTHING_TO_UNDO = "nothing_to_undo"
    TOO_MANY_REPLIES = "too_many_replies"
    TOO_MANY_MESSAGES = "too_many_messages"
    EXCHANGE_NOT_OFFERED = "exchange_not_offered"
    EXCHANGE_CLOSED = "exchange_closed"
    ARTICLE_UNKNOWN = "article_unknown"
    OUT_OF_STOCK = "out_of_stock"


WAIVABLE = frozenset(
    {
        Reason.OUTSIDE_WINDOW,
        Reason.FINAL_SALE,
        Reason.POLICY_DENIES,
        Reason.POLICY_NEEDS_REVIEW,
        Reason.NOT_RETURNABLE,
        Reason.NO_WITHDRAWAL_RIGHT,
        Reason.VALUE_NEEDS_REVIEW,
        Reason.NO_LIMIT_IN_CURRENCY,
        Reason.REFUND_AMOUNT_UNKNOWN,
        Reason.RISK_NEEDS_REVIEW,
    }
)
"""Reasons that an agent may overrule by giving a reason. The others are arithmetic or already history."""

NEEDS_AGENT = frozenset(
    {
        Reason.POLICY_NEEDS_REVIEW,
        Reason.VALUE_NEEDS_REVIEW,
        Reason.NO_LIMIT_IN_CURRENCY,
        Reason.REFUND_AMOUNT_UNKNOWN,
        Reason.RISK_NEEDS_REVIEW,
    }
)
"""Reasons that do not refuse a command but wait for an agent, with a deadline and a default."""


class Violation(Frozen):
    """One reason with its facts, e.g. `units_unavailable` {line: "1", requested: 2, remaining: 1}."""

    code: Reason
    """The stable code of the reason."""
    details: dict[str, str | int] = {}
    """The facts, by name."""


def too_long() -> Violation:
    """A wait that would be longer than `MAX_WAIT` in all."""
    return Violation(code=Reason.TOO_LONG, details={"max_days": MAX_WAIT.days})


class CommandResult(Frozen):
    """The result of a command: accepted, refused with all reasons, or left to an agent.

    subject: the return or parcel that the command concerned.
    seq: the version of the order that holds the effect.
    repeated: it had its effect before, by another command.
    """

    verdict: Literal["accepted", "refused", "needs_agent"]
    reasons: tuple[Violation, ...] = ()
    subject: str = ""
    seq: int = 0
    repeated: bool = False


def accepted(subject: str = "") -> CommandResult:
    return CommandResult(verdict="accepted", subject=subject)


def refused(*reasons: Violation) -> CommandResult:
    return CommandResult(verdict="refused", reasons=reasons)
