"""Edits of an order before it was paid: units that left it without money, and what was taken for the rest.

Shopify keeps the first quantities and the first total of an order for ever, and records what an edit removes as a refund without
payments. `current_total_price` is what the order comes to after edits and refunds.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from adapters.storefronts.amounts import minor
from adapters.storefronts.shopify_schemas import ShopifyOrder
from domain.model.shipment import ExternalRefund


class RemovedUnits(NamedTuple):
    """What was taken out of the order without money. amount: its price, in minor units. refunds: that record it."""

    amount: int
    quantities: Counter[str]
    refunds: tuple[str, ...]


NOTHING_REMOVED = RemovedUnits(0, Counter(), ())


def states_what_is_left(order: ShopifyOrder, refunds: Sequence[ExternalRefund]) -> bool:
    """Whether what was taken for the order can be computed."""
    return order.current_total_price is not None and not any(refund.amount_unknown for refund in refunds)


def removed_units(order: ShopifyOrder, refunds: Sequence[ExternalRefund]) -> RemovedUnits:
    """Nothing, unless the total is more than what is left of the order and what was paid back, and an edit can be why.

    Raises NotExact for text that is no amount.
    """
    if order.current_total_price is None or not states_what_is_left(order, refunds):
        return NOTHING_REMOVED
    paid_back = sum(part.amount.minor for refund in refunds for part in refund.parts)
    left = minor(order.current_total_price, order.currency)
    amount = minor(order.total_price, order.currency) - left - paid_back
    edits = [refund for refund in refunds if refund.lines and not refund.parts and not refund.failed]
    if amount <= 0 or not edits:
        return NOTHING_REMOVED
    quantities = Counter[str]()
    for edit in edits:
        for line in edit.lines:
            quantities[line.line_id] += line.quantity
    return RemovedUnits(amount, quantities, tuple(edit.refund for edit in edits))
