"""I4: the new goods of an exchange cost what the old ones were worth and what was paid on top, and each has one line."""

from collections.abc import Iterator

from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.money import Money, total
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Each exchange of the order."""
    state = records.state
    for case in state.returns if state else ():
        assert state is not None, "it has the return"
        if case.exchange is not None and case.exchange.parts:
            yield from _lines(records, state, case)
            yield from _value(state, case)


def _lines(records: OrderRecords, state: JourneyState, case: ReturnCase) -> Iterator[BrokenInvariant]:
    """The order's row and its journey have the same line for the same goods."""
    parts = case.exchange.parts if case.exchange else []
    for line_id in (line for part in parts for line in part.units):
        line = state.order.line(line_id)
        if line is None or records.order.line(line_id) != line:
            yield _broken(case, f"line {line_id} of exchange {case.return_id} is not the one of its order")


def _value(state: JourneyState, case: ReturnCase) -> Iterator[BrokenInvariant]:
    """What new goods cost more than the old ones was paid; for the rest no money moved."""
    exchange = case.exchange
    assert exchange is not None, "it is checked only where there is one"
    lines = {line for part in exchange.parts for line in part.units}
    currency = state.order.currency
    cost = total([line.paid for line in state.order.lines if line.line_id in lines], currency)
    parts = [part for s in state.settlements_of(case.return_id) for part in s.parts]
    carried = total([part.amount for part in parts if part.kind == "exchanged"], currency)
    on_top = cost + carried
    paid = exchange.to_pay if exchange.paid_at else Money(minor=0, currency=currency)
    if not 0 <= on_top.minor <= paid.minor:
        worth, was = money(-carried.minor, currency), money(cost.minor, currency)
        yield _broken(case, f"exchange {case.return_id} sends goods of {was} for goods of {worth}")


def _broken(case: ReturnCase, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I4", subject=case.return_id, message=message)
