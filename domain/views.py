"""What people see of an order: one schema for the stored snapshot and the live journey."""

from datetime import datetime
from typing import Literal

from domain import agenda, keys, paying
from domain.attention import Attention
from domain.base import Fact
from domain.clock import Instant
from domain.consents import Consent
from domain.journey import JourneyState, Stage
from domain.money import Money, total
from domain.parcel_views import ParcelView, parcel_view
from domain.promises import Promise, Risk, Telling, Word
from domain.returns import Goods, Method, Resolution, ReturnCase
from domain.settlements import LegStatus, Purpose, Settlement

ReturnStatus = Literal[
    "in_review", "authorized", "refused", "dropped_off", "received", "settled", "cancelled", "expired", "needs_attention"
]  # fmt: skip


class LegView(Fact):
    """One payment of a settlement."""

    leg: str
    to: Literal["provider", "credit", "external"]
    principal: Money
    bonus: Money
    status: LegStatus
    reference: str
    decline: str
    settled_at: Instant | None


class SettlementView(Fact):
    """What one occasion pays back."""

    occasion: str
    purpose: Purpose
    legs: tuple[LegView, ...]


class ReturnView(Fact):
    """A return: where the goods are, how the money stands, and the sum of both for people.

    `order`: our id of its order, `order_id` the merchant's.
    """

    return_id: str
    order: str
    order_id: str
    number: str
    status: ReturnStatus
    goods: Goods
    money: paying.MoneyStatus
    resolution: Resolution
    method: Method
    units: dict[str, int]
    refund: Money
    credit_bonus: Money
    opened_at: Instant
    code_expires_at: Instant
    dropped_off_at: Instant | None
    overruled: tuple[str, ...]
    settlements: tuple[SettlementView, ...]


class Next(Fact):
    """What happens next by itself, until when somebody may do better, and who that is."""

    what: str
    why: str
    who: str
    by: Instant


class OrderView(Fact):
    """An order's status. `as_of`: the business time it was true; `seq`: its version.

    `words`: until when we said that the customer hears from us next, per parcel, and how that went.
    `risks`: when other lead times would have told of a delay, where the policy tries some out (`delays.watch`).
    """

    order: str
    order_id: str
    stage: Stage
    delivered: Literal["none", "some", "all"]
    promise: Promise
    service: str | None
    due: Instant
    parcels: tuple[ParcelView, ...]
    delays_told: tuple[Telling, ...]
    words: tuple[Word, ...] = ()
    risks: tuple[Risk, ...] = ()
    returns: tuple[ReturnView, ...]
    settlements: tuple[SettlementView, ...]
    captured: Money
    paid_back: Money
    attention: tuple[Attention, ...]
    consents: tuple[Consent, ...]
    next: Next | None
    terms: str
    placed_at: Instant
    as_of: Instant
    seq: int


def order_view(state: JourneyState, as_of: datetime) -> OrderView:
    """The order as anyone may see it who may see the order at all; personal data are not part of it."""
    waiting = agenda.next_turn(state)
    return OrderView(
        order=state.order.order,
        order_id=state.order.order_id,
        stage=state.stage,
        delivered=state.delivered,
        promise=state.order.promise,
        service=state.order.service,
        due=state.due,
        parcels=tuple(parcel_view(state, parcel) for parcel in state.parcels),
        delays_told=tuple(state.tellings),
        words=tuple(state.words),
        risks=tuple(state.risks),
        returns=tuple(return_view(state, case) for case in state.returns),
        settlements=tuple(settlement_view(s) for s in state.settlements if s.return_id is None),
        captured=state.order.captured,
        paid_back=paid_back(state),
        attention=tuple(state.attention),
        consents=tuple(state.consents),
        next=waiting and Next(what=waiting.default.kind, why=waiting.why, who=waiting.owner, by=waiting.at),
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
        money=paying.money_of(state, case),
        resolution=case.resolution,
        method=case.method,
        units={line: len(units) for line, units in case.units.items()},
        refund=case.quote.refund,
        credit_bonus=case.quote.credit_bonus,
        opened_at=case.opened_at,
        code_expires_at=case.code_expires_at,
        dropped_off_at=case.dropped_off.at if case.dropped_off else None,
        overruled=tuple(objection.code for objection in case.overruled),
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
    money = paying.money_of(state, case)
    if money == "failed" or any(
        leg.status in ("failed", "unknown") for s in state.settlements_of(case.return_id) for leg in s.legs
    ):
        return "needs_attention"
    if paying.all_is_paid(state, case):
        return "settled"
    match case.goods:
        case "received" | "partly_received" | "lost":
            return "received"
        case "dropped_off":
            return "dropped_off"
        case _:
            return "authorized"


def paid_back(state: JourneyState) -> Money:
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
