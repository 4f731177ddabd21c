"""Facts about goods that came back: what became of them, and how fast they were for sale again."""

from collections.abc import Iterator
from datetime import datetime

from domain.clock import local_day
from domain.figures.fact import FigureFact, duration_step
from domain.figures.goods_table import grounds
from domain.model.order import OrderLine
from domain.model.received_goods import UnitReceipt
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState


def dock_facts(state: JourneyState) -> Iterator[FigureFact]:
    """Of each receipt whose goods have a disposition, on the day of that decision at the order's destination."""
    for case in state.returns:
        for receipt in case.receipts:
            if receipt.disposition is not None and receipt.disposed_at is not None and receipt.quantity:
                yield from _facts(state, case, receipt)


def _facts(state: JourneyState, case: ReturnCase, receipt: UnitReceipt) -> Iterator[FigureFact]:
    assert receipt.disposition is not None
    assert receipt.disposed_at is not None
    line = _line(state, receipt)
    code = (line.commodity_code if line else None) or ""
    disposed = FigureFact(
        "disposed", f"{case.return_id} {receipt.number}", local_day(receipt.disposed_at, state.zone),
        country=state.order.destination.country, sku=receipt.sku or "",
        reason=grounds(code, receipt.disposition, _reason(case, receipt)), times=receipt.quantity,
    )  # fmt: skip
    yield disposed
    if receipt.disposition == "restock":
        waited = duration_step(receipt.disposed_at - _at_the_dock(case, receipt))
        yield disposed._replace(kind="dock_to_stock", sku="", reason=_reason(case, receipt), bucket=waited)


def _at_the_dock(case: ReturnCase, receipt: UnitReceipt) -> datetime:
    """When the goods came: with the last parcel before their receipt, where it is known."""
    came = (one.at for one in case.arrivals if one.at <= receipt.received_at)
    return max(came, default=receipt.received_at)


def _line(state: JourneyState, receipt: UnitReceipt) -> OrderLine | None:
    """The line of the article; of goods that the order does not have, none."""
    named = state.order.line(receipt.line_id or "")
    if named is not None and named.sku == receipt.sku:
        return named
    return next((one for one in state.order.lines if one.sku == receipt.sku), None)


def _reason(case: ReturnCase, receipt: UnitReceipt) -> str:
    """Why the customer sent them back; of goods that were not announced, how they fit the return."""
    if receipt.result in ("over", "wrong", "unknown"):
        return receipt.result
    return next((item.reason for item in case.quote.items if item.line_id == receipt.line_id), receipt.result)
