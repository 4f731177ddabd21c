"""Nothing that is sent fails on our side: extremes in paths, headers, cursors and amounts, at every operation."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from api.app import ENDPOINTS
from api.http.endpoint import Endpoint
from tests.scenarios.attacks.operations import KEYED, body_of, path_of, role_for
from tests.scenarios.attacks.raw_requests import raw_answer
from tests.scenarios.attacks.test_authorization_matrix import SHARED, UNKNOWN
from tests.scenarios.helpers import gbp
from tests.scenarios.problem_assertions import encoded, problem, validation_errors
from tests.scenarios.shop import Shop
from tests.store.test_cursors import FORGED

pytestmark = pytest.mark.databases_in_turn

OF_MERCHANTS = [it for it in KEYED if "{merchant}" not in it.path and it.path != "/v1/merchants"]
PATHS = {
    "17 letters": "a" * 17,
    "64 letters": "a" * 64,
    "65 letters": "a" * 65,
    "5000 letters": "a" * 5000,
    "digits": "9" * 4301,
    "19 digits": "9" * 19,
    "11 digits": "9" * 11,
    "not UTF-8": "%FF",
    "NUL": "%00",
    "surrogate": "%ED%A0%80",
    "above": "%2E%2E",
    "slash": "a%2Fb",
    "beyond the BMP": encoded("𝔘" * 40),
}
HEADERS = {
    "If-Match bytes": b"If-Match: \xff",
    "If-Match digits": b"If-Match: " + b"9" * 4301,
    "If-Match 18 digits": b'If-Match: "' + b"9" * 18 + b'"',
    "If-Match Arabic": "If-Match: ٣".encode(),
    "If-Match list": b'If-Match: "1", W/"2"',
    "key bytes": b"Idempotency-Key: \xff\xfe",
    "key long": b"Idempotency-Key: " + b"k" * 4000,
    "type bytes": b"Content-Type: application/\xff",
    "type parameters": b'Content-Type: application/json; charset="\\"',
    "encoding": b"Content-Encoding: \xff",
    "request id": b"X-Request-Id: \xff",
    "expect": b"Expect: \xff",
    "cookie": b"Cookie: \xff=;;=\x80",
    "forwarded": b"X-Forwarded-For: \xff, " + b"1.1.1.1, " * 500,
    "range": b"Range: bytes=\xff",
    "accept": b"Accept: \xff",
}


def filled(it: Endpoint, order: str, changed: Mapping[str, str] | None = None) -> str:
    return path_of(it, {**UNKNOWN, **SHARED, "order": order, **(changed or {})})


async def send(shop: Shop, it: Endpoint, path: str, *headers: bytes) -> int:
    body = body_of(it)
    raw = b"" if body is None else json.dumps(body).encode()
    names = {header.partition(b":")[0] for header in headers}
    usual = [
        f"Authorization: Bearer {shop.keys[role_for(it)]}".encode(),
        *([b"Content-Type: application/json"] if raw and b"Content-Type" not in names else []),
        *([b"Idempotency-Key: k"] if b"Idempotency-Key" not in names else []),
    ]
    status, answer = await raw_answer(shop.deployment.port, it.method, path, [*usual, *headers], raw)
    if status >= 400:
        assert answer["status"] == status, f"{it.route} answered {status} without a problem document"
    return status


def path_cases() -> Iterator[tuple[Endpoint, str]]:
    yield from ((it, name) for it in OF_MERCHANTS for name in it.path_names)


async def test_no_segment_of_a_path_fails(shop: Shop) -> None:
    order = await shop.place()
    failed = [
        f"{it.route} {name}: {case}"
        for it, name in path_cases()
        for case, text in PATHS.items()
        if await send(shop, it, filled(it, order, {name: text})) >= 500
    ]
    assert failed == []


@pytest.mark.parametrize("case", HEADERS)
async def test_no_header_fails(shop: Shop, case: str) -> None:
    order = await shop.place()
    failed = [
        it.route
        for it in OF_MERCHANTS
        if "sandbox" not in it.tags and await send(shop, it, filled(it, order), HEADERS[case]) >= 500
    ]
    assert failed == []


async def test_no_header_fails_where_no_key_is_needed(shop: Shop) -> None:
    names = (
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "X-Hmac-Signature",
        "aftership-hmac-sha256",
    )
    shopify = ("Topic", "Shop-Domain", "Webhook-Id", "Event-Id", "Hmac-Sha256", "Triggered-At")
    all_names = (*names, *(f"X-Shopify-{name}" for name in shopify), "Authorization")
    failed = []
    for it in ENDPOINTS:
        if not it.roles:
            for value in (b"\xff", b"9" * 4301, b"", b"a\x80" * 50, "ǆ".encode()):
                headers = [name.encode() + b": " + value for name in all_names]
                for source in ("generic", "easypost", "aftership", "shopify"):
                    path = it.path.format_map(
                        {
                            **SHARED,
                            "source": source,
                            "provider": "sandbox",
                            "merchant": shop.name,
                            "token": "t",
                        }
                    )
                    status, _ = await raw_answer(shop.deployment.port, it.method, path, headers, b"{}")
                    failed += [(it.route, value)] if status >= 500 else []
    assert failed == []


async def test_no_cursor_fails(shop: Shop) -> None:
    hook = (await shop.call("POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"})).ok()["endpoint"]
    order = await shop.place()
    demand = {"kind": "access", "person": {"email": "zdzislawa.testowa@example.org"}}
    request = (await shop.call("POST", "/v1/privacy/requests", demand, role="admin")).ok()["id"]
    names = {"endpoint": hook, "request": request}
    for it in OF_MERCHANTS:
        query = it.schemas.query.json_schema() if it.schemas.query else {}
        if "cursor" in query.get("properties", {}):
            for case, cursor in FORGED.items():
                path = f"{filled(it, order, names)}?cursor={encoded(cursor[:3000])}"
                answer = await shop.call(it.method, path, role=role_for(it))
                assert answer.status == (200 if not cursor and answer.status == 200 else 400), (
                    it.route,
                    case,
                )


async def test_amounts_whose_sum_is_no_amount_are_refused(shop: Shop) -> None:
    most = 10**15
    body = await shop.order_body()
    [first, second] = body["lines"]
    price = {**first, "unit_price": gbp(most), "quantity": 1000}
    many = [{**second, "line_id": str(number), "unit_price": gbp(most)} for number in range(200)]
    tenders = [{**body["tenders"][0], "tender_id": str(number), "amount": gbp(most)} for number in range(10)]
    for changed in (
        {"lines": [price]},
        {"lines": [{**price, "unit_price": gbp(-most)}]},
        {"lines": many},
        {"shipping": gbp(most)},
        {"shipping": gbp(-most)},
        {"tenders": tenders},
        {"lines": [{**first, "discount": gbp(-most)}]},
    ):
        answer = await shop.call("POST", "/v1/orders", {**body, **changed})
        [(_, code)] = validation_errors(answer)
        assert code in ("amount_too_large", "negative_amount", "totals_do_not_match")


async def test_the_sandbox_clock_ends_with_the_year_2100(create_shop: Any) -> None:
    shop = await create_shop(clock=datetime.fromisoformat("2100-06-01T00:00:00+00:00"))
    for move in (
        {"advance": "P3650D"},
        {"advance": "P300D"},
        {"to": "2101-01-01T00:00:00Z"},
        {"advance": "P99999999D"},
    ):
        answer = await shop.call("POST", "/v1/sandbox/clock", move)
        problem(answer, 400, "invalid_body")
    (await shop.call("POST", "/v1/sandbox/clock", {"advance": "P1D"})).ok()


async def test_an_order_is_placed_at_most_a_day_ahead_of_the_merchants_clock(shop: Shop) -> None:
    future = await shop.order_body(placed_at="2026-03-03T08:00:01Z")
    assert validation_errors(await shop.call("POST", "/v1/orders", future)) == [
        ("/placed_at", "placed_in_the_future")
    ]
    (await shop.call("POST", "/v1/orders", {**future, "placed_at": "2026-03-03T08:00:00Z"})).ok()


@pytest.mark.parametrize(
    "zone", ["localtime", "posixrules", "right/UTC", "posix/UTC", "Factory", "../UTC", "europe/london"]
)
async def test_a_zone_is_one_of_the_iana_database_on_every_machine(shop: Shop, zone: str) -> None:
    body = await shop.order_body(destination={"country": "GB", "zone": zone})
    assert validation_errors(await shop.call("POST", "/v1/orders", body)) == [
        ("/destination/zone", "value_error")
    ]
