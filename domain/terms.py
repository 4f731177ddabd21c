"""The terms of one order: what its merchant's policy meant on the day it was placed, frozen (RMA-2)."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field

from domain.base import Fact
from domain.clock import Instant
from domain.money import Money
from domain.orders import Order, TenderKind

Days = Annotated[int, Field(ge=0, le=3650)]
Hours = Annotated[int, Field(ge=0, le=24 * 365)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class DelayTerms(Fact):
    """When a delay is worth telling. All in hours before or after the promise.

    `at_risk`: from then a silent parcel is told as late. `trouble`: the same for one with an exception or failed attempt.
    `silent`: that long without a scan is silence. `tolerance`: a carrier's estimate may pass the promise by this much.
    `slip`: a further estimate is news when it is later by this much. `most`: notices per parcel.
    """

    at_risk: Hours = 24
    trouble: Hours = 72
    silent: Hours = 24
    tolerance: Hours = 12
    slip: Hours = 24
    most: Annotated[int, Field(ge=0, le=10)] = 3


class CreditTerms(Fact):
    """Store credit: `bonus` on top of the refund, at most `cap` minor units of the order's currency, good for `days`."""

    bonus: BasisPoints = 1000
    cap: Annotated[int, Field(ge=0)] = 5000
    days: Days = 365


class Policy(Fact):
    """What a merchant decides, as a document (policies/default.yaml). A misspelt field is refused.

    `pay_on`: money leaves when goods are dropped off or when they are received. `review_above`: refunds over this many
    minor units wait for an agent at most `review_hours`, then `review_default` happens. `tender_order`: drained in turn.
    `delivery_days`: promised where a storefront promises nothing.
    """

    window: Days = 30
    reasons: tuple[str, ...] = ("unwanted", "too_small", "too_big", "damaged", "wrong_item", "late")
    resolutions: tuple[Literal["refund", "store_credit"], ...] = ("refund", "store_credit")
    pay_on: Literal["drop_off", "receipt"] = "drop_off"
    review_above: Annotated[int, Field(ge=0)] | None = 50_000
    review_hours: Hours = 48
    review_default: Literal["approve", "refuse"] = "approve"
    quote_hours: Hours = 24
    code_days: Days = 14
    goods_days: Days = 21
    tender_order: tuple[TenderKind, ...] = ("store_credit", "gift_card", "card")
    credit: CreditTerms = CreditTerms()
    delays: DelayTerms = DelayTerms()
    lost_days: Days = 10
    answer_days: Days = 3
    unshipped_days: Days = 30
    delivery_days: Days = 7


class Terms(Fact):
    """A policy applied to one order. `hash` names exactly these terms in quotes and audit.

    `due`: when the promise breaks, worked out once, so that no later change of time zones moves it.
    """

    version: int
    hash: str
    policy: Policy
    not_returnable: tuple[str, ...] = ()
    final_sale: tuple[str, ...] = ()
    due: Instant | None = None


def compile_terms(policy: Policy, version: int, order: Order) -> Terms:
    """The terms of this order under that version of the policy."""
    not_returnable = tuple(line.line_id for line in order.lines if not line.returnable)
    final_sale = tuple(line.line_id for line in order.lines if line.final_sale)
    text = json.dumps([version, policy.model_dump(mode="json"), not_returnable, final_sale], sort_keys=True)
    return Terms(
        version=version,
        hash=hashlib.sha256(text.encode()).hexdigest()[:16],
        policy=policy,
        not_returnable=not_returnable,
        final_sale=final_sale,
        due=order.due(),
    )


def credit_bonus(refund: Money, credit: CreditTerms) -> Money:
    """The bonus on that refund, never on a bonus, capped (S-83)."""
    return min(refund.rate(credit.bonus), Money(minor=credit.cap, currency=refund.currency))
