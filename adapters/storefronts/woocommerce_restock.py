"""The lines of a refund in WooCommerce: which units it is for, and what part of the amount is theirs."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from adapters.woocommerce.amounts import to_text
from domain.money import Money


def refunded_items(order: Mapping[str, Any], units: Mapping[str, int], amount: Money) -> list[dict[str, Any]]:
    """The units of the order's own lines. They have their price and tax where these come to exactly the amount, else none.

    The amount of the refund counts in either case. A line of another system would void all, so it is left out.
    """
    there = {str(line.get("id")): line for line in order.get("line_items") or () if isinstance(line, dict)}
    known = {line: quantity for line, quantity in units.items() if line in there}
    priced = [_priced(there[line], quantity) for line, quantity in known.items()]
    if known.keys() == units.keys() and all(priced) and sum(map(_total, priced)) == Decimal(to_text(amount)):
        return [item for item in priced if item]
    return [
        {"id": int(line), "quantity": quantity, "refund_total": "0"}
        for line, quantity in known.items()
        if line.isdigit()
    ]


def _priced(line: Mapping[str, Any], quantity: int) -> dict[str, Any] | None:
    """The units at the line's price, and their tax by rate; None where they cannot be divided exactly."""
    try:
        part = Decimal(quantity) / Decimal(str(line["quantity"]))
        total = Decimal(str(line["total"])) * part
        taxes = [
            {"id": int(tax["id"]), "refund_total": str(Decimal(str(tax["total"])) * part)}
            for tax in line.get("taxes") or ()
            if str(tax.get("total", ""))
        ]
    except (InvalidOperation, KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    stated = {"id": int(line["id"]), "quantity": quantity, "refund_total": str(total)}
    return {**stated, "refund_tax": taxes} if taxes else stated


def _total(item: Mapping[str, Any] | None) -> Decimal:
    if item is None:
        return Decimal(0)
    taxes = (Decimal(tax["refund_total"]) for tax in item.get("refund_tax", ()))
    return Decimal(item["refund_total"]) + sum(taxes, Decimal(0))
