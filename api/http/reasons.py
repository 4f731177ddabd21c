"""Reasons of the rules as callers read them: the code, what it means, and the facts of the case."""

from collections.abc import Iterable, Mapping
from typing import Final

from domain.base import Frozen
from domain.reasons import Reason, Violation

SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.ORDER_CANCELLED: "The order is cancelled.",
    Reason.ORDER_SHIPPED: "The order, or a part of it, has left the warehouse.",
    Reason.ORDER_HANDED_OVER: "The customer has goods of this order already.",
    Reason.NOTHING_DELIVERED: "Nothing of this order has arrived yet.",
    Reason.NO_ITEMS: "No items were named.",
    Reason.LINE_NOT_IN_ORDER: "The order has no such line.",
    Reason.UNITS_UNAVAILABLE: "Fewer units of the line are left than were requested.",
    Reason.UNITS_ALREADY_SHIPPED: "Fewer units of the line are unshipped than were named.",
    Reason.OUTSIDE_WINDOW: "The time in which it could be returned is over.",
    Reason.FINAL_SALE: "It was sold without a right to return it.",
    Reason.POLICY_DENIES: "The shop does not take it back: a row of its policy says so.",
    Reason.POLICY_NEEDS_REVIEW: "A row of the shop's policy leaves it to a person.",
    Reason.NOT_RETURNABLE: "Goods of this kind cannot come back.",
    Reason.NO_WITHDRAWAL_RIGHT: "The law of the destination gives no right to withdraw from the contract.",
    Reason.REASON_UNKNOWN: "The merchant's policy has no such reason for a return.",
    Reason.RESOLUTION_NOT_OFFERED: "The merchant's policy does not offer that resolution.",
    Reason.VALUE_NEEDS_REVIEW: "The refund is above what is paid without a person's decision.",
    Reason.NO_LIMIT_IN_CURRENCY: "The policy has no limit in the order's currency, so a person decides.",
    Reason.LINE_EXISTS: "The order has a line with that id.",
    Reason.ORDER_TOO_LARGE: "With what is added it would be more than an order can have.",
    Reason.TENDER_EXISTS: "The order has a tender with that id.",
    Reason.TENDER_UNKNOWN: "The order has no such tender.",
    Reason.ALREADY_CAPTURED: "The tender was captured before, with other details.",
    Reason.MORE_THAN_DUE: "It is more than is to be paid with that tender, or in another currency.",
    Reason.REFUND_AMOUNT_UNKNOWN: "The storefront paid back an unknown amount for unnamed units, so a person decides.",
    Reason.RISK_NEEDS_REVIEW: "A person looks at the return first.",
    Reason.QUOTE_EXPIRED: "The quote no longer binds; request a new one.",
    Reason.QUOTE_STALE: "The order has changed since the quote; request a new one.",
    Reason.TOO_MANY_RETURNS: "The order has the greatest number of returns.",
    Reason.TOO_MANY_PARCELS: "The order has the greatest number of parcels.",
    Reason.RETURN_UNKNOWN: "The order has no such return.",
    Reason.RETURN_CLOSED: "The return has ended.",
    Reason.RETURN_UNDER_WAY: "A return is under way, or its goods have arrived.",
    Reason.RETURN_IN_REVIEW: "A person has to decide about the return first.",
    Reason.CODE_USED: "The code was used already.",
    Reason.CODE_EXPIRED: "The code has expired.",
    Reason.CODE_REVOKED: "The code was withdrawn.",
    Reason.NOT_EXPECTED: "The return expects no goods.",
    Reason.RECEIPT_UNKNOWN: "The return has no receipt of that number.",
    Reason.ALREADY_RESTOCKED: "The goods went back to stock already.",
    Reason.NOTHING_TO_RESTOCK: "There are no such goods, or no article is known that stock could count.",
    Reason.PARCEL_UNKNOWN: "The order has no such parcel.",
    Reason.PARCEL_ALREADY_REGISTERED: "The order has this parcel already, with other details.",
    Reason.NOTHING_TO_OVERRIDE: "Nothing in the present state can be overruled in that way.",
    Reason.ROLE_TOO_LOW: "It needs a role with more rights.",
    Reason.APPROVAL_NEEDED: "It is above your limit: another person has to approve it first.",
    Reason.STATE_CHANGED: "It has changed since it was read.",
    Reason.MONEY_ALREADY_SENT: "The money has left already.",
    Reason.INSUFFICIENT_CREDIT: "The customer has less store credit than that.",
    Reason.REDEMPTION_CLOSED: "The payment with store credit has ended, or was not captured.",
    Reason.MORE_THAN_REDEEMED: "It is more than is left of the payment with store credit, or in another currency.",
    Reason.CLAIM_LINK_UNUSABLE: "The link was changed, has ended, or was used for another customer.",
    Reason.NOTHING_TO_WAIT_FOR: "Everything has left, so there is nothing to wait for.",
    Reason.CONSENT_OPEN: "The customer has such a question already.",
    Reason.CONSENT_UNKNOWN: "The order has no such question.",
    Reason.CONSENT_CLOSED: "The question is answered, or no longer open.",
    Reason.DATE_NOT_LATER: "The date is not later than the one before.",
    Reason.DEADLINE_PASSED: "The deadline lies in the past.",
    Reason.TOO_LONG: "It would wait for longer than is possible.",
    Reason.TOO_MANY_CONSENTS: "The order has the greatest number of such questions.",
    Reason.PARCEL_UNDER_WAY: "The parcel is not expected to have arrived yet.",
    Reason.PARCEL_LOST: "The parcel counts as lost already.",
    Reason.TRACE_OPEN: "The carrier traces the parcel already.",
    Reason.TRACE_CLOSED: "The parcel was traced before; a person of the shop decides.",
    Reason.DISPUTE_UNKNOWN: "The order has no such dispute.",
    Reason.NOTHING_TO_ASSIGN: "Only a lost dispute of which it is not known what it paid for waits for that.",
    Reason.TOO_MANY_DISPUTES: "The order has as many disputes as an order can have.",
    Reason.CURRENCY_DIFFERS: "The amount is not in the order's currency.",
    Reason.NOTHING_TO_CHOOSE: "There is no such choice for the parcel now.",
    Reason.NOTHING_TO_HAND_OVER: "Everything was handed over already.",
    Reason.OTHER_FULFILMENT: "The line reaches the customer in another way.",
    Reason.CONTENTS_UNKNOWN: "It is not known what the parcel holds.",
    Reason.CLAW_BACK_UNKNOWN: "The order has no such claim.",
    Reason.QUESTION_UNKNOWN: "The order has no such open question.",
    Reason.QUESTION_NEEDS_ANSWER: "Money or goods depend on the answer, so it is answered and not closed.",
    Reason.EXCHANGE_NOT_OFFERED: "An exchange cannot be offered here; `why` says what is missing.",
    Reason.EXCHANGE_CLOSED: "The return has no exchange to which this can still happen.",
    Reason.ARTICLE_UNKNOWN: "The shop has no such article.",
    Reason.OUT_OF_STOCK: "The shop has fewer of the article than that.",
    Reason.ALREADY_PLANNED: "The same is planned already and waits for its time to be taken back.",
    Reason.TOO_MANY_PLANNED: "Too many commands of the order wait for their time.",
    Reason.NOTHING_TO_UNDO: "It has happened, or was taken back: there is nothing left to undo.",
    Reason.TOO_MANY_REPLIES: "The customer was sent the greatest number of replies for today.",
    Reason.TOO_MANY_MESSAGES: "The shop was sent the greatest number of messages about the order for today.",
}


class ReasonView(Frozen):
    """One reason why the rules refuse it, or leave it to a person."""

    code: Reason
    """What programs decide by; its meaning never changes."""
    sentence: str
    """What the code means, for people."""
    details: dict[str, str | int]
    """The facts of the case by name, such as `requested: 2, remaining: 1`."""


def reason_views(reasons: Iterable[Violation]) -> tuple[ReasonView, ...]:
    """The reasons with their sentences."""
    return tuple(
        ReasonView(code=one.code, sentence=SENTENCES[one.code], details=one.details) for one in reasons
    )
