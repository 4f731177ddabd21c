"""The stored objects as the schema shows them. A field with arguments, or one that is costly, is a function."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from simulators.payments.shopify.money import Rate, written
from simulators.payments.shopify.objects import Body, Objects, number_of

View = dict[str, Any]
PAID = ("SALE", "CAPTURE")


def connection(nodes: Sequence[View]) -> Callable[..., View]:
    """A field with pages: `first` and `after`, and `reverse`."""

    def page(
        _info: Any, first: int | None = None, after: str | None = None, reverse: bool = False, **_: Any
    ) -> View:
        ordered = nodes[::-1] if reverse else nodes
        start = int(base64.b64decode(after)) if after else 0
        end = min(len(nodes), start + (first if first is not None else len(nodes)))
        return {
            "nodes": ordered[start:end],
            "pageInfo": {
                "hasNextPage": end < len(nodes),
                "hasPreviousPage": start > 0,
                "startCursor": base64.b64encode(str(start).encode()).decode() if nodes else None,
                "endCursor": base64.b64encode(str(end).encode()).decode() if nodes else None,
            },
        }

    return page


def listed(nodes: Sequence[View]) -> Callable[..., Sequence[View]]:
    """A plain list, of which `first` are wanted."""
    return lambda _info, first=None, **_: nodes[:first]


def moved(objects: Objects, order: Body, kinds: Sequence[str], buyer: bool = True) -> Decimal:
    """What successful transactions of these kinds took or gave, in the buyer's currency or the shop's."""
    side = "buyer" if buyer else "shopAmount"
    paid = objects.of(order["id"], "OrderTransaction")
    return sum(
        (Decimal(one[side]) for one in paid if one["kind"] in kinds and one["status"] == "SUCCESS"),
        Decimal(0),
    )


def sums(objects: Objects, order: Body) -> View:
    """The sums of an order that count successful transactions only."""
    rate = Rate(order)
    received = [moved(objects, order, PAID, buyer) for buyer in (False, True)]
    refunded = [moved(objects, order, ["REFUND"], buyer) for buyer in (False, True)]
    left = [taken - given for taken, given in zip(received, refunded, strict=True)]
    return {
        "totalReceivedSet": rate.pair(*received),
        "totalRefundedSet": rate.pair(*refunded),
        "netPaymentSet": rate.pair(*left),
        "totalPriceSet": rate.pair(*received),
        "refundable": left[1] > 0,
        "displayFinancialStatus": _financial_status(received[1], refunded[1]),
    }


def _financial_status(received: Decimal, refunded: Decimal) -> str:
    if refunded:
        return "REFUNDED" if refunded >= received else "PARTIALLY_REFUNDED"
    return "PAID" if received else "PENDING"


def order_view(objects: Objects, order: Body) -> View:
    """An Order."""
    shown = ("id", "name", "createdAt", "updatedAt", "currencyCode", "presentmentCurrencyCode")
    return {
        **{name: order[name] for name in shown},
        "legacyResourceId": str(number_of(order["id"])),
        "cancelledAt": order.get("cancelledAt"),
        "displayFulfillmentStatus": "FULFILLED" if objects.of(order["id"], "Fulfillment") else "UNFULFILLED",
        **sums(objects, order),
        "disputes": lambda _: [
            {"id": one["id"], "initiatedAs": one["type"], "status": one["status"]}
            for one in objects.of(order["id"], "ShopifyPaymentsDispute")
        ],
        "transactions": _transactions(objects, order, listed),
        "refunds": lambda info, **more: listed(
            [refund_view(objects, one) for one in objects.of(order["id"], "Refund")]
        )(info, **more),
        "returns": lambda info, **more: connection(_returns(objects, order))(info, **more),
        "lineItems": lambda info, **more: connection(
            [line_view(objects, one) for one in objects.of(order["id"], "LineItem")]
        )(info, **more),
        "fulfillments": lambda info, **more: listed(
            [fulfillment_view(objects, one) for one in objects.of(order["id"], "Fulfillment")]
        )(info, **more),
    }


def _returns(objects: Objects, order: Body) -> list[View]:
    """The order's returns. Raises for an access token without their scope."""
    if "read_returns" not in objects.shop["scopes"]:
        message = "Access denied for returns field. Required access: `read_returns` access scope."
        raise GraphQLError(message, extensions={"code": "ACCESS_DENIED", "requiredAccess": "`read_returns`"})
    return [return_view(objects, one) for one in objects.of(order["id"], "Return")]


def _transactions(objects: Objects, order: Body, shape: Callable[..., Any]) -> Callable[..., Any]:
    return lambda info, **more: shape(
        [transaction_view(objects, one) for one in objects.of(order["id"], "OrderTransaction")]
    )(info, **more)


def transaction_view(objects: Objects, one: Body) -> View:
    """An OrderTransaction."""
    rate = Rate(one)
    shown = ("id", "kind", "status", "gateway", "createdAt", "processedAt", "errorCode")
    return {
        **{name: one[name] for name in shown},
        "amountSet": rate.pair(Decimal(one["shopAmount"]), Decimal(one["buyer"])),
        "parentTransaction": lambda _: _parent(objects, one),
        "paymentId": f"#{number_of(one['order'])}.1",
        "manualPaymentGateway": one["gateway"] == "manual",
        "test": False,
    }


def _parent(objects: Objects, one: Body) -> View | None:
    parent = objects.get(one["parent"], "OrderTransaction")
    return None if parent is None else transaction_view(objects, parent)


def refund_view(objects: Objects, refund: Body) -> View:
    """A Refund. Its total counts successful transactions only."""
    order = objects.get(refund["order"], "Order")
    assert order is not None, "a refund has its order"
    own = [one for one in objects.of(order["id"], "OrderTransaction") if one.get("refund") == refund["id"]]
    done = [one for one in own if one["status"] == "SUCCESS"]
    shop, buyer = (sum((Decimal(one[side]) for one in done), Decimal(0)) for side in ("shopAmount", "buyer"))
    return {
        **{name: refund[name] for name in ("id", "note", "createdAt", "updatedAt")},
        "processedAt": refund["createdAt"],
        "legacyResourceId": str(number_of(refund["id"])),
        "order": lambda _: order_view(objects, order),
        "return": lambda _: return_of(objects, refund.get("return")),
        "totalRefundedSet": Rate(order).pair(shop, buyer),
        "transactions": connection([transaction_view(objects, one) for one in own]),
        "refundLineItems": connection([_refund_line(objects, one) for one in refund["lines"]]),
    }


def _refund_line(objects: Objects, line: Mapping[str, Any]) -> View:
    stored = objects.get(line["lineItemId"], "LineItem")
    return {
        "id": None,
        "lineItem": stored and line_view(objects, stored),
        "quantity": line["quantity"],
        "restockType": line.get("restockType") or "NO_RESTOCK",
        "restocked": line.get("restockType") in ("RETURN", "CANCEL"),
    }


def line_view(objects: Objects, line: Body) -> View:
    """A LineItem."""
    gone = refunded_units(objects, line)
    return {
        **{name: line[name] for name in ("id", "title", "sku", "quantity")},
        "refundableQuantity": line["quantity"] - gone,
    }


def refunded_units(objects: Objects, line: Body) -> int:
    """How many units of a line were refunded."""
    return sum(
        one["quantity"]
        for refund in objects.of(line["order"], "Refund")
        for one in refund["lines"]
        if one["lineItemId"] == line["id"]
    )


def fulfillment_view(objects: Objects, fulfillment: Body) -> View:
    """A Fulfillment."""
    lines = objects.of(fulfillment["id"], "FulfillmentLineItem")
    return {
        "id": fulfillment["id"],
        "legacyResourceId": str(number_of(fulfillment["id"])),
        "fulfillmentLineItems": connection([fulfilled_line(objects, one) for one in lines]),
    }


def fulfilled_line(objects: Objects, one: Body) -> View:
    """A FulfillmentLineItem."""
    line = objects.get(one["line"], "LineItem")
    assert line is not None, "a fulfilled line has its line"
    return {"id": one["id"], "quantity": one["quantity"], "lineItem": line_view(objects, line)}


def return_of(objects: Objects, gid: str | None) -> View | None:
    """A Return by its id."""
    found = objects.get(gid, "Return")
    return None if found is None else return_view(objects, found)


def return_view(objects: Objects, one: Body) -> View:
    """A Return."""
    lines = objects.of(one["id"], "ReturnLineItem")
    order = objects.get(one["order"], "Order")
    return {
        **{name: one[name] for name in ("id", "name", "status", "createdAt", "closedAt")},
        "order": lambda _: order and order_view(objects, order),
        "decline": one.get("decline"),
        "totalQuantity": sum(line["quantity"] for line in lines),
        "returnLineItems": connection([_return_line(objects, line) for line in lines]),
        "refunds": lambda info, **more: connection(
            [
                refund_view(objects, refund)
                for refund in objects.of(one["order"], "Refund")
                if refund.get("return") == one["id"]
            ]
        )(info, **more),
        "reverseFulfillmentOrders": connection(_reverse_orders(objects, one, lines)),
    }


def _return_line(objects: Objects, line: Body) -> View:
    fulfilled = objects.get(line["fulfilled"], "FulfillmentLineItem")
    left = line["quantity"] - line["processed"]
    return {
        "__typename": "ReturnLineItem",
        "id": line["id"],
        "quantity": line["quantity"],
        "processedQuantity": line["processed"],
        "unprocessedQuantity": left,
        "processableQuantity": left,
        "refundableQuantity": line["quantity"],
        "refundedQuantity": 0,
        "returnReasonNote": line["note"],
        "fulfillmentLineItem": fulfilled and fulfilled_line(objects, fulfilled),
    }


def _reverse_orders(objects: Objects, one: Body, lines: Sequence[Body]) -> list[View]:
    if one["status"] in ("REQUESTED", "DECLINED"):
        return []
    nodes = [
        {
            "id": line["id"].replace("ReturnLineItem", "ReverseFulfillmentOrderLineItem"),
            "totalQuantity": line["quantity"],
            "fulfillmentLineItem": _return_line(objects, line)["fulfillmentLineItem"],
        }
        for line in lines
    ]
    return [
        {
            "id": one["id"].replace("Return", "ReverseFulfillmentOrder"),
            "status": {"OPEN": "OPEN", "CLOSED": "CLOSED"}.get(one["status"], "CANCELED"),
            "lineItems": connection(nodes),
        }
    ]


def fingerprint(arguments: Mapping[str, Any]) -> str:
    """What the parameters of a call with a key are compared by. The order of fields counts."""
    return json.dumps(arguments)


def dollars(amount: Decimal, currency: str) -> str:
    """An amount in a sentence: `$25.00`."""
    sign = "$" if currency in ("CAD", "USD", "AUD") else f"{currency} "
    return f"{sign}{amount:.2f}" if "." in written(amount) else f"{sign}{amount}"
