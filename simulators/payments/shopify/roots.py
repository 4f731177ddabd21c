"""The root fields of the schema: who may call them, and what answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from simulators.payments.shopify import credit, idempotency, returns
from simulators.payments.shopify.documents import key_of, sent_input
from simulators.payments.shopify.money import money
from simulators.payments.shopify.objects import Body, Objects, gid_of
from simulators.payments.shopify.order_search import found_orders
from simulators.payments.shopify.views import (
    connection,
    fulfilled_line,
    fulfillment_view,
    order_view,
    refund_view,
    return_of,
)

_SCOPES = {
    "nodes": "read_orders",
    "order": "read_orders",
    "orders": "read_orders",
    "refund": "read_orders",
    "refundCreate": "write_orders",
    "return": "read_returns",
    "returnableFulfillments": "read_returns",
    "storeCreditAccount": "read_store_credit_accounts",
    "storeCreditAccountCredit": "write_store_credit_account_transactions",
    "storeCreditAccountDebit": "write_store_credit_account_transactions",
    "giftCardCreate": "write_gift_cards",
    **dict.fromkeys(
        (
            "returnCreate",
            "returnRequest",
            "returnApproveRequest",
            "returnDeclineRequest",
            "returnProcess",
            "returnClose",
            "returnReopen",
            "returnCancel",
        ),
        "write_returns",
    ),
}
Resolver = Callable[..., Any]


def root_of(objects: Objects, variables: Mapping[str, Any], claimed: Sequence[str]) -> dict[str, Any]:
    """The root value. `claimed`: keys that run for this request."""
    fields = {**_queries(objects), **_return_mutations(objects), **_credit_mutations(objects)}

    def refund_create(info: Any, input: Mapping[str, Any]) -> Any:  # the schema's own name
        key, sent = _key(info, variables), sent_input(info.field_nodes[0], variables)
        call = idempotency.KeyedCall(key, input, sent or input)
        return idempotency.refund_once(objects, call, claimed=key in claimed)

    fields["refundCreate"] = refund_create
    return {name: _guarded(objects, name, resolver) for name, resolver in fields.items()}


def _guarded(objects: Objects, name: str, resolver: Resolver) -> Resolver:
    scope = _SCOPES.get(name)

    def call(info: Any, **arguments: Any) -> Any:
        if scope is not None and scope not in objects.shop["scopes"]:
            message = f"Access denied for {name} field. Required access: `{scope}` access scope."
            raise GraphQLError(
                message, extensions={"code": "ACCESS_DENIED", "requiredAccess": f"`{scope}` access scope."}
            )
        return resolver(info, **arguments)

    return call


def _key(info: Any, variables: Mapping[str, Any]) -> str | None:
    for node in info.field_nodes:
        for directive in node.directives or ():
            if directive.name.value == "idempotent":
                return key_of(directive, variables)
    return None


def _checked(gid: str, kind: str) -> str:
    """The id. Raises for an id of another kind."""
    if not gid.startswith(f"gid://shopify/{kind}/"):
        raise GraphQLError(f"Invalid id: {gid}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return gid


def _queries(objects: Objects) -> dict[str, Resolver]:
    shop = objects.shop
    return {
        "shop": lambda _: {
            "id": gid_of("Shop", 1),
            "name": shop["name"],
            "myshopifyDomain": shop["domain"],
            "currencyCode": shop["currency"],
        },
        "currentAppInstallation": lambda _: {
            "id": gid_of("AppInstallation", 1),
            "accessScopes": [{"handle": scope} for scope in shop["scopes"]],
        },
        "nodes": lambda _, ids: [_node(objects, gid) for gid in ids],
        "order": lambda _, id: _one(objects, id, "Order", order_view),
        "refund": lambda _, id: _one(objects, id, "Refund", refund_view),
        "return": lambda _, id: return_of(objects, _checked(id, "Return")),
        "orders": lambda info, **more: connection(
            [order_view(objects, one) for one in found_orders(objects, more)]
        )(info, **more),
        "storeCreditAccount": lambda _, id: _one(objects, id, "StoreCreditAccount", _account),
        "returnableFulfillments": lambda info, orderId, **more: connection(
            [_returnable(objects, one) for one in returns.fulfillments(objects, orderId)]
        )(info, **more),
    }


def _one(objects: Objects, gid: str, kind: str, view: Callable[[Objects, Body], Any]) -> Any:
    found = objects.get(_checked(gid, kind), kind)
    return None if found is None else view(objects, found)


def _node(objects: Objects, gid: str) -> Any:
    """An object of a kind that is asked for so here: a refund."""
    found = objects.get(gid, "Refund")
    return None if found is None else {"__typename": "Refund", **refund_view(objects, found)}


def _account(_: Objects, account: Body) -> dict[str, Any]:
    return {"id": account["id"], "balance": money(account["balance"], account["currency"])}


def _returnable(objects: Objects, one: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        {"fulfillmentLineItem": fulfilled_line(objects, line), "quantity": left}
        for line, left in one["lines"]
    ]
    return {
        "id": one["id"],
        "fulfillment": fulfillment_view(objects, one["fulfillment"]),
        "returnableFulfillmentLineItems": connection(lines),
    }


def _return_mutations(objects: Objects) -> dict[str, Resolver]:
    return {
        "returnCreate": lambda _, returnInput: returns.open_return(objects, returnInput, "returnInput"),
        "returnRequest": lambda _, input: returns.open_return(objects, input, "input"),
        "returnApproveRequest": lambda _, input: returns.approve(objects, input),
        "returnDeclineRequest": lambda _, input: returns.decline(objects, input),
        "returnProcess": lambda _, input: returns.process(objects, input),
        "returnClose": lambda _, id: returns.close(objects, _checked(id, "Return")),
        "returnReopen": lambda _, id: returns.reopen(objects, _checked(id, "Return")),
        "returnCancel": lambda _, id, notifyCustomer=False: returns.cancel(
            objects, _checked(id, "Return"), notify=notifyCustomer
        ),
    }


def _credit_mutations(objects: Objects) -> dict[str, Resolver]:
    return {
        "storeCreditAccountCredit": lambda _, id, creditInput: credit.credit(objects, id, creditInput),
        "storeCreditAccountDebit": lambda _, id, debitInput: credit.debit(objects, id, debitInput),
        "giftCardCreate": lambda _, input: credit.gift_card(objects, input),
    }
