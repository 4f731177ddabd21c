"""`refundCreate`: one refund per key, its refusals, and its money at the plan of the order.

H4 to H9 of the checks: the user errors are those that were recorded of a live shop, word for word.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from simulators.payments.shopify import webhooks
from simulators.payments.shopify.money import Rate, exact
from simulators.payments.shopify.objects import Body, Objects
from simulators.payments.shopify.views import PAID, dollars, moved, order_view, refund_view, refunded_units

_STATUS = {"success": "SUCCESS", "pending": "PENDING", "failure": "FAILURE"}
STORE_CREDIT = "shopify_store_credit"


class UserErrors(Exception):
    """The refund is refused."""

    def __init__(self, message: str, field: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.errors = [{"field": None if field is None else list(field), "message": message}]


def refused(objects: Objects, given: Mapping[str, Any], problem: UserErrors) -> dict[str, Any]:
    """The payload of a refusal; it shows the order as it is."""
    order = objects.get(given["orderId"], "Order")
    return {"refund": None, "order": order and order_view(objects, order), "userErrors": problem.errors}


def made(objects: Objects, refund: Body) -> dict[str, Any]:
    """The payload of a refund, from its state now."""
    order = objects.get(refund["order"], "Order")
    assert order is not None, "a refund has its order"
    view = refund_view(objects, refund)
    return {"refund": view, "order": order_view(objects, order), "userErrors": []}


def create(objects: Objects, given: Mapping[str, Any]) -> Body:
    """Make the refund. Raises UserErrors."""
    order = objects.get(given["orderId"], "Order")
    if order is None:
        raise UserErrors("Order does not exist", ["orderId"])
    lines = list(given.get("refundLineItems") or ())
    _check_lines(objects, order, lines)
    rate = Rate(order)
    if rate.shop != rate.buyer and given.get("currency") != rate.buyer:
        raise UserErrors("Currency must be the presentment currency of the order", ["currency"])
    payments = [_payment(objects, order, one) for one in given.get("transactions") or ()]
    credits = [_credit(order, one) for one in given.get("refundMethods") or ()]
    _check_sum(objects, order, sum((amount for *_, amount in (*payments, *credits)), Decimal(0)))
    body = {"order": order["id"], "note": given.get("note"), "createdAt": objects.at, "updatedAt": objects.at}
    refund = objects.add("Refund", order["id"], {**body, "lines": lines, "return": given.get("return")})
    if given.get("notify"):
        objects.mail(refund["id"])
    event = webhooks.new_event()
    for parent, gateway, amount in (*payments, *credits):
        _pay(objects, order, refund, (parent, gateway, amount, event))
    objects.touch(order)
    webhooks.refund_created(objects, refund, event)
    return refund


def _check_lines(objects: Objects, order: Body, lines: Sequence[Mapping[str, Any]]) -> None:
    known = {one["id"]: one for one in objects.of(order["id"], "LineItem")}
    for place, line in enumerate(lines):
        stored = known.get(line["lineItemId"])
        if stored is None:
            raise UserErrors("Line item does not exist", ["refundLineItems", str(place), "lineItemId"])
        if line["quantity"] + refunded_units(objects, stored) > stored["quantity"]:
            raise UserErrors(
                "Quantity cannot refund more items than were purchased",
                ["refundLineItems", str(place), "quantity"],
            )


def _payment(objects: Objects, order: Body, one: Mapping[str, Any]) -> tuple[str, str, Decimal]:
    """The parent, its gateway (the text that was sent is ignored), and the amount."""
    if one["kind"] != "REFUND":
        raise UserErrors(f"Kind {str(one['kind']).lower()} is not a valid transaction")
    parent = objects.get(one.get("parentId"), "OrderTransaction")
    if parent is None or parent["order"] != order["id"] or parent["kind"] not in PAID:
        raise UserErrors("Transactions require a parent_id associated with the order", ["transactions"])
    return parent["id"], parent["gateway"], _positive(one["amount"])


def _credit(order: Body, one: Mapping[str, Any]) -> tuple[str, str, Decimal]:
    wanted = one["storeCreditRefund"]["amount"]
    if order.get("customer") is None:
        raise UserErrors("Store credit needs a customer", ["refundMethods"])
    if wanted["currencyCode"] != order["presentmentCurrencyCode"]:
        raise UserErrors("Currency must be the presentment currency of the order", ["refundMethods"])
    return "", STORE_CREDIT, _positive(wanted["amount"])


def _positive(amount: object) -> Decimal:
    value = exact(amount)
    if value is None or value <= 0:
        raise UserErrors("Transaction amount must be greater than 0")
    return value


def _check_sum(objects: Objects, order: Body, wanted: Decimal) -> None:
    """Never more than the net payment, whatever `allowOverRefunding` says: so it is with a manual gateway."""
    left = moved(objects, order, PAID) - moved(objects, order, ["REFUND"])
    if wanted > left:
        currency = order["presentmentCurrencyCode"]
        raise UserErrors(
            f"Refund amount {dollars(wanted, currency)} is greater than net payment received {dollars(left, currency)}"
        )


def _pay(objects: Objects, order: Body, refund: Body, what: tuple[str, str, Decimal, str]) -> None:
    parent, gateway, amount, event = what
    status = "SUCCESS" if gateway == STORE_CREDIT else _STATUS[order["plan"]]
    body = transaction_body(order, kind="REFUND", gateway=gateway, amount=amount)
    stored = {**body, "refund": refund["id"], "parent": parent, "status": status}
    stored |= {"createdAt": objects.at, "processedAt": objects.at}
    paid = objects.add("OrderTransaction", order["id"], stored)
    if gateway == STORE_CREDIT:
        add_credit(objects, order["customer"], amount, order["presentmentCurrencyCode"])
    webhooks.transaction_changed(objects, paid, event)


def transaction_body(order: Body, *, kind: str, gateway: str, amount: Decimal) -> Body:
    """A transaction of that order, without times and status."""
    return {
        "order": order["id"],
        "kind": kind,
        "gateway": gateway,
        "buyer": str(amount),
        "shopAmount": str(Rate(order).to_shop(amount)),
        "rate": order["rate"],
        "currencyCode": order["currencyCode"],
        "presentmentCurrencyCode": order["presentmentCurrencyCode"],
        "parent": None,
        "refund": None,
        "errorCode": None,
    }


def add_credit(objects: Objects, customer: str, amount: Decimal, currency: str) -> Body:
    """Credit the customer's account in that currency, which is opened by the first credit; the account afterwards."""
    accounts = objects.of(customer, "StoreCreditAccount")
    account = next((one for one in accounts if one["currency"] == currency), None)
    if account is None:
        body = {"owner": customer, "currency": currency, "balance": "0"}
        account = objects.add("StoreCreditAccount", customer, body)
    account["balance"] = str(Decimal(account["balance"]) + amount)
    objects.save(account)
    return account
