"""Sample bodies that Shopify publishes: each is read under its topic and has no effect under another."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.storefronts.shopify import FULFILLMENTS, ORDERS, REFUNDS, Shopify
from ports.inbound_webhooks import InvalidPayload

SAMPLES = Path(__file__).parents[3] / "shared" / "inputs" / "shopify" / "webhooks"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_OWN = {"orders_cancelled": ORDERS, "refunds_create": REFUNDS}

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason=f"no samples at {SAMPLES}")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())["body"]


def test_a_cancelled_order_that_was_never_paid_starts_nothing() -> None:
    read = Shopify().read("orders/cancelled", json.dumps(sample("orders_cancelled")).encode(), NOW)
    assert read is not None
    assert (read.cancelled, read.not_yet, read.unread) == (True, "not paid yet", ())


def test_a_refund_names_its_lines_and_no_money_that_did_not_move() -> None:
    body = sample("refunds_create")
    read = Shopify().read("refunds/create", json.dumps(body).encode(), NOW)
    assert read is not None
    [refund] = read.refunds
    assert (len(refund.lines), refund.amount_unknown) == (len(body["refund_line_items"]), False)


@pytest.mark.parametrize("topic", sorted(ORDERS | FULFILLMENTS | REFUNDS))
@pytest.mark.parametrize("name", sorted(file.stem for file in SAMPLES.glob("*.json")))
def test_a_sample_under_another_topic_is_not_read(name: str, topic: str) -> None:
    if topic not in _OWN.get(name, ()):
        with pytest.raises(InvalidPayload):
            Shopify().read(topic, json.dumps(sample(name)).encode(), NOW)
