"""One key, one effect, one answer."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from api.http import idempotency
from api.http.problems import Problem
from tests.api.frame_app import Services, Table

BODY = {"line_id": "l1", "quantity": 2}


def post(
    client: TestClient,
    key: str | None = "k1",
    body: Any = BODY,
    bearer: str = "good",
    path: str = "/v1/returns",
) -> Awaitable[ClientResponse]:
    headers = {"Authorization": f"Bearer {bearer}"} | ({"Idempotency-Key": key} if key is not None else {})
    return client.post(path, json=body, headers=headers)


async def code(answer: ClientResponse) -> tuple[int, str]:
    return answer.status, json.loads(await answer.read()).get("code")


async def test_a_repeat_gets_the_first_answer_and_no_second_effect(
    client: TestClient, services: Services
) -> None:
    first, second = await post(client), await post(client)
    assert (first.status, await first.json()) == (second.status, await second.json())
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(services.effects) == 1


async def test_headers_of_the_first_answer_are_repeated(client: TestClient) -> None:
    parcel = {"tracking_number": "T", "lines": []}
    for _ in range(2):
        answer = await post(client, body=parcel, path="/v1/orders/o/parcels")
        assert (answer.status, answer.headers["ETag"]) == (201, '"1"')


async def test_parallel_equal_keys_have_one_effect_and_one_answer(
    client: TestClient, services: Services
) -> None:
    services.gate.clear()
    answers = [asyncio.ensure_future(post(client)) for _ in range(20)]
    await asyncio.sleep(0.2)
    services.gate.set()
    bodies = [(answer.status, await answer.read()) for answer in await asyncio.gather(*answers)]
    assert len(services.effects) == 1
    assert len(set(bodies)) == 1
    assert bodies[0][0] == 200


async def test_a_key_that_keeps_running_is_409_with_retry_after(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_TIMEOUT", 0.1)
    services.gate.clear()
    first = asyncio.ensure_future(post(client))
    await asyncio.sleep(0.1)
    second = await post(client)
    assert await code(second) == (409, "request_in_progress")
    assert second.headers["Retry-After"] == "1"
    services.gate.set()
    assert (await first).status == 200
    assert (await post(client)).status == 200
    assert len(services.effects) == 1


async def test_the_same_key_with_another_body_is_422(client: TestClient, services: Services) -> None:
    await post(client)
    assert await code(await post(client, body=BODY | {"quantity": 3})) == (422, "idempotency_key_reused")
    assert len(services.effects) == 1


async def test_the_same_key_for_another_order_is_another_command(
    client: TestClient, services: Services
) -> None:
    parcel = {"tracking_number": "T", "lines": []}
    for order in ("a", "b"):
        answer = await post(client, body=parcel, path=f"/v1/orders/{order}/parcels")
        assert (answer.status, (await answer.json())["order"]) == (201, order)
    assert len(set(services.effects)) == 2


async def test_spaces_and_the_order_of_keys_do_not_change_the_body_hash(
    client: TestClient, services: Services
) -> None:
    await post(client)
    headers = {"Authorization": "Bearer good", "Idempotency-Key": "k1", "Content-Type": "application/json"}
    answer = await client.post("/v1/returns", data=b'{ "quantity":2,"line_id":"l1" }', headers=headers)
    assert answer.status == 200
    assert len(services.effects) == 1


async def test_a_key_belongs_to_the_merchant_whichever_credential_sends_it(
    client: TestClient, services: Services
) -> None:
    answers = [await post(client, bearer=bearer) for bearer in ("good", "twin", "other")]
    assert [(await answer.json())["order"] for answer in answers] == ["acme", "acme", "globex"]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", None]
    assert len(services.effects) == 2
    reused = await post(client, body=BODY | {"quantity": 3}, bearer="twin")
    assert await code(reused) == (422, "idempotency_key_reused")


async def test_a_customer_gets_an_answer_of_their_own_about_the_same_command(
    client: TestClient, services: Services
) -> None:
    await post(client)
    answer = await post(client, bearer="link")
    assert (answer.status, answer.headers.get("Idempotent-Replayed")) == (200, None)
    assert len(services.effects) == 2
    assert len(set(services.effects)) == 1  # the journey executes a command once
    reused = await post(client, body=BODY | {"quantity": 3}, bearer="link")
    assert await code(reused) == (422, "idempotency_key_reused")


async def test_the_same_key_on_another_route_is_another_command(
    client: TestClient, services: Services
) -> None:
    await post(client)
    await post(client, body={"tracking_number": "T", "lines": []}, path="/v1/orders/o/parcels")
    assert len(set(services.effects)) == 2


@pytest.mark.parametrize(
    "problem", [Problem("unavailable", retry_after=2), Problem("not_found"), KeyError("x")]
)
async def test_an_answer_that_is_not_final_frees_the_key_and_the_retry_is_the_same_command(
    client: TestClient, services: Services, table: Table, problem: Exception
) -> None:
    services.failures.append(problem)
    failed = await post(client)
    assert (failed.status >= 400, services.effects) == (True, [])
    other = await post(client, body=BODY | {"quantity": 3})
    assert await code(other) == (422, "idempotency_key_reused")
    assert (await post(client)).status == 200
    assert (await post(client)).headers["Idempotent-Replayed"] == "true"
    assert services.effects == [idempotency.command_id(next(iter(table.rows)))]


@pytest.mark.parametrize("final", ["refused", "version_conflict"])
async def test_a_final_refusal_is_repeated_as_it_was(
    client: TestClient, services: Services, final: Any
) -> None:
    services.failures.append(Problem(final, reasons=[{"code": "window_closed"}]))
    first, second = await post(client), await post(client)
    assert await first.read() == await second.read()
    assert first.status == second.status == (422 if final == "refused" else 409)
    assert first.content_type == second.content_type == "application/problem+json"
    assert services.effects == []


async def test_an_invalid_body_does_not_use_up_the_key(client: TestClient) -> None:
    assert await code(await post(client, body={})) == (400, "invalid_body")
    assert (await post(client)).status == 200


async def test_a_missing_key_matters_only_where_it_is_required(
    client: TestClient, services: Services
) -> None:
    assert await code(await post(client, key=None)) == (400, "idempotency_key_missing")
    parcel = {"tracking_number": "T", "lines": []}
    for _ in range(2):
        assert (await post(client, key=None, body=parcel, path="/v1/orders/o/parcels")).status == 201
    assert len(set(services.effects)) == 2


@pytest.mark.parametrize("key", ["", '""', "a" * 256, "gr\u00fcn", "a\tb"])
async def test_an_invalid_key_is_reported(client: TestClient, key: str) -> None:
    assert await code(await post(client, key=key)) == (400, "idempotency_key_invalid")


async def test_a_key_may_be_quoted_or_bare(client: TestClient, services: Services) -> None:
    for key in ("8e03 978e", '"8e03 978e"'):
        assert (await post(client, key=key)).status == 200
    assert len(services.effects) == 1
    assert (await post(client, key="a" * 255)).status == 200
