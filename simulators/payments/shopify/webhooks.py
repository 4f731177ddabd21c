"""Webhooks of the stand-in: what happened, as Shopify's REST bodies state it, and the headers with which they are sent."""

import base64
import hmac
import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.payments.shopify.objects import Body, Objects, number_of


def new_event() -> str:
    """The id that all webhooks of one happening share, over topics."""
    return str(uuid.uuid4())


def emit(objects: Objects, topic: str, body: Mapping[str, Any], event: str) -> None:
    """Record a webhook; it is sent from the record, so a repetition has the same bytes."""
    objects.db.execute(
        "INSERT INTO webhooks (shop, topic, event, body, at) VALUES (?, ?, ?, ?, ?)",
        (objects.domain, topic, event, json.dumps(body), objects.at),
    )


def headers_of(row: Mapping[str, Any], secret: str) -> dict[str, str]:
    """The headers. The signature covers the body and nothing else: no topic, no shop, no time."""
    digest = hmac.digest(secret.encode(), str(row["body"]).encode(), "sha256")
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": row["topic"],
        "X-Shopify-Shop-Domain": row["shop"],
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row['event']}/{row['seq']}")),
        "X-Shopify-Event-Id": row["event"],
        "X-Shopify-Triggered-At": row["at"],
        "X-Shopify-Hmac-SHA256": base64.b64encode(digest).decode(),
    }


def refund_created(objects: Objects, refund: Body, event: str) -> None:
    """refunds/create: comes at once, whether or not money has moved."""
    emit(objects, "refunds/create", refund_body(objects, refund), event)


def refund_body(objects: Objects, refund: Body) -> dict[str, Any]:
    """A refund as REST states it."""
    paid = objects.of(refund["order"], "OrderTransaction")
    return {
        "id": number_of(refund["id"]),
        "admin_graphql_api_id": refund["id"],
        "order_id": number_of(refund["order"]),
        "created_at": refund["createdAt"],
        "processed_at": refund["createdAt"],
        "note": refund["note"],
        "return": {"id": number_of(refund["return"])} if refund.get("return") else None,
        "restock": any(line.get("restockType") in ("RETURN", "CANCEL") for line in refund["lines"]),
        "duties": [],
        "order_adjustments": [],
        "refund_shipping_lines": [],
        "refund_line_items": [
            {
                "line_item_id": number_of(line["lineItemId"]),
                "quantity": line["quantity"],
                "restock_type": (line.get("restockType") or "NO_RESTOCK").lower(),
            }
            for line in refund["lines"]
        ],
        "transactions": [transaction_body(one) for one in paid if one.get("refund") == refund["id"]],
    }


def transaction_body(one: Body) -> dict[str, Any]:
    """A transaction as REST states it: the amount is the buyer's."""
    shop, buyer = one["currencyCode"], one["presentmentCurrencyCode"]
    unsettled = {
        "presentment_money": {"amount": "0.0", "currency": buyer},
        "shop_money": {"amount": "0.0", "currency": shop},
    }
    return {
        "id": number_of(one["id"]),
        "admin_graphql_api_id": one["id"],
        "order_id": number_of(one["order"]),
        "parent_id": number_of(one["parent"]) if one["parent"] else None,
        "kind": one["kind"].lower(),
        "status": one["status"].lower(),
        "gateway": one["gateway"],
        "amount": f"{Decimal(one['buyer']):.2f}",
        "currency": buyer,
        "created_at": one["createdAt"],
        "processed_at": one["processedAt"],
        "error_code": one["errorCode"],
        "total_unsettled_set": unsettled,
    }


def transaction_changed(objects: Objects, one: Body, event: str) -> None:
    """order_transactions/create: on creation and on change of status, of success, failure and error only."""
    if one["status"] in ("SUCCESS", "FAILURE", "ERROR"):
        emit(objects, "order_transactions/create", transaction_body(one), event)


def dispute_changed(objects: Objects, one: Body, topic: str) -> None:
    """disputes/create or disputes/update."""
    body = {
        "id": number_of(one["id"]),
        "order_id": number_of(one["order"]),
        "type": one["type"].lower(),
        "amount": one["amount"],
        "currency": one["currency"],
        "reason": one["reason"],
        "network_reason_code": "4837",
        "status": one["status"].lower(),
        "evidence_due_by": one["evidenceDueBy"],
        "evidence_sent_on": None,
        "finalized_on": one["finalizedOn"],
        "initiated_at": one["initiatedAt"],
    }
    emit(objects, topic, body, new_event())


def return_changed(objects: Objects, one: Body, verb: str) -> None:
    """returns/request, approve, decline: with the order; close, cancel, reopen: with its id only."""
    body: dict[str, Any] = {
        "id": number_of(one["id"]),
        "admin_graphql_api_id": one["id"],
        "status": one["status"].lower(),
    }
    if verb in ("close", "cancel", "reopen"):
        body["order_id"] = number_of(one["order"])
    else:
        lines = objects.of(one["id"], "ReturnLineItem")
        body["order"] = {"id": number_of(one["order"]), "admin_graphql_api_id": one["order"]}
        body["total_return_line_items"] = sum(line["quantity"] for line in lines)
    emit(objects, f"returns/{verb}", {} if verb == "process" else body, new_event())
