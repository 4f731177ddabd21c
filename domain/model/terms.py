"""The terms of one order: its merchant's policy on the day of the order, frozen (RMA-2)."""

import hashlib
import json
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from domain.base import Frozen
from domain.clock import Instant
from domain.model.claw_back_terms import ClawBackTerms
from domain.model.country_packs import PackName
from domain.model.delay_terms import DelayOption, DelayTerms, GoodwillTerms, Hours, TraceTerms
from domain.model.delivery_terms import DeliveryTerms
from domain.model.exchange_terms import ExchangeTerms
from domain.model.notice_policy import NoticePolicy
from domain.model.order import Country, Order, TenderKind
from domain.model.order_rules import OrderRules, rules_for
from domain.model.policy_amounts import Amounts, default_amounts, give_currency, only
from domain.model.policy_tables import PolicyTables
from domain.model.refund_deadlines import RefundDeadlineTerms
from domain.model.refund_terms import BasisPoints, Days, FastReturnTerms, RefundTerms, ReturnReason
from domain.model.retention import RetentionTerms
from domain.model.return_choices import PayOn, Resolution
from domain.model.risk import RiskTerms
from domain.money import Currency, Money, zero

BonusKind = Literal["card", "wallet", "bank", "invoice", "pay_later", "cash_on_delivery", "gift_card"]


class CreditTerms(Frozen):
    """Store credit."""

    bonus: BasisPoints = 1000
    """What is added to the refund, in basis points."""
    cap: Amounts = default_amounts(50)
    """The highest bonus of an order, over all its returns; in a currency without a row there is none."""
    bonus_on: tuple[BonusKind, ...] = get_args(BonusKind)
    """The tenders whose refund earns a bonus. Store credit never does: it would earn one each time that it is given back."""
    days: Days | None = 365
    """How long a bonus and goodwill are valid; null: they never expire, as what was the customer's own money never does."""
    no_expiry_in: Annotated[tuple[Country, ...], Field(max_length=250)] = ()
    """Countries of destination in which a bonus and goodwill never expire."""
    expiry_notices: Annotated[tuple[Days, ...], Field(max_length=5)] = (30, 7)
    """The customer is told so many days before what is left of a bonus expires. Read when it is told, also for earlier orders."""


StatementDays = Annotated[int, Field(ge=0, le=30)]


class RefundTimes(Frozen):
    """How long refunds take after they have left. Days are those on which banks work."""

    statement_days: dict[TenderKind, StatementDays] = {"card": 10, "wallet": 5, "bank": 3}
    """Customers are told that a refund is on their statement after so many days, by the kind of payment."""
    other_days: StatementDays = 10
    """The same for all other kinds."""
    late_days: StatementDays = 5
    """A refund that the provider has accepted and not finished for so long is chased, and its customer is told."""


LimitedRole = Literal["agent", "senior_agent", "finance", "admin"]


class Policy(Frozen):
    """What a merchant decides, as a document (policies/default.yaml). A misspelt field is refused."""

    currency: Currency | None = None
    """The currency of amounts that are written as a bare number."""
    window: Days = 30
    """Days after delivery in which goods may be returned."""
    tables: PolicyTables = PolicyTables()
    """Rows for certain goods, orders and reasons, of which the first that matches decides."""
    reasons: Annotated[tuple[ReturnReason, ...], Field(max_length=50)] = (
        "unwanted", "too_small", "too_big", "damaged", "wrong_item", "late",
    )  # fmt: skip
    """The reasons for a return that customers may choose from."""
    resolutions: tuple[Resolution, ...] = ("refund", "store_credit")
    """What customers may choose for their goods. `exchange` needs the shop's stock system as well."""
    country_packs: Annotated[tuple[PackName, ...], Field(max_length=3)] = ()
    """The laws of destinations that hold for all returns there, also where the policy is worse for the customer."""
    withdrawal_informed: bool = True
    """Whether the shop tells customers of their right to withdraw as the law demands; else the right lasts longer."""
    pay_on: PayOn = "drop_off"
    """Money leaves when goods are handed over, when a carrier has them (`sent`), or when they were received and accepted."""
    risk: RiskTerms | None = None
    """Points that decide per return when money leaves, instead of `pay_on`; none if unset."""
    refund_deadlines: RefundDeadlineTerms = RefundDeadlineTerms()
    """By when the money of a return has to leave, and who is told before."""
    review_above: Amounts | None = default_amounts(500)
    """A return waits for an agent above this in refunds of its order, or without a row for its currency; null: never."""
    review_hours: Hours = 48
    """The longest wait for the agent."""
    review_default: Literal["approve", "refuse"] = "approve"
    """What happens after that wait."""
    quote_hours: Hours = 24
    """How long a quote binds us."""
    code_days: Days = 14
    """How long goods may be dropped off with a code."""
    goods_days: Days = 21
    """How long goods that were dropped off may take to arrive."""
    unscanned_days: Days = 5
    """How long a parcel may lie at the warehouse without a scan of its goods; then they are paid as announced."""
    tender_order: tuple[TenderKind, ...] = ("store_credit", "gift_card", "voucher", "card")
    """The order in which tenders are used up by refunds."""
    refunds: RefundTerms = RefundTerms()
    """What is paid back besides the goods, and which fees are deducted."""
    exchange: ExchangeTerms = ExchangeTerms()
    """When exchanges end by themselves, and what is promised for the goods that leave."""
    fast_return: FastReturnTerms | None = None
    """The bonus for goods that are dropped off soon; none if unset."""
    claw_back: ClawBackTerms | None = ClawBackTerms()
    """How money is asked back that was paid and whose goods never come, or are rejected; null: it stays paid."""
    credit: CreditTerms = CreditTerms()
    """How store credit is granted for a return."""
    refund_times: RefundTimes = RefundTimes()
    """How long refunds take after they have left."""
    delays: DelayTerms = DelayTerms()
    """When customers are notified of delays."""
    lost_days: Days = 10
    """After so many days without a scan a parcel counts as lost."""
    attention_days: Days = 3
    """How long a question to a person waits before its default."""
    message_hours: Hours = 24
    """By when a person answers a customer's message."""
    undo_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 30
    """How long what a person does in the console waits before money leaves; meanwhile it can be taken back. 0: not at all."""
    second_approver: dict[LimitedRole, Amounts] = {}
    """By role, the most that its people move by one command alone; above it another person approves."""
    unshipped_days: Days = 30
    """After so many days an order that has not left becomes a question."""
    claim_days: Days = 30
    """How long a claim against the carrier stays open."""
    trace: TraceTerms = TraceTerms()
    """The rules for a delivered parcel that its customer does not have."""
    goodwill: GoodwillTerms | None = None
    """What customers receive for a broken promise; nothing if unset."""
    delay_option: DelayOption | None = None
    """Where customers must agree to a later date; nowhere if unset."""
    delivery: DeliveryTerms | None = None
    """The delivery services; storefronts promise by themselves if unset."""
    notices: NoticePolicy = NoticePolicy()
    """How notices leave."""
    delivery_days: Days = 7
    """What is promised if a storefront promises nothing."""
    retention: RetentionTerms = RetentionTerms()
    """How long data about persons are kept."""

    @model_validator(mode="after")
    def _amounts_have_a_currency(self) -> "Policy":
        give_currency(self.amounts(), self.currency)
        return self

    @model_validator(mode="after")
    def _rows_name_reasons_of_the_policy(self) -> "Policy":
        for row, reason in self.tables.reasons():
            if reason not in self.reasons:
                close = get_close_matches(reason, self.reasons, 1)
                meant = f"; did you mean {close[0]}?" if close else ""
                raise ValueError(f"{row}: `{reason}` is not one of the policy's `reasons`{meant}")
        return self

    @property
    def content_hash(self) -> str:
        """Equal for policies that mean the same, however they were written. Sixteen hexadecimal digits."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def amounts(self) -> dict[str, dict[str, int] | None]:
        """Every setting that is an amount, by its name; None for one that is not set."""
        goodwill = self.goodwill
        of_goodwill = (
            {"goodwill.cap": goodwill.cap, "goodwill.min_order": goodwill.min_order} if goodwill else {}
        )
        methods = {f"refunds.method_fees.{name}": fee for name, fee in self.refunds.method_fees.items()}
        methods |= {
            f"refunds.handling_costs.{name}": row for name, row in self.refunds.handling_costs.items()
        }
        fast = {"fast_return.cap": self.fast_return.cap} if self.fast_return else {}
        claimed = {"claw_back.minimum": self.claw_back.minimum} if self.claw_back else {}
        own = {"review_above": self.review_above, "credit.cap": self.credit.cap}
        if self.refund_deadlines.goodwill is not None:
            own["refund_deadlines.goodwill"] = self.refund_deadlines.goodwill
        if self.risk:
            own["risk.value_above"] = self.risk.value_above
        limits = {f"second_approver.{role}": row for role, row in self.second_approver.items()}
        return {**own, **methods, **fast, **claimed, **of_goodwill, **limits, **self.tables.amounts()}

    def in_currency(self, currency: str) -> "Policy":
        """The policy with the amounts of that currency only."""
        goodwill = self.goodwill and self.goodwill.model_copy(
            update={
                "cap": only(self.goodwill.cap, currency),
                "min_order": self.goodwill.min_order and only(self.goodwill.min_order, currency),
            }
        )
        changed = {
            "review_above": self.review_above and only(self.review_above, currency),
            "credit": self.credit.model_copy(update={"cap": only(self.credit.cap, currency)}),
            "goodwill": goodwill,
            "refunds": self.refunds.in_currency(currency),
            "risk": self.risk and self.risk.in_currency(currency),
            "refund_deadlines": self.refund_deadlines.in_currency(currency),
            "fast_return": self.fast_return and self.fast_return.in_currency(currency),
            "claw_back": self.claw_back and self.claw_back.in_currency(currency),
            "second_approver": {},  # limits of people are the merchant's of today, not the order's
            "retention": RetentionTerms(),  # as is how long data are kept
            "tables": PolicyTables(),  # an order keeps the rows that can still match it
        }
        return self.model_copy(update=changed)


class Terms(Frozen):
    """A policy applied to one order: with the amounts of its currency. `delivery` made the promise and is left out."""

    version: int
    """The policy's version."""
    hash: str
    """Names exactly these terms in quotes and audit."""
    policy: Policy
    """The policy."""
    not_returnable: tuple[str, ...] = ()
    """The lines that cannot come back."""
    final_sale: tuple[str, ...] = ()
    """The lines that were sold without a right to return them."""
    due: Instant | None = None
    """When the promise breaks, computed once, so that no later change of time zones moves it."""
    off_days: tuple[date, ...] = ()
    """Days without work of the carrier at the destination (promise_calendar.OFF_DAYS_FOR)."""
    rules: OrderRules = OrderRules()
    """The rows of the policy's tables that can still match."""

    @property
    def rest_days(self) -> frozenset[date]:
        """`off_days` as `calendars.after_working_days` takes them."""
        return frozenset(self.off_days)

    @property
    def has_other_windows(self) -> bool:
        """Whether anything but the policy's `window` may decide how long goods may come back."""
        return bool(self.rules.windows or self.policy.country_packs)

    @property
    def staying(self) -> frozenset[str]:
        """The lines that no reason brings back."""
        if self.policy.country_packs:  # which lets come back what is bought at a distance, for a time
            return frozenset(self.not_returnable) | self.rules.exempted()
        final = {*self.final_sale} - self.rules.overruling_final_sale()
        return self.rules.staying().union(self.not_returnable, final)


def compile_terms(
    policy: Policy,
    version: int,
    order: Order,
    off_days: tuple[date, ...] = (),
    rules: OrderRules | None = None,
) -> Terms:
    """The terms of this order under that version of the policy.

    off_days: the carrier's days without work, as known when the order was placed.
    rules: the rows that can still match, where they are known already.
    """
    rules = rules_for(policy.tables, order) if rules is None else rules
    policy = policy.in_currency(order.currency).model_copy(update={"delivery": None})
    if order.destination.country in policy.credit.no_expiry_in:
        policy = policy.model_copy(update={"credit": policy.credit.model_copy(update={"days": None})})
    not_returnable = tuple(
        line.line_id for line in order.lines if not line.returnable or line.fulfilment == "digital"
    )
    final_sale = tuple(line.line_id for line in order.lines if line.final_sale)
    text = json.dumps(
        [
            version,
            policy.model_dump(mode="json", exclude={"delivery", "retention"}),
            not_returnable,
            final_sale,
            *([rules.model_dump(mode="json")] if rules.lines else []),
        ],
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
        rules=rules,
    )


def credit_bonus(refund: Money, credit: CreditTerms) -> Money:
    """The bonus on that refund, never on a bonus, capped (S-83); none in a currency that has no cap."""
    cap = credit.cap.get(refund.currency)
    if cap is None:
        return zero(refund.currency)
    return min(refund.rate(credit.bonus), Money(minor=cap, currency=refund.currency))
