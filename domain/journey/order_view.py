"""What people see of an order: one schema for the stored snapshot and the live journey."""

from datetime import datetime
from typing import Literal

from domain import keys
from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.model.attention import AttentionItem
from domain.model.consent import Consent
from domain.model.promise import DelayNotice, FollowUp, LeadTimeTrial, Promise
from domain.model.return_case import GoodsStatus, Resolution, ReturnCase, ReturnMethod
from domain.model.settlement import LegStatus, Purpose, Settlement
from domain.model.state import JourneyState, Stage
from domain.money import Money, total
from domain.payments import refund_plan
from domain.tracking.views import ParcelView, parcel_view

ReturnStatus = Literal[
    "in_review", "authorized", "refused", "dropped_off", "received", "settled", "cancelled", "expired", "needs_attention"
]  # fmt: skip


class LegView(Frozen):
    """One payment of a settlement."""

    leg: str
    to: Literal["provider", "credit", "external"]
    principal: Money
    bonus: Money
    status: LegStatus
    reference: str
    decline: str
    settled_at: Instant | None


class SettlementView(Frozen):
    """What one occasion pays back."""

    occasion: str
    purpose: Purpose
    legs: tuple[LegView, ...]


class ReturnView(Frozen):
    """A return: where the goods are, how the money stands, and the sum of both for people.

    `order`: our id of its order, `order_id` the merchant's.
    """

    return_id: str
    order: str
    order_id: str
    number: str
    status: ReturnStatus
    goods: GoodsStatus
    money: refund_plan.MoneyStatus
    resolution: Resolution
    method: ReturnMethod
    units: dict[str, int]
    refund: Money
    credit_bonus: Money
    opened_at: Instant
    code_expires_at: Instant
    dropped_off_at: Instant | None
    waived: tuple[str, ...]
    settlements: tuple[SettlementView, ...]


class NextAction(Frozen):
    """What happens next by itself, until when somebody may do better, and who that is."""

    action: str
    reason: str
    owner: str
    at: Instant


class OrderView(Frozen):
    """An order's status. `as_of`: the business time it was true; `seq`: its version.

    `next_updates`: until when we said that the customer hears from us next, per parcel, and how that went.
    `lead_time_trials`: when other lead times would have told of a delay, where the policy tries some
    out (`delays.lead_time_trials`).
    """

    order: str
    order_id: str
    stage: Stage
    delivered: Literal["none", "some", "all"]
    promise: Promise
    service: str | None
    due: Instant
    parcels: tuple[ParcelView, ...]
    delay_notices: tuple[DelayNotice, ...]
    next_updates: tuple[FollowUp, ...] = ()
    lead_time_trials: tuple[LeadTimeTrial, ...] = ()
    returns: tuple[ReturnView, ...]
    settlements: tuple[SettlementView, ...]
    captured: Money
    refunded: Money
    attention: tuple[AttentionItem, ...]
    consents: tuple[Consent, ...]
    next: NextAction | None
    terms: str
    placed_at: Instant
    as_of: Instant
    seq: int


def order_view(state: JourneyState, as_of: datetime) -> OrderView:
    """The order as anyone may see it who may see the order at all; personal data are not part of it."""
    waiting = agenda.next_visible_action(state)
    return OrderView(
        order=state.order.order,
        order_id=state.order.order_id,
        stage=state.stage,
        delivered=state.delivered,
        promise=state.order.promise,
        service=state.order.service,
        due=state.due,
        parcels=tuple(parcel_view(state, parcel) for parcel in state.parcels),
        delay_notices=tuple(state.delay_notices),
        next_updates=tuple(state.follow_ups),
        lead_time_trials=tuple(state.lead_time_trials),
        returns=tuple(return_view(state, case) for case in state.returns),
        settlements=tuple(settlement_view(s) for s in state.settlements if s.return_id is None),
        captured=state.order.captured,
        refunded=refunded_total(state),
        attention=tuple(state.attention),
        consents=tuple(state.consents),
        next=waiting
        and NextAction(action=waiting.action.kind, reason=waiting.reason, owner=waiting.owner, at=waiting.at),
        terms=state.terms.hash,
        placed_at=state.order.placed_at,
        as_of=as_of,
        seq=state.seq,
    )


def return_view(state: JourneyState, case: ReturnCase) -> ReturnView:
    return ReturnView(
        return_id=case.return_id,
        order=state.order.order,
        order_id=state.order.order_id,
        number=case.number,
        status=status_of(state, case),
        goods=case.goods,
        money=refund_plan.money_status(state, case),
        resolution=case.resolution,
        method=case.method,
        units={line: len(units) for line, units in case.units.items()},
        refund=case.quote.refund,
        credit_bonus=case.quote.credit_bonus,
        opened_at=case.opened_at,
        code_expires_at=case.code_expires_at,
        dropped_off_at=case.dropped_off.at if case.dropped_off else None,
        waived=tuple(objection.code for objection in case.waived),
        settlements=tuple(settlement_view(s) for s in state.settlements_of(case.return_id)),
    )


def version_of(view: ReturnView) -> str:
    """A return's version: changes with everything an agent decides on, not with a payment's way through its steps."""
    return keys.digest(view.model_dump_json(exclude={"settlements"}))[:16]


def settlement_view(settlement: Settlement) -> SettlementView:
    legs = tuple(
        LegView(
            leg=leg.key,
            to=leg.to,
            principal=leg.principal,
            bonus=leg.bonus,
            status=leg.status,
            reference=leg.reference,
            decline=leg.decline,
            settled_at=leg.settled_at,
        )
        for leg in settlement.legs
    )
    return SettlementView(occasion=settlement.occasion, purpose=settlement.purpose, legs=legs)


def status_of(state: JourneyState, case: ReturnCase) -> ReturnStatus:
    """The sum of goods and money in one word, for people."""
    if case.decision != "authorized":
        return case.decision
    money = refund_plan.money_status(state, case)
    if money == "failed" or any(
        leg.status in ("failed", "unknown") for s in state.settlements_of(case.return_id) for leg in s.legs
    ):
        return "needs_attention"
    if refund_plan.is_fully_paid(state, case):
        return "settled"
    match case.goods:
        case "received" | "partly_received" | "lost":
            return "received"
        case "dropped_off":
            return "dropped_off"
        case _:
            return "authorized"


def refunded_total(state: JourneyState) -> Money:
    """Principal that has gone back, less what was taken back again; bonuses are not part of it."""
    currency = state.order.currency
    out = total(
        [
            leg.principal
            for s in state.settlements
            if s.purpose != "reversal"
            for leg in s.legs
            if leg.status == "settled"
        ],
        currency,
    )
    back = total(
        [
            leg.principal
            for s in state.settlements
            if s.purpose == "reversal"
            for leg in s.legs
            if leg.status == "settled"
        ],
        currency,
    )
    return out - back
