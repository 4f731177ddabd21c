"""Edits of an order in the storefront after it was placed here: what a later message has more than the order."""

from domain import payment_keys
from domain.model.extension import OrderExtended
from domain.model.order import Order, OrderLine, Tender
from domain.money import Money
from ports.storefronts import Sale


def extension_of(order: Order, sale: Sale, source: str, provider: str) -> OrderExtended | None:
    """The lines, units and payments that the order does not have; None where there are none.

    What is added later was promised for no day, so no notice says that it is late. Money on top counts only where the storefront
    states what is left of the order, as the first total of an exchange is more than was taken.
    """
    known = {line.line_id: line for line in order.lines}
    if sale.currency != order.currency or known.keys().isdisjoint(line.line_id for line in sale.lines):
        return None  # placed by the merchant's own system, with line ids of its own
    added = [
        line.model_copy(update={"fulfilment": "later"} if line.fulfilment == "ship" else {})
        for line in sale.lines
        if line.line_id not in known
    ]
    larger = [
        bigger
        for line in sale.lines
        if line.line_id in known and (bigger := _larger(known[line.line_id], line)) is not None
    ]
    tenders = _paid_on_top(order, sale, provider) if sale.is_certain else ()
    if not (added or larger or tenders):
        return None
    return OrderExtended(storefront=source, lines=(*larger, *added), tenders=tenders)


def _larger(old: OrderLine, new: OrderLine) -> OrderLine | None:
    """The line with more units of the same price: the value of the first units does not change."""
    same_price = old.paid.minor * new.quantity == new.paid.minor * old.quantity
    if new.quantity <= old.quantity or not same_price:
        return None
    return old.model_copy(
        update={"quantity": new.quantity, "unit_price": new.unit_price, "discount": new.discount}
    )


def _paid_on_top(order: Order, sale: Sale, provider: str) -> tuple[Tender, ...]:
    """The payments that the order does not have. One that the storefront does not name is the next of the order's own."""
    paid = sum(tender.amount.minor for tender in sale.tenders) - order.captured.minor
    if paid <= 0:
        return ()
    new = [tender for tender in sale.tenders if order.tender(tender.tender_id) is None]
    if sum(tender.amount.minor for tender in new) == paid:
        return tuple(tender.held_by(provider) for tender in new)
    first = sale.tenders[0]
    name = payment_keys.further_tender(first.tender_id, len(order.tenders) + 1)
    return (
        first.model_copy(
            update={
                "tender_id": name,
                "amount": Money(minor=paid, currency=order.currency),
                "payment": name if first.payment is not None else None,
            }
        ).held_by(provider),
    )
