"""Which callers are accepted, and what every answer carries."""

import json
import logging

import pytest
from aiohttp.test_utils import TestClient

from api.http.auth import PUBLIC
from api.http.endpoint import Call, endpoint
from domain.actors import Role
from tests.api.frame_app import Line, Services

GET = "/v1/orders/o1"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "good",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic good",
        "Bearer good good",
        "Bearer gööd",
        "Bearer\tgood",
    ],
)
async def test_anything_but_a_valid_bearer_key_is_401(client: TestClient, header: str | None) -> None:
    answer = await client.get(GET, headers={} if header is None else {"Authorization": header})
    assert (answer.status, json.loads(await answer.read())["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_no_response_names_the_server_software(client: TestClient) -> None:
    for path in (GET, "/v1/orders/o1/nothing", "/v1/broken", "/docs"):
        assert (await client.get(path)).headers["Server"] == "smot"


async def test_two_authorization_headers_are_refused(client: TestClient) -> None:
    headers = [("Authorization", "Bearer good"), ("Authorization", "Bearer good")]
    assert (await client.get(GET, headers=headers)).status == 401


async def test_the_auth_scheme_is_accepted_in_any_case(client: TestClient) -> None:
    assert (await client.get(GET, headers={"Authorization": "bearer good"})).status == 200


async def test_a_role_that_is_not_named_is_403(client: TestClient) -> None:
    answer = await client.get("/v1/orders/o1/timeline", headers={"Authorization": "Bearer good"})
    assert (answer.status, json.loads(await answer.read())["code"]) == (403, "forbidden")


async def test_the_platform_admin_belongs_to_no_merchant(client: TestClient) -> None:
    answer = await client.get(GET, headers={"Authorization": "Bearer root"})
    assert (answer.status, json.loads(await answer.read())["code"]) == (403, "forbidden")


async def test_an_unauthenticated_caller_is_refused_before_the_body_is_read(client: TestClient) -> None:
    answer = await client.post("/v1/returns", data=b"not json")
    assert answer.status == 401


async def test_unknown_addresses_and_methods_are_problems(client: TestClient) -> None:
    unknown = await client.get("/v1/nowhere")
    assert (unknown.status, json.loads(await unknown.read())["code"]) == (404, "unknown_path")
    wrong = await client.delete(GET)
    assert (wrong.status, json.loads(await wrong.read())["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", [GET, "/v1/nowhere", "/docs/plain", "/v1/code.svg", "/v1/broken"])
async def test_every_answer_keeps_browsers_in_check(client: TestClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(headers["X-Request-Id"]) == 16


async def test_a_sane_request_id_is_kept_and_another_is_replaced(client: TestClient) -> None:
    kept = await client.get(GET, headers={"X-Request-Id": "from-the-proxy-1"})
    assert kept.headers["X-Request-Id"] == "from-the-proxy-1"
    replaced = await client.get(GET, headers={"X-Request-Id": "jane@example.com"})
    assert "jane" not in replaced.headers["X-Request-Id"]


async def test_a_defect_is_logged_by_type_and_location_and_never_by_message(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await client.get("/v1/broken")
    assert (answer.status, json.loads(await answer.read())["code"]) == (500, "internal")
    assert "GET /v1/broken failed" in caplog.text
    assert "RuntimeError at frame_app.py:" in caplog.text
    assert "jane" not in caplog.text


async def test_a_picture_is_served_as_declared(client: TestClient) -> None:
    answer = await client.get("/v1/code.svg")
    assert (answer.content_type, await answer.read()) == ("image/svg+xml", b"<svg/>")


async def test_a_webhook_gets_the_bytes_that_were_sent(client: TestClient) -> None:
    good = await client.post("/v1/webhooks/x", data=b"signed \xff\x00")
    assert (good.status, await good.json()) == (202, {"said": {"bytes": 9}})
    forged = await client.post("/v1/webhooks/x", data=b"{}")
    assert (forged.status, json.loads(await forged.read())["code"]) == (401, "signature_invalid")
    packed = await client.post("/v1/webhooks/x", data=b"signed", headers={"Content-Encoding": "gzip"})
    assert packed.status == 415
    assert (await client.post("/v1/webhooks/x", data=b"signed".ljust(1025))).status == 413


async def test_a_body_may_be_left_out_where_it_is_optional(client: TestClient, services: Services) -> None:
    agent = {"Authorization": "Bearer agent"}
    assert (await client.post("/v1/orders/o/cancel", headers=agent)).status == 200
    some = await client.post("/v1/orders/o/cancel", json={"line_id": "l1", "quantity": 1}, headers=agent)
    assert (some.status, await some.read()) == (200, b"")
    assert services.effects == ["all", "l1"]


async def test_a_handler_that_takes_too_long_is_unavailable(client: TestClient, services: Services) -> None:
    services.gate.clear()
    answer = await client.post("/v1/orders/o/cancel", headers={"Authorization": "Bearer agent"})
    assert (answer.status, json.loads(await answer.read())["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_a_wrong_declaration_shows_when_it_is_made() -> None:
    async def valid_handler(call: Call[None], body: Line) -> None:
        """Fine."""

    async def silent(call: Call[None]) -> None: ...

    wrong = [
        (silent, {"roles": PUBLIC}),
        (valid_handler, {"roles": PUBLIC, "idempotency": "optional"}),
        (valid_handler, {"roles": {Role.AGENT}, "idempotency": "optional", "produces": "image/png"}),
        (valid_handler, {"roles": {Role.AGENT}, "problems": ("no_such_code",)}),
    ]
    for handler, options in wrong:
        with pytest.raises(ValueError):
            endpoint("POST", "/v1/x", **options)(handler)  # type: ignore[misc]
    with pytest.raises(ValueError):
        endpoint("GET", "/v1/{x}.svg", roles=PUBLIC)(valid_handler)
