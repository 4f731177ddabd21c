"""Views of returns."""

from typing import Literal

from domain import keys
from domain.base import Frozen
from domain.clock import Instant
from domain.model.bonus_table import BonusRow
from domain.model.received_goods import UnexpectedGoods, UnitReceipt
from domain.model.refund_part import RefundPart
from domain.model.return_case import ArrivedParcel, GoodsStatus, ProofOfSending, ReturnCase
from domain.model.return_choices import PayOn, Resolution, ReturnMethod
from domain.model.state import JourneyState
from domain.model.withdrawal import Withdrawal
from domain.money import Money
from domain.payments.claw_backs.views import ClawBackView, claw_back_views
from domain.payments.money_status import MoneyStatus, is_fully_paid, money_status
from domain.payments.views import SettlementView, settlement_view
from domain.returns.deadlines import refund_limit
from domain.returns.exchange_views import ExchangeView, exchange_view
from domain.units import UnitsByLine

ReturnStatus = Literal[
    "in_review", "authorized", "refused", "dropped_off", "received", "settled", "cancelled", "expired", "needs_attention"
]  # fmt: skip


class RefundDeadline(Frozen):
    """By when the money of a return has to leave."""

    by: Literal["law", "promise"]
    """Whose date it is, the law's or the shop's own; the earlier one counts."""
    since: Instant
    """From when its time counts."""
    at: Instant
    """The end of its last day, at the destination of the order."""
    alerted: int
    """How much of its time was over when people were last told that the money is still here, in percent; 0 before."""
    released_at: Instant | None
    """When the money was left to go because the date was near; null where it was paid before."""


class ReturnView(Frozen):
    """A return, with the status of its goods, of its money, and of both together for people."""

    return_id: str
    """Our id of the return."""
    order: str
    """Our id of the order."""
    order_id: str
    """The shop's own order id."""
    number: str
    """The return's number, as the customer reads it."""
    status: ReturnStatus
    """The status of goods and money together."""
    goods: GoodsStatus
    """The status of the goods."""
    money: MoneyStatus
    """The status of the money."""
    resolution: Resolution
    """What the customer gets for the goods."""
    method: ReturnMethod
    """How the goods come back."""
    pay_on: PayOn
    """What the money waits for: that the goods are handed over, are with a carrier, or were received and accepted."""
    units: dict[str, int]
    """How many units of each line."""
    refund: Money
    """What is paid back."""
    credit_bonus: Money
    """What is added to it for store credit."""
    parts: tuple[RefundPart, ...]
    """What is paid back for what, and what is deducted, as quoted; together `refund`."""
    fast_return: tuple[BonusRow, ...]
    """What goods add that are dropped off soon, by the date of the drop-off; empty where there is no such bonus."""
    opened_at: Instant
    """When it was opened."""
    code_expires_at: Instant
    """Until when goods may be dropped off."""
    dropped_off_at: Instant | None
    """When goods were dropped off."""
    sent: ProofOfSending | None
    """What shows that the goods are under way; null while nothing does."""
    arrivals: tuple[ArrivedParcel, ...] = ()
    """The parcels that came to the warehouse, whether their goods were scanned or not."""
    deadline: RefundDeadline | None
    """By when its money has to leave; null where neither the law nor the shop gives a date."""
    waived: tuple[str, ...]
    """The reasons against it that an agent overruled."""
    received: dict[str, int]
    """Units of each line that arrived in good condition, or were accepted."""
    disputed: dict[str, int]
    """Units of each line that arrived in another condition."""
    unexpected: tuple[UnexpectedGoods, ...]
    """Goods that were not announced, and the disputed ones, as the warehouse describes them."""
    receipts: tuple[UnitReceipt, ...] = ()
    """What each receipt of the warehouse found, and what becomes of the goods."""
    exchange: ExchangeView | None
    """The exchange of its goods for others; null where there is none."""
    settlements: tuple[SettlementView, ...]
    """The payments of this return."""
    claw_backs: tuple[ClawBackView, ...] = ()
    """Money of this return that was asked back."""
    withdrawal: Withdrawal | None = None
    """The statement by which the customer withdrew from the contract; null for every other return."""


def return_view(state: JourneyState, case: ReturnCase) -> ReturnView:
    return ReturnView(
        return_id=case.return_id,
        order=state.order.order,
        order_id=state.order.order_id,
        number=case.number,
        status=status_of(state, case),
        goods=case.goods,
        money=money_status(state, case),
        resolution=case.resolution,
        method=case.method,
        pay_on=case.quote.pay_on,
        units=_counts(case.units),
        received=_counts(case.received),
        disputed=_counts(case.disputed),
        unexpected=tuple(case.unexpected),
        receipts=tuple(case.receipts),
        refund=case.quote.refund,
        credit_bonus=case.quote.credit_bonus,
        parts=case.quote.parts,
        fast_return=case.fast_return_rows,
        opened_at=case.opened_at,
        code_expires_at=case.code_expires_at,
        dropped_off_at=case.dropped_off.at if case.dropped_off else None,
        sent=case.sent,
        arrivals=tuple(case.arrivals),
        deadline=_deadline(state, case),
        waived=tuple(objection.code for objection in case.waived),
        exchange=exchange_view(state, case),
        settlements=tuple(settlement_view(state, s) for s in state.settlements_of(case.return_id)),
        claw_backs=claw_back_views(state, case.return_id),
        withdrawal=case.withdrawal,
    )


def _deadline(state: JourneyState, case: ReturnCase) -> RefundDeadline | None:
    limit = refund_limit(state, case)
    if limit is None:
        return None
    return RefundDeadline(**limit.model_dump(), alerted=case.alerted, released_at=case.released_at)


def _counts(units: UnitsByLine) -> dict[str, int]:
    return {line: len(indexes) for line, indexes in units.items()}


def version_of(view: ReturnView) -> str:
    """The version of a return. It changes with all facts that an agent decides on, not with the steps of a payment."""
    return keys.digest(view.model_dump_json(exclude={"settlements", "deadline", "claw_backs"}))[:16]


def status_of(state: JourneyState, case: ReturnCase) -> ReturnStatus:
    """The status of goods and money together, for people."""
    if case.decision != "authorized":
        return case.decision
    money = money_status(state, case)
    if money == "failed" or any(
        leg.status in ("failed", "unknown") for s in state.settlements_of(case.return_id) for leg in s.legs
    ):
        return "needs_attention"
    if is_fully_paid(state, case):
        return "settled"
    match case.goods:
        case "received" | "partly_received" | "lost":
            return "received"
        case "dropped_off":
            return "dropped_off"
        case _:
            return "authorized"
