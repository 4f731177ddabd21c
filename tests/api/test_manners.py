"""What HTTP clients may expect: HEAD, versions, Location, conditional reads, pages, paths with a slip, pages of a shop."""

import json

import pytest
from aiohttp.test_utils import TestClient

from api.app import ENDPOINTS as OPERATIONS
from api.http.path_suggestions import PathSuggestions
from api.http.versions import CURRENT
from tests.api.frame_app import SHOP, Services

ORDER = "/v1/orders/o1"
GOOD = {"Authorization": "Bearer good"}
LINK = {"Authorization": "Bearer link"}
PARCEL = {"tracking_number": "T1", "lines": [{"line_id": "l1", "quantity": 1}]}


async def test_head_is_get_without_the_body(client: TestClient) -> None:
    get, head = await client.get(ORDER, headers=GOOD), await client.head(ORDER, headers=GOOD)
    assert (head.status, await head.read()) == (200, b"")
    assert [head.headers[name] for name in ("Content-Length", "Content-Type", "ETag")] == [
        get.headers[name] for name in ("Content-Length", "Content-Type", "ETag")
    ]
    assert (await client.head("/v1/nowhere")).status == 404
    assert (await client.head(ORDER)).status == 401


@pytest.mark.parametrize("path", [ORDER, "/v1/nowhere", "/v1/broken", "/openapi.json"])
async def test_every_answer_names_the_version(client: TestClient, path: str) -> None:
    assert (await client.get(path, headers=GOOD)).headers["Smot-Version"] == CURRENT


async def test_a_version_that_is_not_served_is_refused(client: TestClient, services: Services) -> None:
    assert (await client.get(ORDER, headers={**GOOD, "Smot-Version": CURRENT})).status == 200
    for version in ("2026-11-30", "", "v1"):
        headers = {**GOOD, "Smot-Version": version}
        answer = await client.post(f"{ORDER}/parcels", json=PARCEL, headers=headers)
        problem = json.loads(await answer.read())
        assert (answer.status, problem["code"], problem["versions"]) == (400, "unknown_version", [CURRENT])
    assert services.effects == []


async def test_what_was_created_has_an_address(client: TestClient) -> None:
    answer = await client.post("/v1/orders/%23%2F1001/parcels", json=PARCEL, headers=GOOD)
    assert (answer.status, answer.headers["Location"]) == (201, "/v1/orders/%23%2F1001/parcels/1")


@pytest.mark.parametrize("sent", ['"7"', 'W/"7"', '"6", "7"', "*"])
async def test_what_has_not_changed_is_not_sent_again(client: TestClient, sent: str) -> None:
    answer = await client.get(ORDER, headers={**GOOD, "If-None-Match": sent})
    assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", '"7"')


@pytest.mark.parametrize("sent", ['"6"', "7", "", '"77"'])
async def test_what_has_changed_is_sent(client: TestClient, sent: str) -> None:
    assert (await client.get(ORDER, headers={**GOOD, "If-None-Match": sent})).status == 200


async def test_a_page_names_the_next_one(client: TestClient) -> None:
    first = await client.get("/v1/orders?stage=placed", headers=GOOD)
    link = first.links["next"]["url"]
    assert link.query == {"stage": "placed", "cursor": "c+/="}
    last = await client.get(link.relative(), headers=GOOD)
    assert (await last.json())["next"] is None
    assert "Link" not in last.headers


async def test_json_ends_with_a_newline(client: TestClient) -> None:
    for path in (ORDER, "/v1/nowhere"):
        assert (await (await client.get(path, headers=GOOD)).read()).endswith(b"}\n")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("/v1/order", "/v1/orders"),
        ("/v1/orders/1001/retruns", "/v1/orders/{order}/returns"),
        ("/v1/orders/jane@example.com/return/quotes", "/v1/orders/{order}/returns/quote"),
        ("/orders/1001", "/v1/orders/{order}"),
        ("/v1/orders/1001/", "/v1/orders/{order}"),
        ("/v1/webhook_endpoints", "/v1/webhook-endpoints"),
        ("/V1/Orders", "/v1/orders"),
    ],
)
def test_a_slip_in_a_path_is_answered_with_the_path_that_was_meant(sent: str, meant: str) -> None:
    assert PathSuggestions(it.path for it in OPERATIONS).nearest(sent) == meant


@pytest.mark.parametrize("sent", ["/", "/wp-admin/setup.php", "/v1/" + "a/" * 500, "/" + "x" * 8000])
def test_what_resembles_no_path_is_answered_with_none(sent: str) -> None:
    assert PathSuggestions(it.path for it in OPERATIONS).nearest(sent) is None


async def test_an_unknown_path_is_told_apart_from_an_unknown_object(client: TestClient) -> None:
    answer = await client.get("/v1/orders/jane@example.com/timelines", headers=GOOD)
    text = await answer.text()
    problem = json.loads(text)
    assert (answer.status, problem["code"]) == (404, "unknown_path")
    assert problem["nearest"] == "/v1/orders/{order}/timeline"
    assert "jane" not in text


async def test_a_page_of_the_shop_may_call_with_a_customers_link(client: TestClient) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
    preflight = await client.options(ORDER, headers=asked)
    assert (preflight.status, await preflight.read()) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == SHOP
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    answer = await client.get(ORDER, headers={**LINK, "Origin": SHOP})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, SHOP)
    assert answer.headers["Vary"] == "Origin"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    expired = await client.get(ORDER, headers={"Authorization": "Bearer gone", "Origin": SHOP})
    assert (expired.status, expired.headers["Access-Control-Allow-Origin"]) == (401, SHOP)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example", ""])
async def test_a_page_of_another_origin_may_not(client: TestClient, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    refused = await client.options(ORDER, headers=asked)
    assert (refused.status, json.loads(await refused.read())["code"]) == (403, "origin_refused")
    for answer in (refused, await client.get(ORDER, headers={**LINK, "Origin": origin})):
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_no_page_may_use_a_key_and_no_answer_allows_credentials(client: TestClient) -> None:
    for headers in (GOOD, LINK, {}):
        answer = await client.get(ORDER, headers={**headers, "Origin": SHOP})
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers.get("Access-Control-Allow-Origin") != "*"
    assert (
        "Access-Control-Allow-Origin"
        not in (await client.get(ORDER, headers={**GOOD, "Origin": SHOP})).headers
    )
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    assert (await client.options("/v1/orders", headers=asked)).status == 405


def test_everything_that_is_created_has_an_address_or_is_no_object() -> None:
    without = {it.name for it in OPERATIONS if it.status == 201 and not it.location}
    secrets = {
        "create_customer_link",
        "create_key",
        "rotate_key",
        "create_claim_link",
        "create_panel_link",
        "use_order_link",
    }  # shown once
    secrets |= {
        "invite_user",
        "renew_user_link",
        "open_session",
        "begin_second_factor",
        "confirm_second_factor",
    }
    written_down = {
        "add_note",
        "send_reply",
        "write_to_shop",
        "close_question",
        "dismiss_unknown_parcel",
        "close_payment_difference",
        "report_sent",
        "report_arrival",
        "close_unknown_goods",
        "decide_approval",
    }  # in timeline and audit
    # Entries of the journal of a customer's credit: they are shown with it.
    entries = {"adjust_credit", "capture_credit", "void_credit", "refund_credit", "claim_credit"}
    assert without <= secrets | written_down | entries
