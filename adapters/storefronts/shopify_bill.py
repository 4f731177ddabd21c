"""The bill of a Shopify order: its lines with tax, checked against what was taken for it."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from adapters.storefronts.amounts import minor
from adapters.storefronts.line_amounts import LineAmounts, line_amounts
from adapters.storefronts.shopify_edits import (
    NOTHING_REMOVED,
    RemovedUnits,
    removed_units,
    states_what_is_left,
)
from adapters.storefronts.shopify_schemas import Line, ShopifyOrder
from adapters.storefronts.shopify_tenders import tenders_of
from adapters.untrusted_json import sanitize
from domain.model.goods_picture import picture_address
from domain.model.order import Fulfilment, OrderLine, Tender
from domain.model.order_prices import with_tax
from domain.model.shipment import ExternalRefund
from domain.money import Money


class InvalidOrder(ValueError):
    """The order cannot be placed here; the text gives the reason, without personal data."""


class Bill(NamedTuple):
    """What was paid. `lines`: the goods. `shipping`: everything else, such as freight, tips and duties.

    included_refunds: refunds without money whose units are no part of `lines` any more.
    is_certain: the order states what it comes to after edits, and that adds up with its refunds.
    """

    lines: tuple[OrderLine, ...]
    shipping: Money
    tenders: tuple[Tender, ...]
    included_refunds: tuple[str, ...] = ()
    is_certain: bool = False


class _Row(NamedTuple):
    """A line with as many of its units as were paid."""

    line: Line
    quantity: int
    amounts: LineAmounts


def bill_of(order: ShopifyOrder, refunds: Sequence[ExternalRefund] = ()) -> Bill:
    """The bill, exact to the smallest unit. `refunds`: those of the order.

    Raises InvalidOrder when the lines do not add up to the total, and NotExact for text that is no amount.
    """
    sold = [line for line in order.line_items if line.quantity]
    goods, freight = line_amounts(order, sold)
    rows = [_Row(line, line.quantity, amounts) for line, amounts in zip(sold, goods, strict=True)]
    besides = _besides(order, rows, sum(row.paid for row in freight))
    total, removed = minor(order.total_price, order.currency), removed_units(order, refunds)
    kept = _without(rows, removed)
    is_certain = kept is not None and states_what_is_left(order, refunds)
    if kept is None:
        kept, removed = rows, NOTHING_REMOVED
    goods_sold = [row for row in kept if row.quantity and _is_sold(row.line)]
    extras = besides + sum(row.amounts.paid for row in kept if not _is_sold(row.line))
    if min([extras, *(n for row in kept for n in (*row.amounts[1:], row.amounts.paid))]) < 0:
        raise InvalidOrder("an amount is negative")
    return Bill(
        lines=tuple(_line(row, order) for row in goods_sold),
        shipping=Money(minor=extras, currency=order.currency),
        tenders=tenders_of(order, total - removed.amount),
        included_refunds=removed.refunds,
        is_certain=is_certain,
    )


def _besides(order: ShopifyOrder, rows: list[_Row], freight: int) -> int:
    """What the total has besides the lines: freight, and those of tips, duties, fees and rounding that are in it.

    A tip may be a line as well, and duties may be in the prices; then the total counts them once.
    """
    goods, total = sum(row.amounts.paid for row in rows), minor(order.total_price, order.currency)
    extras = _extras(order)
    besides = total - goods
    ways = product(*((0, extra) for extra in extras))
    if besides - freight not in {sum(way) for way in ways}:
        bill = goods + freight + sum(extras)
        raise InvalidOrder(
            f"its lines come to {bill} and its total to {total} ({order.currency} in minor units)"
        )
    return besides


def _extras(order: ShopifyOrder) -> list[int]:
    """Tips, duties, fees and cash rounding. They belong to no line, so they are paid back only with the whole order."""
    sets = (
        order.original_total_duties_set,
        order.original_total_additional_fees_set,
        order.total_cash_rounding_payment_adjustment_set,
    )
    amounts = [one.shop_money.amount for one in sets if one and one.shop_money]
    return [minor(amount, order.currency) for amount in (*amounts, order.total_tip_received)]


def _without(rows: list[_Row], removed: RemovedUnits) -> list[_Row] | None:
    """The rows without the removed units; None where these do not come to the amount that is gone.

    A unit's share of a discount or tax is rounded, so the amounts may differ by one minor unit for each unit.
    """
    kept = []
    for row in rows:
        left = max(0, row.quantity - removed.quantities[str(row.line.id)])
        kept.append(_Row(row.line, left, row.amounts.of(left, row.quantity)))
    gone = sum(row.amounts.paid for row in rows) - sum(row.amounts.paid for row in kept)
    changed = [place for place, row in enumerate(rows) if row.quantity != kept[place].quantity]
    rounding = gone - removed.amount
    if abs(rounding) > sum(rows[place].quantity for place in changed):
        return None
    if rounding:
        place = max(changed, key=lambda place: kept[place].quantity)
        kept[place] = kept[place]._replace(amounts=kept[place].amounts.changed_by(rounding))
    return kept


def _is_sold(line: Line) -> bool:
    """A tip is a line too, and no goods."""
    return line.tip is None


def _fulfilment(order: ShopifyOrder, line: Line) -> Fulfilment:
    """How the line's goods reach the customer. Shopify names no way to collect goods: such an order has no shipping address.

    Goods that are sent after all have a tracking number, and then are followed like those that are shipped.
    """
    if not line.requires_shipping or line.gift_card:
        return "digital"
    return "ship" if order.shipping_address else "pickup"


def _line(row: _Row, order: ShopifyOrder) -> OrderLine:
    """The line as it is placed. What needs no parcel is not returned by the customer: a person decides on its money."""
    line, amounts, fulfilment = row.line, row.amounts, _fulfilment(order, row.line)
    price = minor(line.price, order.currency)
    priced = with_tax(price, row.quantity, amounts.discount, amounts.tax, order.currency)
    return OrderLine(
        line_id=str(line.id),
        sku=sanitize(line.sku, 64) or str(line.id),
        title=sanitize(line.title, 200),
        quantity=row.quantity,
        unit_price=priced.unit,
        discount=priced.discount or None,
        returnable=fulfilment != "digital",
        fulfilment=fulfilment,
        image_url=picture_address(line.image.address) if line.image else None,
    )
