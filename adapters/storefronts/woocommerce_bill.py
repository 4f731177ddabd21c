"""The bill of a WooCommerce order: its lines with tax, checked against its total."""

from decimal import Decimal
from typing import NamedTuple

from adapters.storefronts.amounts import minor
from adapters.storefronts.woocommerce_schemas import WooCharge, WooLine, WooOrder
from adapters.untrusted_json import sanitize
from domain.model.goods_picture import picture_address
from domain.model.order import Fulfilment, OrderLine, Tender, TenderKind
from domain.model.order_prices import spread, with_tax
from domain.money import Money

_BY_HAND: dict[str, TenderKind] = {"cod": "cash_on_delivery", "bacs": "bank", "cheque": "bank"}
_PICKUP = {"local_pickup", "pickup_location"}


class InvalidWooOrder(ValueError):
    """The order cannot be placed here; the text gives the reason, without personal data."""


class WooBill(NamedTuple):
    """What was paid. shipping: everything that belongs to no line, such as freight and fees."""

    lines: tuple[OrderLine, ...]
    shipping: Money
    tenders: tuple[Tender, ...]


class _PaidLine(NamedTuple):
    """A line in minor units. gross: before discounts; paid: after them; both with tax."""

    line: WooLine
    gross: int
    paid: int


def bill_of(order: WooOrder) -> WooBill:
    """The bill, exact to the smallest unit. Raises InvalidWooOrder, and NotExact for text that is no amount."""
    rows = [_row(line, order.currency) for line in order.line_items if line.quantity > 0]
    charges = [_charge(one, order.currency) for one in (*order.shipping_lines, *order.fee_lines)]
    besides = sum(charge for charge in charges if charge > 0)
    rows = _less(rows, -sum(charge for charge in charges if charge < 0))
    total = minor(order.total, order.currency)
    besides, rows = _rounded(order, total, besides, rows)
    if min([besides, *(row.paid for row in rows), *(row.gross - row.paid for row in rows)]) < 0:
        raise InvalidWooOrder("an amount is negative")
    return WooBill(
        lines=tuple(_line(row, order) for row in rows),
        shipping=Money(minor=besides, currency=order.currency),
        tenders=_tenders(order, total),
    )


def _row(line: WooLine, currency: str) -> _PaidLine:
    gross = minor(line.subtotal, currency) + minor(line.subtotal_tax, currency)
    paid = minor(line.total, currency) + minor(line.total_tax, currency)
    return _PaidLine(line, max(gross, paid), paid)  # a plugin may raise a price above its first one


def _charge(charge: WooCharge, currency: str) -> int:
    return minor(charge.total, currency) + minor(charge.total_tax, currency)


def _less(rows: list[_PaidLine], discount: int) -> list[_PaidLine]:
    """The rows with their shares of what negative fees take off."""
    if not discount:
        return rows
    worth = [row.paid for row in rows]
    if discount > sum(worth) or min(worth) < 0:
        raise InvalidWooOrder("an amount is negative")
    shares = spread(discount, worth)
    return [row._replace(paid=row.paid - share) for row, share in zip(rows, shares, strict=True)]


def _rounded(order: WooOrder, total: int, besides: int, rows: list[_PaidLine]) -> tuple[int, list[_PaidLine]]:
    """Freight and rows that come to the total. WooCommerce may round the tax of the whole order, and not of each line.

    So they may differ by one of the shop's smallest amounts for each line. Raises InvalidWooOrder above that.
    """
    bill = besides + sum(row.paid for row in rows)
    allowed = _smallest(order) * (len(rows) + len(order.shipping_lines) + len(order.fee_lines))
    difference = total - bill
    if abs(difference) > allowed:
        raise InvalidWooOrder(
            f"its lines come to {bill} and its total to {total} ({order.currency} in minor units)"
        )
    if besides + difference >= 0 and besides:
        return besides + difference, rows
    place = max(range(len(rows)), key=lambda place: rows[place].paid)
    row = rows[place]
    paid = row.paid + difference
    rows = [*rows[:place], row._replace(paid=paid, gross=max(row.gross, paid)), *rows[place + 1 :]]
    return besides, rows


def _smallest(order: WooOrder) -> int:
    """The shop's smallest amount, in minor units of the currency: its number of decimals is one for all currencies."""
    decimals = len(order.total.partition(".")[2])
    one = Decimal(1).scaleb(-decimals)
    in_currency = minor("1", order.currency)
    return max(1, int(one * in_currency))


def _line(row: _PaidLine, order: WooOrder) -> OrderLine:
    """The line as it is placed. A fraction of a unit is one unit, whose name says how much it is."""
    line, whole = row.line, row.line.quantity == row.line.quantity.to_integral_value()
    quantity = int(line.quantity) if whole else 1
    name = line.name if whole else f"{line.quantity} × {line.name}"
    priced = with_tax(0, quantity, row.gross - row.paid, row.gross, order.currency)
    return OrderLine(
        line_id=str(line.id),
        sku=sanitize(line.sku, 64) or str(line.id),
        title=sanitize(name, 200),
        quantity=quantity,
        unit_price=priced.unit,
        discount=priced.discount or None,
        fulfilment=_fulfilment(order),
        image_url=picture_address(line.image.src) if line.image else None,
    )


def _fulfilment(order: WooOrder) -> Fulfilment:
    """An order with a way of delivery is shipped, or collected; one without any has nothing to ship."""
    ways = {one.method_id for one in order.shipping_lines if one.method_id}
    if ways and ways <= _PICKUP:
        return "pickup"
    is_addressed = bool(order.shipping and order.shipping.country)
    return "ship" if ways or is_addressed or order.shipping_lines else "digital"


def _tenders(order: WooOrder, total: int) -> tuple[Tender, ...]:
    """One tender: WooCommerce has one payment for an order, and pays back by the order's id.

    Cash, cheques and transfers have no gateway that pays back.
    """
    if not total:
        return ()
    kind = _BY_HAND.get(order.payment_method, "card")
    return (
        Tender(
            tender_id=f"woocommerce-{order.id}",
            kind=kind,
            amount=Money(minor=total, currency=order.currency),
            payment=str(order.id) if kind == "card" else None,
        ),
    )


def tender_kind(order: WooOrder) -> TenderKind:
    """How the order was paid, and its refunds went back."""
    return _BY_HAND.get(order.payment_method, "card")
