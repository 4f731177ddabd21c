"""What the shop's stock and fulfilment systems answered, entered in the state."""

from datetime import datetime, timedelta

from domain import exchange_keys
from domain.model.exchange import Exchange, ExchangePart, ExchangeRequest, ExchangeResult, ExchangeStep
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.returns import exchanges

STOCK_INTERVAL = timedelta(days=1)  # between two requests for goods that are out of stock


def start_step(state: JourneyState, return_id: str, key: str, now: datetime) -> ExchangeRequest:
    """Mark the call as made and return its input."""
    case = state.require_case(return_id)
    assert case.exchange is not None, f"return {return_id} has no exchange"
    step = case.exchange.start(key, now)
    order = state.order
    return ExchangeRequest(
        merchant=order.merchant,
        order=order.order,
        order_id=order.order_id,
        return_id=return_id,
        number=case.number,
        step=step.model_copy(),
        until=case.exchange.hold_until,
        now=now,
    )


def record_exchange_result(state: JourneyState, result: ExchangeResult, now: datetime) -> None:
    """Enter the answer. One that is known, or to a call that was replaced, changes nothing."""
    case = state.case(result.return_id)
    exchange = case.exchange if case else None
    step = exchange.step(result.key) if exchange else None
    if case is None or exchange is None or step is None or step.status == "done":
        return
    step.status = "unanswered" if result.outcome == "unanswered" else "done"
    match step.kind:
        case "reserve":
            _record_reservation(state, case, exchange, result, now)
        case "send":
            _record_request(state, case, exchange, step, result, now)
        case "release":
            pass  # without an answer the shop's own expiry gives the goods back


def _record_reservation(
    state: JourneyState, case: ReturnCase, exchange: Exchange, result: ExchangeResult, now: datetime
) -> None:
    if exchange.over or result.key != exchange_keys.reservation(case.return_id, exchange.round):
        if result.outcome in ("reserved", "unanswered"):  # it was given up meanwhile
            exchanges.plan_release(case, result.key, now)
        return
    match result.outcome:
        case "reserved":
            first = exchange.status == "reserving"
            exchange.reserved_until = result.reserved_until
            exchange.status = "sending" if exchange.parts else "reserved"
            if first:
                exchanges.notify(state, case, "exchange_confirmed", now, number=exchange.round)
        case "out_of_stock" if exchange.waits_until is not None and now < exchange.waits_until:
            first, exchange.status = exchange.status != "waiting_for_stock", "waiting_for_stock"
            exchanges.reserve_again(case, now + STOCK_INTERVAL)
            if first:
                exchanges.notify(state, case, "exchange_waiting", now, number=exchange.round)
        case "unknown_product":
            exchanges.fall_back(state, case, "unknown_product", now)
        case "out_of_stock":
            exchanges.fall_back(state, case, "out_of_stock", now)
        case _:
            exchanges.plan_release(case, result.key, now)
            exchanges.fall_back(state, case, "no_answer", now)


def _record_request(
    state: JourneyState,
    case: ReturnCase,
    exchange: Exchange,
    step: ExchangeStep,
    result: ExchangeResult,
    now: datetime,
) -> None:
    part = part_of(case, exchange, step.key)
    if part.status == "rejected":
        return
    match result.outcome:
        case "accepted":
            part.status, part.reference = "accepted", result.reference
            state.settle_question("exchange_unanswered", step.key)
        case "rejected" | "out_of_stock" | "unknown_product":
            exchanges.refuse_part(state, case, part, result.reason or result.outcome, now)
        case _:
            state.open_question("exchange_unanswered", step.key, now)


def part_of(case: ReturnCase, exchange: Exchange, sending: str) -> ExchangePart:
    """The part that this request sends."""
    return next(
        part for part in exchange.parts if exchange_keys.sending(case.return_id, part.part) == sending
    )
