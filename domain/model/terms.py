"""The terms of one order: what its merchant's policy meant on the day it was placed, frozen (RMA-2)."""

import hashlib
import json
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.delivery_terms import DeliveryTerms
from domain.model.notice_policy import NoticePolicy
from domain.model.order import Country, Order, TenderKind
from domain.model.scan import Fault
from domain.money import Money

Days = Annotated[int, Field(ge=0, le=3650)]
Hours = Annotated[int, Field(ge=0, le=24 * 365)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class DelayTerms(Frozen):
    """When a delay is worth telling. All in hours before or after the promise.

    `at_risk`: from then a silent parcel is told as late. `exception`: the same for one with an exception or failed attempt.
    `silent`: that long without a scan is silence. `tolerance`: a carrier's estimate may pass the promise by this much.
    `slip`: a further estimate is news when it is later by this much. `max_notices`: notices per parcel.
    `first_scan`: so long after its label a parcel that nobody scanned is told as late. `no_movement_days`: working days of the
    carrier without a scan. `slipped`: the carrier's date may move by less than this within the promise. Null: never told.
    `pickup_days`: how long a pick-up point keeps it; `pickup_reminder`: so many days before the end the customer is
    reminded. `next_update`: who is told of a delay hears again after this long, though nothing is new; at most
    `max_next_updates` times.
    `lead_time_trials`: other values of `at_risk` that are tried out: what they would have told is noted and told to nobody.
    """

    at_risk: Hours = 24
    exception: Hours = 72
    silent: Hours = 24
    tolerance: Hours = 12
    slip: Hours = 24
    max_notices: Annotated[int, Field(ge=0, le=10)] = 3
    first_scan: Hours | None = 72
    no_movement_days: Days | None = 5
    slipped: Hours | None = 72
    pickup_days: Days = 7
    pickup_reminder: Days = 2
    next_update: Hours = 72
    max_next_updates: Annotated[int, Field(ge=0, le=20)] = 6
    lead_time_trials: Annotated[tuple[Hours, ...], Field(max_length=12)] = ()


class GoodwillTier(Frozen):
    """From so many days late on: this share of what the late goods cost, and of the shipping that was paid."""

    days: Annotated[int, Field(ge=1, le=365)]
    goods: BasisPoints = 0
    shipping: BasisPoints = 0


class GoodwillTerms(Frozen):
    """What a broken promise earns the customer, as store credit, once per order: the highest tier that was reached.

    `cap` and `min_order` in minor units of the order's currency. Lateness that a scan lays at the door of one of
    `excluded_faults` earns nothing.
    """

    tiers: Annotated[tuple[GoodwillTier, ...], Field(min_length=1, max_length=10)]
    cap: Annotated[int, Field(ge=0)] = 2000
    min_order: Annotated[int, Field(ge=0)] = 0
    excluded_faults: tuple[Fault, ...] = ("customer",)


class DelayOption(Frozen):
    """In these countries nobody is told "later": they are asked to agree to a later date, as mail-order rules demand.

    `extension` days are asked for, `notice` hours before the promise breaks. Silence means consent the first time, and
    only up to 30 days; the second time it cancels what has not left.
    """

    countries: Annotated[tuple[Country, ...], Field(min_length=1)] = ("US",)
    extension: Annotated[int, Field(ge=1, le=365)] = 14
    notice: Hours = 48


class TraceTerms(Frozen):
    """A delivered parcel that its customer does not have: said within `report_within` days, traced for `days`, then `default`."""

    report_within: Days = 30
    days: Days = 5
    default: Literal["refund", "dismiss"] = "refund"


class CreditTerms(Frozen):
    """Store credit: `bonus` on top of the refund, at most `cap` minor units of the order's currency, good for `days`."""

    bonus: BasisPoints = 1000
    cap: Annotated[int, Field(ge=0)] = 5000
    days: Days = 365


class Policy(Frozen):
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
    attention_days: Days = 3
    unshipped_days: Days = 30
    claim_days: Days = 30
    trace: TraceTerms = TraceTerms()
    goodwill: GoodwillTerms | None = None
    delay_option: DelayOption | None = None
    delivery: DeliveryTerms | None = None
    notices: NoticePolicy = NoticePolicy()
    delivery_days: Days = 7


class Terms(Frozen):
    """A policy applied to one order. `hash` names exactly these terms in quotes and audit.

    `due`: when the promise breaks, worked out once, so that no later change of time zones moves it. `off_days`: when the
    carrier rests at the destination (promise_calendar.OFF_DAYS_FOR). The policy's `delivery` made the promise and is left out.
    """

    version: int
    hash: str
    policy: Policy
    not_returnable: tuple[str, ...] = ()
    final_sale: tuple[str, ...] = ()
    due: Instant | None = None
    off_days: tuple[date, ...] = ()

    @property
    def rest_days(self) -> frozenset[date]:
        """`off_days` as `calendars.after_working_days` takes them."""
        return frozenset(self.off_days)


def compile_terms(policy: Policy, version: int, order: Order, off_days: tuple[date, ...] = ()) -> Terms:
    """The terms of this order under that version of the policy, with the carrier's rest days as known at its placing."""
    policy = policy.model_copy(update={"delivery": None})
    not_returnable = tuple(line.line_id for line in order.lines if not line.returnable)
    final_sale = tuple(line.line_id for line in order.lines if line.final_sale)
    text = json.dumps(
        [version, policy.model_dump(mode="json", exclude={"delivery"}), not_returnable, final_sale],
        sort_keys=True,
    )
    return Terms(
        version=version,
        hash=hashlib.sha256(text.encode()).hexdigest()[:16],
        policy=policy,
        not_returnable=not_returnable,
        final_sale=final_sale,
        due=order.due(),
        off_days=off_days,
    )


def credit_bonus(refund: Money, credit: CreditTerms) -> Money:
    """The bonus on that refund, never on a bonus, capped (S-83)."""
    return min(refund.rate(credit.bonus), Money(minor=credit.cap, currency=refund.currency))
