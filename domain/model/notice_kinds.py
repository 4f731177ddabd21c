"""Kinds of notices as data: how urgent each kind is, what it is about, and what may prevent its sending."""

from typing import Literal

from domain.base import Frozen

Severity = Literal["info", "normal", "urgent"]
Topic = Literal["delivery", "returns", "money", "feedback"]


class KindRule(Frozen):
    """How a kind is treated. A kind without an entry here is a normal one about the delivery.

    transactional: the answer to what the customer has just done. The customer waits for it: quiet hours do not hold
      its e-mail, it does not count toward the frequency cap, and it is never combined with others.
    required: about money or rights, or the correction of a false notice: the customer cannot unsubscribe from it,
      and neither the frequency cap nor a digest holds it.
    throttle_group: kinds of one group share the time that must pass between two notices of one parcel.
    """

    severity: Severity = "normal"
    topic: Topic = "delivery"
    transactional: bool = False
    required: bool = False
    throttle_group: Literal["", "delay"] = ""


DEFAULT_RULE = KindRule()
_ANSWER = KindRule(topic="returns", transactional=True, required=True)
_MONEY = KindRule(topic="money", transactional=True, required=True)
_DUE = KindRule(topic="money", required=True)  # about rights and money, and not an answer to anything

KINDS: dict[str, KindRule] = {
    "delayed": KindRule(throttle_group="delay"),
    "delay_corrected": KindRule(required=True),
    "follow_up": KindRule(severity="info", throttle_group="delay"),
    "pickup_reminder": KindRule(),
    "presumed_lost": KindRule(),
    "trace_opened": KindRule(severity="info"),
    "trace_closed": KindRule(required=True),  # it may explain a refund
    "parcel_found": KindRule(),
    "parcel_inquiry": KindRule(),
    "parcel_returning": KindRule(),
    "pickup_ready": KindRule(),
    "shipped": KindRule(severity="info"),
    "out_for_delivery": KindRule(),
    "delivered": KindRule(severity="info"),
    "parcel_lost": _DUE,
    "delay_option": _DUE,
    "consent_requested": _DUE,
    "goodwill_issued": _DUE,
    "money_promised": _MONEY,
    "date_broken": _DUE,
    "refund_late": _DUE,
    "refund_declined": _DUE,
    "refund_held": _DUE,
    "refund_returned": _DUE,
    "credit_expiring": _DUE,
    "claw_back_notice": _DUE,
    "claw_back_answered": _MONEY,
    "claw_back_netted": _DUE,
    "claw_back_payment": _DUE,
    "claw_back_closed": _DUE,
    "order_link": KindRule(transactional=True, required=True),  # the customer has asked for it and waits
    "withdrawal_received": _ANSWER,
    "reply": KindRule(transactional=True, required=True),
    "return_authorized": _ANSWER,
    "return_in_review": _ANSWER,
    "return_cancelled": _ANSWER,
    "return_refused": KindRule(topic="returns", required=True),
    "return_expired": KindRule(topic="returns", required=True),
    "goods_disputed": KindRule(topic="returns", required=True),
    "exchange_confirmed": _ANSWER,
    "exchange_waiting": KindRule(topic="returns", required=True),
    "exchange_held": KindRule(topic="returns", required=True),
    "exchange_sent": KindRule(topic="returns", required=True),
    "exchange_ended": KindRule(topic="returns", required=True),
    "refunded": _MONEY,
    "credit_reversed": _MONEY,
    "order_cancelled": _MONEY,
    "rest_cancelled": _MONEY,
}


def kinds_in_throttle_group(kind: str) -> tuple[str, ...]:
    """The kinds in that kind's throttle group, itself among them; none if it has no group."""
    group = KINDS.get(kind, DEFAULT_RULE).throttle_group
    return tuple(name for name, rule in KINDS.items() if group and rule.throttle_group == group)
