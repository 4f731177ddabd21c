"""Automatic steps of exchanges: the shop is called, goods that came back are exchanged, and every wait ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import exchange_keys
from domain.model.actions import Change, Effect, EffectRunner
from domain.model.attention import AttentionItem
from domain.model.deadlines import ScheduledAction
from domain.model.exchange import Exchange, ExchangeEnd
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments.disputes.holds import holds_goods, is_disputed
from domain.payments.exchange_plan import is_covered
from domain.returns import exchanges
from domain.units import units_in

ANSWER_TIMEOUT = timedelta(hours=1)  # then a call without a result is made again, under the same key


def exchange_calls_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Calls to the shop that are planned, or have had no answer for long."""
    for case, exchange in _exchanges(state):
        for step in exchange.open_steps:
            since = step.started_at
            at = step.planned_at if step.status == "planned" or since is None else since + ANSWER_TIMEOUT
            call = CallShop(return_id=case.return_id, step=step.key)
            yield ScheduledAction(at=at, owner="merchant", action=call, reason=f"exchange_{step.kind}")


class CallShop(Effect):
    """Call the shop's stock or fulfilment system. The planned step records the intent."""

    kind: ClassVar = "call_shop"
    return_id: str
    step: str

    def start(self, runner: EffectRunner) -> None:
        runner.start_exchange_step(self.return_id, self.step)


def exchanges_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Units that came back and whose new goods are reserved and paid: these leave now."""
    for case, exchange in _exchanges(state):
        if _may_leave(state, case, exchange) and is_covered(state, case):
            yield ScheduledAction(
                at=case.opened_at,
                owner="system",
                action=SendGoods(return_id=case.return_id),
                reason="goods_exchanged",
            )


def _may_leave(state: JourneyState, case: ReturnCase, exchange: Exchange) -> bool:
    """Whether units wait to be exchanged now. Not while a bank may have the money that pays for the new ones."""
    return (
        case.resolution == "exchange"
        and exchange.ready
        and bool(state.payable_units(case))
        and not any(is_disputed(state, tender) for tender in case.exchange_tenders)
    )


def exchange_holds_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """New goods that wait for a bank, of which the customer does not know yet."""
    for case, exchange in _exchanges(state):
        if not exchange.hold_notified and holds_goods(state, case):
            notice = NotifyOfHeldGoods(return_id=case.return_id)
            yield ScheduledAction(at=case.opened_at, owner="system", action=notice, reason="exchange_held")


class NotifyOfHeldGoods(Change):
    """Notify the customer once that the new goods wait for a bank."""

    kind: ClassVar = "notify_of_held_goods"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        assert case.exchange is not None, f"return {self.return_id} has no exchange"
        case.exchange.hold_notified = True
        exchanges.notify(state, case, "exchange_held", now, number=case.exchange.round)


class SendGoods(Change):
    """Exchange the units that came back."""

    kind: ClassVar = "send_goods"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        exchanges.send_goods(state, state.require_case(self.return_id), now)


def exchange_ends_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Exchanges that end: their return is over or was paid otherwise, their time is over, or they were not paid for."""
    for case, exchange in _exchanges(state):
        if exchange.over:
            continue
        if not case.live or _rest_paid_otherwise(state, case, exchange):
            yield _action(case.opened_at, CancelExchange(return_id=case.return_id), "return_over")
        elif _may_leave(state, case, exchange) and not is_covered(state, case):
            yield _action(
                case.opened_at, EndExchange(return_id=case.return_id, why="not_covered"), "not_covered"
            )
        elif exchanges.unsettled(state, case):
            yield from (
                _action(at, EndExchange(return_id=case.return_id, why=why), why)
                for at, why in _deadlines(exchange)
            )


def _rest_paid_otherwise(state: JourneyState, case: ReturnCase, exchange: Exchange) -> bool:
    """Whether units of the return are left that were not exchanged, and all of them are paid."""
    exchanged = units_in(part.units for part in exchange.parts)
    return len(exchanged) < len(units_in([case.units])) and not exchanges.unsettled(state, case)


def _deadlines(exchange: Exchange) -> Iterator[tuple[datetime, ExchangeEnd]]:
    """When the exchange falls back by itself, and why. A reservation that ends early is renewed for who chose to wait."""
    yield exchange.hold_until, "reservation_ended"
    if exchange.owes_payment and exchange.pay_by is not None:
        yield exchange.pay_by, "not_paid"
    if exchange.status == "waiting_for_stock" and exchange.waits_until is not None:
        yield exchange.waits_until, "out_of_stock"
    if exchange.status in ("reserved", "sending") and exchange.reserved_until is not None:
        yield exchange.reserved_until, "reservation_ended"


def _action(at: datetime, action: Change, reason: str) -> ScheduledAction:
    return ScheduledAction(at=at, owner="customer", action=action, reason=reason)


class EndExchange(Change):
    """Fall back, as the customer chose for this."""

    kind: ClassVar = "end_exchange"
    return_id: str
    why: ExchangeEnd

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        exchange = case.exchange
        if exchange is None or exchange.over:
            return  # another deadline that was due at the same time
        waits = exchange.waits_until is not None and now < min(exchange.waits_until, exchange.hold_until)
        if self.why == "reservation_ended" and waits:
            exchanges.reserve_again(case, now)
            return
        exchanges.fall_back(state, case, self.why, now)


class CancelExchange(Change):
    """Give the goods of a return back that is over, or whose units were paid otherwise."""

    kind: ClassVar = "cancel_exchange"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        if case.exchange is not None and not case.exchange.over:
            exchanges.cancel(state, case, now)


def exchange_letters_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """New goods that have left and of which the customer does not know yet."""
    for case, exchange in _exchanges(state):
        for part in exchange.parts:
            if not part.notified and part.status != "rejected" and _has_left(state, units_in([part.units])):
                notice = NotifyOfNewGoods(return_id=case.return_id, part=part.part)
                yield ScheduledAction(at=case.opened_at, owner="system", action=notice, reason="goods_left")


def _has_left(state: JourneyState, units: frozenset[tuple[str, int]]) -> bool:
    """Whether all of these units are in parcels that are not void."""
    packed = units_in(parcel.units for parcel in state.parcels if not (parcel.void or parcel.resent))
    return units <= packed


class NotifyOfNewGoods(Change):
    """Notify the customer that the new goods are on their way."""

    kind: ClassVar = "notify_of_new_goods"
    return_id: str
    part: int

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        assert case.exchange is not None, f"return {self.return_id} has no exchange"
        part = next(one for one in case.exchange.parts if one.part == self.part)
        part.notified = True
        state.settle_question("exchange_unanswered", exchange_keys.sending(case.return_id, part.part))
        exchanges.notify(state, case, "exchange_sent", now, number=part.part)


def call_shop_again(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """The default of the question about a request without an answer: it is made again, under the same key."""
    for _, exchange in _exchanges(state):
        step = exchange.step(item.subject)
        if step is not None and step.status == "unanswered":
            step.status, step.planned_at = "planned", now


def _exchanges(state: JourneyState) -> Iterator[tuple[ReturnCase, Exchange]]:
    return ((case, case.exchange) for case in state.returns if case.exchange is not None)
