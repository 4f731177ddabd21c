"""Returns: their states, repetitions and refusals, as they were recorded of a live shop."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulators.payments.shopify import refunds, webhooks
from simulators.payments.shopify.objects import Body, Objects, number_of
from simulators.payments.shopify.refunds import UserErrors
from simulators.payments.shopify.views import return_view

_APPROVE = "Return is not approvable. Only returns with status REQUESTED can be approved."
_DECLINE = "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
Payload = dict[str, Any]


def _refused(code: str | None, message: str, field: Sequence[str] | None) -> Payload:
    error = {"code": code, "message": message, "field": None if field is None else list(field)}
    return {"return": None, "userErrors": [error]}


def _shown(objects: Objects, one: Body) -> Payload:
    return {"return": return_view(objects, one), "userErrors": []}


def open_return(objects: Objects, given: Mapping[str, Any], name: str) -> Payload:
    """`returnCreate` (name `returnInput`) makes it OPEN, `returnRequest` (name `input`) REQUESTED."""
    order = objects.get(given["orderId"], "Order")
    if order is None:
        return _refused("NOT_FOUND", "Order not found.", [name, "orderId"])
    for place, line in enumerate(given["returnLineItems"]):
        problem = _line_problem(objects, order, line)
        if problem is not None:
            code, message, field = problem
            return _refused(code, message, [name, "returnLineItems", str(place), field])
    requested = name == "input"
    number = len(objects.of(order["id"], "Return")) + 1
    body = {"order": order["id"], "name": f"{order['name']}-R{number}", "createdAt": objects.at}
    body |= {"status": "REQUESTED" if requested else "OPEN", "closedAt": None, "note": None}
    one = objects.add("Return", order["id"], body)
    for line in given["returnLineItems"]:
        note = line.get("returnReasonNote") or ""
        stored = {"fulfilled": line["fulfillmentLineItemId"], "quantity": line["quantity"], "note": note}
        objects.add("ReturnLineItem", one["id"], {**stored, "processed": 0})
    objects.touch(order)
    webhooks.return_changed(objects, one, "request" if requested else "approve")
    return _shown(objects, one)


def _line_problem(objects: Objects, order: Body, line: Mapping[str, Any]) -> tuple[str, str, str] | None:
    left = returnable(objects, order).get(line["fulfillmentLineItemId"])
    if left is None:
        return "NOT_FOUND", "Fulfillment Line Item was not found.", "fulfillmentLineItemId"
    if not 0 < line["quantity"] <= left:
        return "INVALID", "Return line item has an invalid quantity.", "quantity"
    return None


def returnable(objects: Objects, order: Body) -> dict[str, int]:
    """How many units of each fulfilled line are in no return; a return that was canceled or declined holds none."""
    left = {
        line["id"]: int(line["quantity"])
        for fulfillment in objects.of(order["id"], "Fulfillment")
        for line in objects.of(fulfillment["id"], "FulfillmentLineItem")
    }
    for one in objects.of(order["id"], "Return"):
        if one["status"] not in ("CANCELED", "DECLINED"):
            for line in objects.of(one["id"], "ReturnLineItem"):
                left[line["fulfilled"]] -= line["quantity"]
    return left


def approve(objects: Objects, given: Mapping[str, Any]) -> Payload:
    """`returnApproveRequest`."""
    one = objects.get(given["id"], "Return")
    if one is None:
        return _refused("NOT_FOUND", "Return not found.", ["input", "id"])
    if one["status"] != "REQUESTED":
        return _refused("INVALID_STATE", _APPROVE, ["input", "id"])
    if given.get("notifyCustomer"):
        objects.mail(one["id"])
    return _to(objects, one, "OPEN", "approve")


def decline(objects: Objects, given: Mapping[str, Any]) -> Payload:
    """`returnDeclineRequest`."""
    one = objects.get(given["id"], "Return")
    if one is None:
        return _refused("NOT_FOUND", "Return not found.", ["input", "id"])
    if one["status"] == "DECLINED":
        return _refused("INVALID_STATE", "The return is already declined.", ["input", "id"])
    if one["status"] != "REQUESTED":
        return _refused("INVALID_STATE", _DECLINE, ["input", "id"])
    one["decline"] = {"reason": given["declineReason"], "note": given.get("declineNote")}
    return _to(objects, one, "DECLINED", "decline")


def _to(objects: Objects, one: Body, status: str, verb: str) -> Payload:
    if one["status"] != status:
        one["status"] = status
        one["closedAt"] = objects.at if status == "CLOSED" else None
        objects.save(one)
        order = objects.get(one["order"], "Order")
        assert order is not None, "a return has its order"
        objects.touch(order)
        webhooks.return_changed(objects, one, verb)
    return _shown(objects, one)


def close(objects: Objects, gid: str) -> Payload:
    """`returnClose`; a repetition changes nothing."""
    return _move(objects, gid, lambda one: _to(objects, one, "CLOSED", "close"))


def reopen(objects: Objects, gid: str) -> Payload:
    """`returnReopen`; a repetition changes nothing."""
    return _move(objects, gid, lambda one: _to(objects, one, "OPEN", "reopen"))


def _move(objects: Objects, gid: str, change: Callable[[Body], Payload]) -> Payload:
    one = objects.get(gid, "Return")
    if one is None:
        return _refused("NOT_FOUND", "Return not found.", ["id"])
    if one["status"] not in ("OPEN", "CLOSED"):
        return _refused("INVALID_STATE", "Return status is invalid.", ["id"])
    return change(one)


def cancel(objects: Objects, gid: str, *, notify: bool) -> Payload:
    """`returnCancel`; a repetition changes nothing."""
    one = objects.get(gid, "Return")
    if one is None:
        return _refused("NOT_FOUND", "Return not found.", ["id"])
    if any(line["processed"] for line in objects.of(gid, "ReturnLineItem")):
        return _refused("INVALID_STATE", "Return is not cancelable.", ["id"])
    if notify:
        objects.mail(gid)
    return _to(objects, one, "CANCELED", "cancel")


def process(objects: Objects, given: Mapping[str, Any]) -> Payload:
    """`returnProcess`: no key, so the same call twice is decided by the quantities that are left. It stays OPEN."""
    one = objects.get(given["returnId"], "Return")
    if one is None:
        return _refused("NOT_FOUND", "Return not found.", ["input", "returnId"])
    if one["status"] != "OPEN":
        return _refused("INVALID_STATE", "Return status is invalid.", ["input", "returnId"])
    lines = {line["id"]: line for line in objects.of(one["id"], "ReturnLineItem")}
    for place, wanted in enumerate(given.get("returnLineItems") or ()):
        line, field = lines.get(wanted["id"]), ["input", "returnLineItems", str(place)]
        if line is None:
            return _refused("NOT_FOUND", "Return line item was not found.", [*field, "id"])
        line["processed"] += wanted["quantity"]
        if not 0 < wanted["quantity"] <= line["quantity"] or line["processed"] > line["quantity"]:
            return _refused("INVALID", "Return line item has an invalid quantity.", [*field, "quantity"])
    try:
        _transfer(objects, one, given)
    except UserErrors as problem:
        return _refused("INVALID", str(problem), None)
    for line in lines.values():
        objects.save(line)
    if given.get("notifyCustomer"):
        objects.mail(one["id"])
    webhooks.return_changed(objects, one, "process")
    return _shown(objects, one)


def _transfer(objects: Objects, one: Body, given: Mapping[str, Any]) -> None:
    """Pay back what `financialTransfer` says; without it no money moves."""
    issue = (given.get("financialTransfer") or {}).get("issueRefund")
    if not issue:
        return
    order = objects.get(one["order"], "Order")
    assert order is not None, "a return has its order"
    payments = [
        {
            "kind": "REFUND",
            "parentId": paid["parentId"],
            "amount": paid["transactionAmount"]["amount"],
            "gateway": "",
            "orderId": order["id"],
        }
        for paid in issue["orderTransactions"]
    ]
    refunds.create(
        objects,
        {
            "orderId": order["id"],
            "currency": order["presentmentCurrencyCode"],
            "note": given.get("note") if objects.shop["note_of_process"] else None,
            "return": one["id"],
            "refundLineItems": _refunded(objects, one, given),
            "transactions": payments,
            "refundMethods": issue.get("refundMethods") or [],
        },
    )


def _refunded(objects: Objects, one: Body, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of the order that the processed units belong to."""
    lines = {line["id"]: line for line in objects.of(one["id"], "ReturnLineItem")}
    found = []
    for wanted in given.get("returnLineItems") or ():
        fulfilled = objects.get(lines[wanted["id"]]["fulfilled"], "FulfillmentLineItem")
        assert fulfilled is not None, "a return has lines that were fulfilled"
        found.append(
            {"lineItemId": fulfilled["line"], "quantity": wanted["quantity"], "restockType": "NO_RESTOCK"}
        )
    return found


def fulfillments(objects: Objects, gid: str) -> list[dict[str, Any]]:
    """`returnableFulfillments` as plain data: the fulfilment and its lines with what is left of them."""
    order = objects.get(gid, "Order")
    if order is None:
        return []
    left = returnable(objects, order)
    return [
        {
            "id": f"gid://shopify/ReturnableFulfillment/{number_of(one['id'])}",
            "fulfillment": one,
            "lines": [
                (line, left[line["id"]])
                for line in objects.of(one["id"], "FulfillmentLineItem")
                if left[line["id"]] > 0
            ],
        }
        for one in objects.of(order["id"], "Fulfillment")
    ]
