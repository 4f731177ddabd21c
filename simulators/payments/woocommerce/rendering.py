"""How the shop writes orders and refunds: amounts in its own number of decimals, times with and without zone."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simulators.payments.woocommerce.schemas import ShopSettings

Body = dict[str, Any]
_ORDER_AMOUNTS = (
    "discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax",
)  # fmt: skip
_LINE_AMOUNTS = ("subtotal", "subtotal_tax", "total", "total_tax", "discount", "discount_tax")
_TAX_AMOUNTS = ("tax_total", "shipping_tax_total")
_LISTS = ("line_items", "shipping_lines", "fee_lines", "coupon_lines", "tax_lines")


def fixed(amount: str | Decimal, decimals: int) -> str:
    """The amount with so many decimals, halves away from zero."""
    return str(Decimal(amount).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


class Writer:
    """Writes for one request. decimals: the shop's, or the request's `dp`."""

    def __init__(self, settings: ShopSettings, decimals: int | None) -> None:
        self._settings = settings
        self._decimals = settings.decimals if decimals is None else decimals

    def order(self, order: Body, refunds: list[Body]) -> Body:
        """An order with the short rows of its refunds."""
        body = {name: value for name, value in order.items() if name not in ("modified", "created", "paid")}
        body |= {name: fixed(order[name], self._decimals) for name in _ORDER_AMOUNTS}
        body |= {name: [self._line(line) for line in order[name]] for name in _LISTS}
        body |= self._times("date_created", order["created"])
        body |= self._times("date_modified", order["modified"])
        body |= self._times("date_paid", order["paid"])
        body["refunds"] = [
            {"id": one["id"], "reason": one["reason"], "total": "-" + fixed(one["amount"], self._decimals)}
            for one in refunds
        ]
        return self._flipped(body)

    def refund(self, refund: Body) -> Body:
        """A refund: its amount is positive, everything in its lines negative."""
        body = {
            name: value for name, value in refund.items() if name not in ("parent", "created", "restocked")
        }
        body["amount"] = fixed(refund["amount"], self._decimals)
        body |= self._times("date_created", refund["created"])
        body |= {name: [self._line(line) for line in refund.get(name, [])] for name in _LISTS[:3]}
        links = {
            "self": [
                {
                    "href": f"https://shop.example/wp-json/wc/v3/orders/{refund['parent']}/refunds/{refund['id']}"
                }
            ]
        }
        return self._flipped({**body, "tax_lines": [], "_links": links})

    def _line(self, line: Body) -> Body:
        """`taxes` are not rounded, and `price` is a number."""
        names = [name for name in (*_LINE_AMOUNTS, *_TAX_AMOUNTS) if name in line]
        return {**line, **{name: fixed(line[name], self._decimals) for name in names}}

    def _times(self, name: str, at: str | None) -> Body:
        if at is None:
            return {name: None, f"{name}_gmt": None}
        utc = datetime.fromisoformat(at)
        local = utc + timedelta(minutes=self._settings.utc_offset_minutes)
        return {name: f"{local:%Y-%m-%dT%H:%M:%S}", f"{name}_gmt": f"{utc:%Y-%m-%dT%H:%M:%S}"}

    def _flipped(self, body: Body) -> Body:
        """Ids and quantities as text, where the shop writes them so."""
        return _as_text(body) if self._settings.numbers_as_text else body


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def complete_order(given: Body, order: int, at: str) -> Body:
    """The order with a plain value for every field that is left out."""
    zero: Body = dict.fromkeys(_ORDER_AMOUNTS, "0")
    plain: Body = {
        "id": order, "number": str(order), "parent_id": 0, "status": "processing", "currency": "EUR",
        "prices_include_tax": False, "customer_id": 0, "billing": {}, "shipping": {}, "payment_method": "stripe",
        "payment_method_title": "Card", "transaction_id": f"ch_{order}", "meta_data": [], "created": at, "paid": at,
    }  # fmt: skip
    lists: Body = {name: [] for name in _LISTS}
    taken = {name: value for name, value in given.items() if name != "refunds" and "date_" not in name}
    return {**zero, **lists, **plain, **taken}
