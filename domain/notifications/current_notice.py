"""A notice as it is true at the moment it leaves (NEW-6): with the newest facts, or with the reason why it must not leave.

docs/letters.md lists every sentence of every kind with the condition under which it is said.
"""

from collections.abc import Callable

from domain.model.notice import Notice, NoticeKind
from domain.notifications import (
    choice_truth,
    claw_back_truth,
    date_truth,
    delay_truth,
    exchange_truth,
    money_truth,
    parcel_truth,
    progress_truth,
    reply_truth,
    return_truth,
)
from domain.notifications.facts import Details, Facts, Stale, known_news

Truth = Callable[[Notice, Facts], Details | Stale]

TRUTHS: dict[NoticeKind, Truth] = {
    "delayed": delay_truth.delayed,
    "delay_corrected": delay_truth.delay_corrected,
    "follow_up": delay_truth.follow_up,
    "shipped": progress_truth.shipped,
    "out_for_delivery": progress_truth.out_for_delivery,
    "delivered": progress_truth.delivered,
    "pickup_reminder": parcel_truth.pickup_reminder,
    "presumed_lost": parcel_truth.presumed_lost,
    "parcel_inquiry": parcel_truth.parcel_inquiry,
    "parcel_returning": parcel_truth.parcel_returning,
    "pickup_ready": choice_truth.pickup_ready,
    "trace_opened": parcel_truth.trace_opened,
    "trace_closed": parcel_truth.trace_closed,
    "parcel_lost": parcel_truth.parcel_lost,
    "parcel_found": parcel_truth.parcel_found,
    "consent_requested": choice_truth.consent_requested,
    "delay_option": choice_truth.consent_requested,
    "order_cancelled": money_truth.order_cancelled,
    "rest_cancelled": money_truth.rest_cancelled,
    "refunded": money_truth.refunded,
    "credit_reversed": money_truth.credit_reversed,
    "goodwill_issued": money_truth.goodwill_issued,
    "money_promised": date_truth.money_promised,
    "date_broken": date_truth.date_broken,
    "refund_late": money_truth.refund_late,
    "refund_held": money_truth.refund_held,
    "refund_returned": money_truth.refund_to_choose,
    "refund_declined": money_truth.refund_to_choose,
    "credit_expiring": money_truth.credit_expiring,
    "exchange_confirmed": exchange_truth.exchange_confirmed,
    "exchange_waiting": exchange_truth.exchange_waiting,
    "exchange_held": exchange_truth.exchange_held,
    "exchange_sent": exchange_truth.exchange_sent,
    "exchange_ended": exchange_truth.exchange_ended,
    "claw_back_notice": claw_back_truth.claw_back_notice,
    "claw_back_answered": claw_back_truth.claw_back_answered,
    "claw_back_netted": claw_back_truth.claw_back_netted,
    "claw_back_payment": claw_back_truth.claw_back_payment,
    "claw_back_closed": claw_back_truth.claw_back_closed,
    "reply": reply_truth.reply,
    "order_link": reply_truth.order_link,
    "withdrawal_received": reply_truth.withdrawal_received,
    "goods_disputed": return_truth.goods_disputed,
    **dict.fromkeys(return_truth.DECISIONS, return_truth.return_decision),
}


def current_notice(notice: Notice, facts: Facts) -> Notice | Stale:
    """The notice with the details that are true now; Stale when what it is about is over."""
    found = TRUTHS[notice.kind](notice, facts)
    if isinstance(found, Stale):
        return found
    details = {name: detail for name, detail in found.items() if name != "next_update"}
    details |= _next_update(notice, facts) | known_news(facts.state, notice.subject)
    return notice.model_copy(update={"details": details})


def _next_update(notice: Notice, facts: Facts) -> Details:
    """The time by which the customer hears from us again: of the promise that is open now, and only if it is to come."""
    if "next_update" not in notice.details:
        return {}
    follow_up = next(
        (one for one in facts.state.follow_ups if one.subject == notice.subject and one.open), None
    )
    due = facts.coming(follow_up.due if follow_up else None)
    return {"next_update": due} if due else {}
