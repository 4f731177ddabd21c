"""Bodies that cannot be read or have no meaning: a problem document each, no change, and no personal data in the answer."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Kind
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.problem_assertions import (
    assert_no_personal_data,
    encoded,
    problem,
    row_counts,
    send,
    unchanged,
    validation_errors,
)
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def no_personal_data_leaks(deployment: Deployment) -> AsyncIterator[None]:
    """After each test: logs and databases name no person."""
    yield
    await assert_no_personal_data(deployment)


@pytest.fixture(scope="module")
def half_bodies() -> dict[Kind, asyncio.Task[Any]]:
    return {}


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def half_sent(
    deployment: Deployment,
    kind: Kind,
    http: aiohttp.ClientSession,
    half_bodies: dict[Kind, asyncio.Task[Any]],
) -> asyncio.Task[Any]:
    """An endless body, begun first, so that its timeout runs out beside the other tests."""
    if kind not in half_bodies:
        shop = await Shop.create(deployment, http)
        body = json.dumps(await shop.order_body("#half", tenders=[])).encode()
        half_bodies[kind] = asyncio.create_task(_half_send(shop, body))
    return half_bodies[kind]


async def _half_send(shop: Shop, body: bytes) -> tuple[Shop, int, bytes, float]:
    """Shop, status, the rest of the answer until the end of the connection, and its time in seconds."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.deployment.port)
    head = (
        "POST /v1/orders HTTP/1.1\r\nHost: smot\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {shop.keys['storefront']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body[:-1])
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    return shop, int(answer.split()[1]), answer, time.monotonic() - began


# Bodies that are not JSON


async def _raw_order(shop: Shop) -> bytes:
    return json.dumps(await shop.order_body("#wrong"), ensure_ascii=False).encode()


_MANGLED: dict[str, Any] = {
    "broken off": lambda raw: raw[:-1],
    "two values": lambda raw: raw + raw,
    "empty": lambda raw: b"",
    "byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "utf-16": lambda raw: raw.decode().encode("utf-16"),
    "latin-2": lambda raw: raw.decode().encode("iso8859-2"),
    "single quotes": lambda raw: raw.replace(b'"', b"'"),
    "trailing comma": lambda raw: raw[:-1] + b",}",
    "comment": lambda raw: raw + b"// paid",
    "key twice": lambda raw: raw[:-1] + b', "currency": "EUR"}',
    "not a number": lambda raw: raw.replace(b"495", b"NaN"),
    "too deep": lambda raw: raw[:-1] + b', "x": ' + b"[" * 40 + b"]" * 40 + b"}",
    "much too deep": lambda raw: b"[" * 4_000,
    "NUL": lambda raw: raw.replace(b"Testowa", b"Test\\u0000wa"),
    "lone surrogate": lambda raw: raw.replace(b"Testowa", b"Test\\ud800wa"),
}


@pytest.mark.parametrize("mangle", _MANGLED.values(), ids=_MANGLED.keys())
async def test_a_body_that_is_not_our_json_places_nothing(mangle: Any, shop: Shop) -> None:
    raw = await _raw_order(shop)
    before = row_counts(shop)
    problem(await send(shop, "/v1/orders", mangle(raw)), 400, "malformed_json")
    assert row_counts(shop) == before


@pytest.mark.parametrize("body", [b"[]", b"null", b"true", b'"order"', b"17"])
async def test_json_that_is_no_object_is_of_the_wrong_shape(body: bytes, shop: Shop) -> None:
    before = row_counts(shop)
    assert [code for _, code in validation_errors(await send(shop, "/v1/orders", body))] == ["model_type"]
    assert row_counts(shop) == before


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "application/json; charset=iso-8859-2"}, "unsupported_charset"),
        ({"Content-Type": "application/json; charset=utf-16"}, "unsupported_charset"),
        ({"Content-Type": "text/plain"}, "unsupported_media_type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "unsupported_media_type"),
        ({"Content-Encoding": "gzip"}, "unsupported_encoding"),
        ({"Content-Encoding": "identity, br"}, "unsupported_encoding"),
    ],
)
async def test_a_body_declared_as_something_else_is_not_read(
    headers: dict[str, str], code: str, shop: Shop
) -> None:
    raw = await _raw_order(shop)
    before = row_counts(shop)
    problem(await send(shop, "/v1/orders", raw, headers=headers), 415, code)
    assert row_counts(shop) == before


async def test_utf_8_may_be_declared_in_any_case(shop: Shop) -> None:
    headers = {"Content-Type": 'application/json; charset="UTF-8"'}
    assert (await send(shop, "/v1/orders", await _raw_order(shop), headers=headers)).status == 201


# Bodies with too much or too little


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_oversized_body_is_not_read_to_its_end(chunked: bool, shop: Shop) -> None:
    raw = await _raw_order(shop)
    large = raw[:-1] + b" " * (256 * 1024) + b"}"

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 16 * 1024):
            yield large[start : start + 16 * 1024]

    before = row_counts(shop)
    answer = await send(shop, "/v1/orders", chunks() if chunked else large)  # type: ignore[arg-type]
    assert problem(answer, 413, "body_too_large")["limit"] == 256 * 1024
    assert row_counts(shop) == before


async def test_an_oversized_webhook_is_refused_although_it_is_signed(shop: Shop) -> None:
    body = json.dumps({"type": "invoice.paid", "data": "x" * (1024 * 1024)}).encode()
    async with unchanged(shop):
        answer = await shop.post_carrier_webhook("generic", body, shop.standard_signature(body))
        problem(answer, 413, "body_too_large")


async def test_a_body_that_breaks_off_places_nothing(shop: Shop) -> None:
    raw = await _raw_order(shop)
    before = row_counts(shop)
    _, writer = await asyncio.open_connection("127.0.0.1", shop.deployment.port)
    head = (
        "POST /v1/orders HTTP/1.1\r\nHost: smot\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {shop.keys['storefront']}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    writer.write(head.encode() + raw[:-1])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    problem(await shop.call("GET", f"/v1/orders/{encoded('#wrong')}"), 404, "not_found")
    assert row_counts(shop) == before


# Bodies with wrong values


_ASKED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("/parcels", {"carrier": "", "tracking_number": "T"}, [("/carrier", "string_too_short")]),
    ("/parcels", {"carrier": "UPS", "tracking_number": ""}, [("/tracking_number", "string_too_short")]),
    ("/parcels", {"carrier": "UPS", "tracking_number": "T\n"}, [("/tracking_number", "refused_character")]),
    (
        "/parcels",
        {"carrier": "UPS", "tracking_number": "T", "lines": [{"line_id": "1", "quantity": 0}]},
        [("/lines/0/quantity", "greater_than_equal")],
    ),
    (
        "/parcels",
        {"carrier": "UPS", "tracking_number": "T", "promise": {"at": "2026-03-07T12:00:00"}},
        [("/promise/at", "timezone_aware")],
    ),
    ("/returns/quote", {"items": [item(quantity=0)]}, [("/items/0/quantity", "greater_than_equal")]),
    ("/returns/quote", {"items": [item(quantity=-1)]}, [("/items/0/quantity", "greater_than_equal")]),
    ("/returns/quote", {"items": [{**item(), "quantity": 1.5}]}, [("/items/0/quantity", "int_type")]),
    ("/returns", {"items": [item()], "resolution": "cash"}, [("/resolution", "literal_error")]),
    ("/returns", {"items": [item()], "resolution": "refund", "mail": 1}, [("/mail", "extra_forbidden")]),
    ("/customer-links", {"hours": 0}, [("/hours", "greater_than_equal")]),
    ("/overrides", {"override": "burn", "reason": "reasons"}, [("/override", "literal_error")]),
    ("/overrides", {"override": "note", "reason": ""}, [("/reason", "string_too_short")]),
]


@pytest.mark.parametrize(("rest", "body", "expected"), _ASKED)
async def test_a_malformed_request_about_an_order_is_reported_with_its_pointer(
    rest: str, body: dict[str, Any], expected: list[tuple[str, str]], shop: Shop
) -> None:
    order = await shop.place()
    role = "agent" if rest == "/overrides" else "storefront"
    planted = {**body, "email": "zdzislawa.testowa@example.org", "Zdzisława Testowa": "Zdzisława"}
    stray = [("/email", "extra_forbidden"), ("/*", "extra_forbidden")]
    async with unchanged(shop, order):
        path = f"/v1/orders/{order}{rest}"
        answer = await shop.call("POST", path, planted, role=role, key="k")
        assert sorted(validation_errors(answer)) == sorted(expected + stray)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/orders/{order}?live=yes", 400, "invalid_query"),
        ("/v1/orders/{order}?live=true&live=false", 400, "invalid_query"),
        ("/v1/orders?limit=0", 400, "invalid_query"),
        ("/v1/orders?limit=101", 400, "invalid_query"),
        ("/v1/orders?cursor=Zdzis%C5%82awa", 400, "invalid_query"),
        ("/v1/orders/%FF", 404, "not_found"),
        ("/v1/orders/%00", 404, "not_found"),
        ("/v1/orders/" + "x" * 5000, 404, "not_found"),
        ("/v1/nothing", 404, "unknown_path"),
        ("/v1/orders/{order}/cancel", 405, "method_not_allowed"),
    ],
)
async def test_an_unknown_address_or_query_is_a_problem(
    path: str, status: int, code: str, shop: Shop
) -> None:
    order = await shop.place()
    problem(await shop.call("GET", path.replace("{order}", order)), status, code)


async def test_an_endless_body_is_answered_and_its_connection_closed(
    half_sent: asyncio.Task[tuple[Shop, int, bytes, float]],
) -> None:
    shop, status, answer, seconds = await half_sent  # the connection ended, else this had timed out
    assert status == 408
    assert b"application/problem+json" in answer
    assert b'"code": "body_timeout"' in answer
    assert 9 < seconds < 15
    problem(await shop.call("GET", f"/v1/orders/{encoded('#half')}"), 404, "not_found")
