"""Which sender is accepted for a shop at Shopify: only one that signed exactly these bytes, with a body of its topic."""

import json
from typing import Any

import pytest

from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.problem_assertions import PERSONAL_DATA, problem
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import SECRET, ShopifyShop, an_order

pytestmark = pytest.mark.databases_in_turn

# Senders


async def test_only_a_signature_over_exactly_these_bytes_is_accepted(
    shopify_shop: ShopifyShop, create_shop: Any
) -> None:
    # TRK-4
    body = json.dumps(an_order()).encode()
    good = shopify_shop.headers("orders/create", body)
    name = "X-Shopify-Hmac-Sha256"
    other_shop: Shop = await create_shop()
    forged = [
        (body, {k: v for k, v in good.items() if k != name}, None),
        (body, {**good, name: ""}, None),
        (body, {**good, name: good[name][:-1]}, None),
        (body, {**good, name: good[name].swapcase()}, None),
        (body[:-1], good, None),
        (body + b"\n", good, None),
        (json.dumps(json.loads(body), separators=(",", ":")).encode(), good, None),
        (body, good, other_shop.name),
        (body, good, "nobody"),
        (body, {**good, "X-Shopify-Shop-Domain": "other.myshopify.com"}, None),
        (body, {k: v for k, v in good.items() if k != "X-Shopify-Shop-Domain"}, None),
    ]
    for sent, headers, merchant in forged:
        problem(await shopify_shop.raw(sent, headers, merchant), 401, "signature_invalid")
    assert shopify_shop.deliveries() == []


async def test_while_a_secret_is_rotated_both_are_accepted_and_without_any_none(
    shopify_shop: ShopifyShop,
) -> None:
    await shopify_shop.sign_with("a-new-secret", SECRET)
    await shopify_shop.send("orders/create", an_order())
    shopify_shop.secret = "a-new-secret"
    await shopify_shop.send("orders/create", an_order())
    await shopify_shop.sign_with("a-new-secret")
    shopify_shop.secret = SECRET
    body = json.dumps(an_order()).encode()
    problem(
        await shopify_shop.raw(body, shopify_shop.headers("orders/create", body)), 401, "signature_invalid"
    )
    await shopify_shop.sign_with()
    for secret in (SECRET, "a-new-secret"):
        shopify_shop.secret = secret
        problem(
            await shopify_shop.raw(body, shopify_shop.headers("orders/create", body)),
            401,
            "signature_invalid",
        )


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/create", b"{"),
        ("orders/create", b'{"id": 1}'),
        ("orders/create", b"[]"),
        ("refunds/create", b'{"id": 1, "order_id": "x", "created_at": "2026-03-02"}'),
        ("fulfillments/create", json.dumps(an_order()).encode()),
        ("", b"{}"),
    ],
)
async def test_a_signed_body_that_is_not_of_its_topic_is_kept_and_named(
    shopify_shop: ShopifyShop, topic: str, body: bytes
) -> None:
    assert (await shopify_shop.raw(body, shopify_shop.headers(topic, body))).status == 202
    [(kept, status, reason)] = await shopify_shop.until_processed()
    assert (kept, status) == (topic, "dead")
    assert reason
    assert not [word for word in PERSONAL_DATA if word in reason]


async def test_secrets_are_set_from_the_command_line_and_never_shown(
    shopify_shop: ShopifyShop, deployment: Deployment
) -> None:
    set_ = ("merchants", "secrets", shopify_shop.shop.name, "shopify", "--data", str(deployment.data))
    code, printed, err = await smot(*set_, typed="a-first-secret\na-second-secret\n", env=deployment.env)
    assert (code, printed) == (0, f"2 secrets sign what shopify sends to {shopify_shop.shop.name}\n"), err
    shopify_shop.secret = "a-second-secret"
    await shopify_shop.send("orders/create", an_order())
    code, printed, err = await smot(*set_, "--account", "Not A Shop", typed="short\n", env=deployment.env)
    assert code == 2
    assert "short" not in printed + err
