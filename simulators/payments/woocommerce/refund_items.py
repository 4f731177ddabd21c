"""The lines of a refund: what was asked for, negative, by the ids of the order's lines and the tax rates."""

from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

Body = dict[str, Any]
_KINDS = ("line_items", "fee_lines", "shipping_lines")


def sum_of_lines(asked: Body) -> Decimal:
    """What the lines come to, with tax. Raises decimal.InvalidOperation for text that is no number."""
    amount = Decimal()
    for item in _items(asked):
        taxes = item.get("refund_tax") or []
        parts = [item.get("refund_total", 0), *(tax.get("refund_total", 0) for tax in taxes)]
        amount += sum((Decimal(str(part)) for part in parts), Decimal())
    return amount


async def negative_lines(
    order: Body, asked: Body, new_id: Callable[[], Awaitable[int]]
) -> dict[str, list[Body]]:
    """The lines, fees and shipping that the refund names. One item without an id, and none of them is read."""
    items = _items(asked)
    if not all(item.get("id") for item in items):
        return {kind: [] for kind in _KINDS}
    found: dict[str, list[Body]] = {}
    for kind in _KINDS:
        named = [(line, item) for line in order[kind] for item in items if line["id"] == item["id"]]
        found[kind] = [_negative(line, item, await new_id()) for line, item in named]
    return found


def _items(asked: Body) -> list[Body]:
    return [item for item in asked.get("line_items") or [] if isinstance(item, dict)]


def _negative(line: Body, item: Body, row: int) -> Body:
    total = Decimal(str(item.get("refund_total", 0)))
    rates = {str(tax["id"]) for tax in line.get("taxes", [])}
    taxes = [tax for tax in item.get("refund_tax") or [] if str(tax.get("id")) in rates]
    tax = sum((Decimal(str(one["refund_total"])) for one in taxes), Decimal())
    body = {
        "id": row,
        "name": line.get("name") or line.get("method_title", ""),
        "total": str(-total),
        "total_tax": str(-tax),
        "taxes": [{"id": int(one["id"]), "total": str(-Decimal(str(one["refund_total"])))} for one in taxes],
        "meta_data": [{"id": row, "key": "_refunded_item_id", "value": str(line["id"])}],
    }
    if "quantity" in line:
        kept = ("product_id", "variation_id", "tax_class", "sku", "price")
        body |= {name: line.get(name, "") for name in kept}
        body |= {"quantity": -item.get("quantity", 0), "subtotal": str(-total), "subtotal_tax": str(-tax)}
    return body


def restocked_units(refunds: list[Body]) -> dict[str, int]:
    """The units of each line of the order that these refunds put into stock."""
    found = Counter[str]()
    for line in (line for one in refunds if one.get("restocked") for line in one["line_items"]):
        found[line["meta_data"][0]["value"]] -= line["quantity"]
    return dict(found)
