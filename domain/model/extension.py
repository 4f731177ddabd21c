"""An extension of an order: what was added to it after it was placed."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Order, OrderLine, Tender
from domain.model.order_rules import OrderRules
from domain.model.order_totals import inconsistencies

MAX_LINES = 200  # of one order
MAX_TENDERS = 10


class OrderExtended(Frozen):
    """Lines that a storefront added to an order, or more units of a line, and what was paid for them on top.

    rules: the rows of the policy's tables that can match the new lines.
    now: the sandbox clock when the report arrived, else None.
    """

    type: Literal["order_extended"] = "order_extended"
    storefront: str
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=MAX_LINES)]
    tenders: Annotated[tuple[Tender, ...], Field(max_length=MAX_TENDERS)] = ()
    rules: OrderRules = OrderRules()
    now: Instant | None = None


def merged(earlier: OrderExtended, later: OrderExtended) -> OrderExtended:
    """Both extensions as one. A line or tender that both have counts as the later has it."""
    lines = {line.line_id: line for line in (*earlier.lines, *later.lines)}
    tenders = {tender.tender_id: tender for tender in (*earlier.tenders, *later.tenders)}
    rules = earlier.rules.with_others(later.rules)
    return later.model_copy(
        update={"lines": tuple(lines.values()), "tenders": tuple(tenders.values()), "rules": rules}
    )


def extended(order: Order, extension: OrderExtended) -> Order:
    """The order with the extension; the same again changes nothing, and no line loses units.

    An extension with which it could not be an order, as with amounts that cannot be counted, is left out.
    """
    larger = {line.line_id: line for line in extension.lines}
    lines = tuple(
        larger[line.line_id]
        if line.line_id in larger and larger[line.line_id].quantity > line.quantity
        else line
        for line in order.lines
    )
    known = {line.line_id for line in lines}
    added = [line for line in extension.lines if line.line_id not in known]
    paid = [tender for tender in extension.tenders if order.tender(tender.tender_id) is None]
    longer = order.model_copy(
        update={
            "lines": (*lines, *added)[:MAX_LINES],
            "tenders": (*order.tenders, *paid)[:MAX_TENDERS],
        }
    )
    problems = {problem.code for problem in inconsistencies(longer)}
    return order if problems - {"totals_do_not_match"} else longer
