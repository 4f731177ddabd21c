"""What happens in the shop besides the API: orders are placed, staff refund and return, transactions and disputes change."""

from datetime import timedelta
from decimal import Decimal

from simulators.payments.shopify import refunds, returns, webhooks
from simulators.payments.shopify.control import (
    DisputeChange,
    NewTransaction,
    PlacedOrder,
    StaffRefund,
    StaffReturn,
    TransactionChange,
)
from simulators.payments.shopify.objects import Body, Objects, number_of


class Unknown(Exception):
    """There is no such object."""


def place(objects: Objects, new: PlacedOrder) -> Body:
    """An order that was paid."""
    customer = objects.add("Customer", None, {})["id"] if new.customer else None
    times = {"createdAt": objects.at, "updatedAt": objects.at}
    currency = objects.shop["currency"]
    body = {"currencyCode": currency, "presentmentCurrencyCode": new.presentment or currency, **times}
    body |= {"rate": new.rate, "plan": new.plan, "customer": customer, "name": ""}
    order = objects.add("Order", None, body, new.number)
    order["name"] = f"#{number_of(order['id'])}"
    objects.save(order)
    paid = [_take(objects, order, one) for one in new.transactions]
    fulfilled = []
    for line in new.lines:
        stored = {"order": order["id"], "title": line.title, "sku": "", "quantity": line.quantity}
        added = objects.add("LineItem", order["id"], stored, line.number)
        fulfilled += [(added["id"], line.fulfilled)] if line.fulfilled else []
    if fulfilled:
        shipped = objects.add("Fulfillment", order["id"], {})
        for name, quantity in fulfilled:
            objects.add("FulfillmentLineItem", shipped["id"], {"line": name, "quantity": quantity})
    return {**order, "transactions": paid}


def _take(objects: Objects, order: Body, new: NewTransaction) -> Body:
    amount = Decimal(new.amount)
    body = refunds.transaction_body(order, kind=new.kind, gateway=new.gateway, amount=amount)
    body |= {"status": new.status, "createdAt": objects.at, "processedAt": objects.at}
    return objects.add("OrderTransaction", order["id"], body, new.number)


def refund(objects: Objects, given: StaffRefund) -> Body:
    """A refund in the admin. Raises UserErrors."""
    order = _order(objects, given.order)
    lines = [
        {"lineItemId": line["id"], "quantity": wanted.quantity, "restockType": "RETURN"}
        for line, wanted in zip(objects.of(order["id"], "LineItem"), given.lines, strict=False)
    ]
    payment = {"kind": "REFUND", "parentId": given.parent, "amount": given.amount}
    return refunds.create(
        objects,
        {
            "orderId": order["id"],
            "currency": order["presentmentCurrencyCode"],
            "note": given.note,
            "refundLineItems": lines,
            "transactions": [payment] if given.parent else [],
        },
    )


def change_return(objects: Objects, given: StaffReturn) -> dict[str, object]:
    """A return in the admin."""
    order = _order(objects, given.order)
    if given.verb == "create":
        left = returns.returnable(objects, order)
        lines = [{"fulfillmentLineItemId": name, "quantity": count} for name, count in left.items() if count]
        made = returns.open_return(objects, {"orderId": order["id"], "returnLineItems": lines}, "returnInput")
    else:
        last = objects.of(order["id"], "Return")[-1]["id"]
        closes = given.verb == "close"
        made = returns.close(objects, last) if closes else returns.cancel(objects, last, notify=False)
    return {"return": made["return"] and made["return"]["id"], "userErrors": made["userErrors"]}


def change_transaction(objects: Objects, given: TransactionChange) -> Body:
    """A transaction has arrived, or failed; it is reported as a success, a failure or an error."""
    paid = objects.get(given.transaction, "OrderTransaction")
    if paid is None:
        raise Unknown
    paid |= {"status": given.status, "processedAt": objects.at}
    objects.save(paid)
    objects.touch(_order(objects, paid["order"]))
    webhooks.transaction_changed(objects, paid, webhooks.new_event())
    return paid


def change_dispute(objects: Objects, given: DisputeChange) -> Body:
    """A dispute opens or changes."""
    order = _order(objects, given.order)
    known = objects.of(order["id"], "ShopifyPaymentsDispute")
    final = given.status in ("WON", "LOST", "ACCEPTED", "PREVENTED")
    changes = {"status": given.status, "type": given.type, "finalizedOn": objects.at if final else None}
    if known:
        dispute = {**known[0], **changes}
        objects.save(dispute)
    else:
        due = (objects.now + timedelta(days=7)).isoformat(timespec="seconds")
        body = {"order": order["id"], "amount": given.amount, "currency": order["presentmentCurrencyCode"]}
        body |= {"reason": "fraudulent", "evidenceDueBy": due, "initiatedAt": objects.at, **changes}
        dispute = objects.add("ShopifyPaymentsDispute", order["id"], body)
    objects.touch(order)
    webhooks.dispute_changed(objects, dispute, "disputes/update" if known else "disputes/create")
    return dispute


def _order(objects: Objects, gid: str) -> Body:
    order = objects.get(gid, "Order")
    if order is None:
        raise Unknown
    return order
