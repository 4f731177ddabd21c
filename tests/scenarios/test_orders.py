"""Orders over HTTP: placed once, shipped in parts, and readable at any moment."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import because, item
from tests.scenarios.problem_assertions import encoded, problem, send, unchanged
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

# Split shipments


@pytest.mark.scenario("S-2")
async def test_an_order_in_two_parcels_is_delivered_only_with_the_last_one(shop: Shop) -> None:
    order = await shop.place()
    first = await shop.ship(order, lines=[{"line_id": "1", "quantity": 3}])
    view = await shop.view(order)
    assert (view["stage"], view["delivered"]) == ("placed", "none")
    await shop.scan(first, "delivered")
    view = await shop.until(order, lambda view: view["delivered"] != "none")
    assert (view["stage"], view["delivered"]) == ("shipped", "some")  # the lamp is in no parcel yet

    second = await shop.ship(order)
    view = await shop.view(order)
    assert (view["stage"], view["delivered"]) == ("shipped", "some")
    await shop.scan(second, "delivered")
    view = await shop.until(order, lambda view: view["delivered"] == "all")
    assert view["stage"] == "delivered"


@pytest.mark.scenario("S-2")
async def test_a_second_parcel_never_replaces_the_first(shop: Shop) -> None:
    order = await shop.place()
    first = await shop.ship(order, lines=[{"line_id": "1", "quantity": 2}])
    await shop.scan(first, "in_transit")
    await shop.until(order, lambda view: view["parcels"][0]["status"] == "in_transit")
    [before] = (await shop.view(order))["parcels"]
    second = await shop.ship(order)
    [kept, added] = (await shop.view(order))["parcels"]
    assert kept == before
    assert (added["tracking_number"], added["units"]) == (second, {"1": 1, "2": 1})
    assert kept["units"] == {"1": 2}


@pytest.mark.scenario("S-2")
async def test_a_unit_travels_in_one_parcel_and_a_parcel_is_registered_once(shop: Shop) -> None:
    order = await shop.place()
    first = await shop.ship(order, lines=[{"line_id": "1", "quantity": 2}])
    path = f"/v1/orders/{order}/parcels"
    more = {"carrier": "UPS", "tracking_number": "NEW", "lines": [{"line_id": "1", "quantity": 1}] * 2}
    again = {"carrier": "UPS", "tracking_number": first}
    async with unchanged(shop, order):
        answer = await shop.call("POST", path, more)
        assert problem(answer, 422, "refused")["reasons"] == [
            because("units_already_shipped", {"line": "1", "requested": 2, "available": 1})
        ]
        answer = await shop.call("POST", path, again)
        assert problem(answer, 409, "parcel_conflict")["differs"] == ["/lines"]
    told = {**again, "lines": [{"line_id": "1", "quantity": 2}]}
    assert [(await shop.call("POST", path, told)).status for _ in range(2)] == [200, 200]
    assert len((await shop.view(order))["parcels"]) == 1


# The same order again


@pytest.mark.scenario("S-3")
async def test_the_same_order_twice_is_one_journey(shop: Shop) -> None:
    body = await shop.order_body()
    first = (await shop.call("POST", "/v1/orders", body)).ok()
    spaced = json.dumps(dict(reversed(body.items())), indent=3).encode()
    second = (await send(shop, "/v1/orders", spaced)).ok()
    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body
    listed = (await shop.call("GET", "/v1/orders")).ok()
    assert [one["order"] for one in listed["items"]] == [first["order"]]
    assert await _told(shop, first["order"]) == ["placed"]


@pytest.mark.scenario("S-3")
async def test_another_body_under_the_same_order_id_is_a_conflict(shop: Shop) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    others: list[tuple[str, dict[str, Any]]] = [
        ("/promise/day", {"promise": {"day": "2026-03-09"}}),
        ("/customer", {"customer": {**body["customer"], "customer_id": "somebody-else"}}),
        ("/destination/postcode", {"destination": {**body["destination"], "postcode": "N1 9GV"}}),
        ("/lines/1", {"lines": [body["lines"][0], {**body["lines"][1], "title": "Other lamp"}]}),
    ]
    for pointer, other in others:
        async with unchanged(shop, order):
            answer = await shop.call("POST", "/v1/orders", {**body, **other})
            assert problem(answer, 409, "order_conflict")["differs"] == [pointer]
    assert (await shop.call("POST", "/v1/orders", body)).status == 200


@pytest.mark.scenario("S-3")
async def test_the_same_order_many_times_at_once_is_one_journey(shop: Shop) -> None:
    body = await shop.order_body()
    answers = await asyncio.gather(*(shop.call("POST", "/v1/orders", body) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer["order"] for answer in answers}) == 1
    assert await _told(shop, answers[0]["order"]) == ["placed"]


@pytest.mark.scenario("S-3")
async def test_of_two_orders_that_want_one_id_at_once_one_is_placed(shop: Shop) -> None:
    body = await shop.order_body()
    other = {**body, "promise": {"day": "2026-03-09"}}
    calls = [shop.call("POST", "/v1/orders", one) for one in (body, other) * 4]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status for answer in answers) == [200] * 3 + [201] + [409] * 4
    # All of one body, none of the other.
    assert {answer.status for answer in answers[::2]} in ({200, 201}, {409})
    for one in answers:
        if one.status == 409:
            problem(one, 409, "order_conflict")
    assert len((await shop.call("GET", "/v1/orders")).ok()["items"]) == 1


@pytest.mark.scenario("S-3")
async def test_two_shops_may_use_the_same_order_id(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    other = await Shop.create(deployment, http)
    body = await shop.order_body("#1001")
    own = await shop.call("POST", "/v1/orders", body)
    foreign = await other.call("POST", "/v1/orders", body)
    assert (own.status, foreign.status) == (201, 201)
    assert own["order"] != foreign["order"]


async def _told(shop: Shop, order: str) -> list[str]:
    timeline = (await shop.call("GET", f"/v1/orders/{order}/timeline")).ok()
    return [entry["action"] for entry in timeline["items"]]


# Orders that do not exist

_ADDRESSES: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "?live=true", None),
    ("GET", "/timeline", None),
    ("GET", "/explain", None),
    ("GET", "/notices", None),
    ("POST", "/parcels", {"carrier": "UPS", "tracking_number": "T"}),
    ("POST", "/cancel", None),
    ("POST", "/customer-links", None),
    ("POST", "/overrides", {"override": "note", "reason": "a customer called"}),
    ("POST", "/returns/quote", {"items": [item()]}),
    ("POST", "/returns", {"items": [item()], "resolution": "refund"}),
]


@pytest.mark.scenario("S-4")
@pytest.mark.parametrize(("method", "rest", "body"), _ADDRESSES, ids=lambda value: str(value)[:16])
async def test_an_unknown_order_and_another_shops_order_get_the_same_answer(
    method: str, rest: str, body: Any, shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    other = await Shop.create(deployment, http)
    sent = await other.order_body("#foreign")
    foreign = (await other.call("POST", "/v1/orders", sent)).ok()["order"]
    role = "agent" if rest == "/overrides" else "storefront"
    answers = []
    async with unchanged(other, foreign):
        for name in ("ord_nobodyknowsthis", foreign, encoded("#foreign")):
            path = f"/v1/orders/{name}{rest}"
            answer = await shop.call(method, path, body, role=role, key=f"key-{name}")
            problem(answer, 404, "not_found")
            varying = ("Date", "X-Request-ID", "RateLimit")  # of each request
            shown = {k: v for k, v in answer.headers.items() if k not in varying}
            answers.append((answer.body, shown))
    assert answers[0] == answers[1] == answers[2]


# Reading at any time


@pytest.mark.scenario("S-8")
async def test_the_live_and_the_stored_status_are_always_the_same(shop: Shop, deployment: Deployment) -> None:
    order = await shop.place()
    stages = [await _same_both_ways(shop, order)]  # running
    number = await shop.ship(order)
    await shop.scan(number, "in_transit")
    await shop.until(order, lambda view: view["stage"] == "shipped")
    stages.append(await _same_both_ways(shop, order))
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    opened = (await shop.open(order, item())).ok()
    stages.append(await _same_both_ways(shop, order))  # waiting for the customer
    await shop.drop_off(opened)
    await shop.paid(order, opened["return"]["return_id"])
    stages.append(await _same_both_ways(shop, order))
    await shop.advance_clock(days=45)
    stages.append(await _same_both_ways(shop, order))  # at rest
    assert stages == ["placed", "shipped", "delivered", "delivered", "closed"]
    await _until_no_history(deployment, f"order/{shop.name}/{order}", delete=False)


@pytest.mark.scenario("S-8")
async def test_an_order_is_served_and_accepts_commands_after_temporal_has_forgotten_it(
    shop: Shop, deployment: Deployment
) -> None:
    order = await shop.delivered()
    await shop.advance_clock(days=31)
    closed = await shop.view(order)
    assert closed["stage"] == "closed"
    await _until_no_history(deployment, f"order/{shop.name}/{order}", delete=True)

    assert await shop.view(order) == closed
    problem(await shop.call("GET", f"/v1/orders/{order}?live=true"), 503, "unavailable")
    late = await shop.open(order, item())
    problem(late, 422, "refused")
    assert late.reasons == ["outside_window"]
    assert await shop.view(order) == closed
    opened = await shop.open(order, item(), role="agent", reason="a good customer")
    assert opened.ok().status == 201
    assert (await shop.view(order))["seq"] == closed["seq"] + 1


async def _same_both_ways(shop: Shop, order: str) -> str:
    """The stage, after checking that journey and store agree."""
    stored, live = await shop.view(order), await shop.view(order, live=True)
    del stored["as_of"], live["as_of"]
    assert stored == live
    stage: str = stored["stage"]
    return stage


async def _until_no_history(deployment: Deployment, workflow_id: str, *, delete: bool) -> None:
    """Wait until the run has ended, and with `delete` until Temporal has deleted it, as after its retention."""
    client = await Client.connect(deployment.addresses["temporal"])
    handle = client.get_workflow_handle(workflow_id)
    async with asyncio.timeout(PATIENCE):
        await handle.result()
        if not delete:
            return
        execution = WorkflowExecution(workflow_id=workflow_id)
        request = DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=execution)
        await client.workflow_service.delete_workflow_execution(request)
        while True:
            try:
                await handle.describe()
            except RPCError as gone:
                if gone.status is RPCStatusCode.NOT_FOUND:
                    return
                raise
            await asyncio.sleep(0.05)


# Ids of the merchant's own


@pytest.mark.parametrize("order_id", ["#1001", "a/b", "..", ".", "注文-１２", "50%25", "a b?c=d&e", "{x}"])
async def test_an_order_is_found_under_any_id_that_its_merchant_gave_it(order_id: str, shop: Shop) -> None:
    order = await shop.place(order_id=order_id)
    name = encoded(order_id)
    found_order = (await shop.call("GET", f"/v1/orders/{name}")).ok()
    assert (found_order["order"], found_order["order_id"]) == (order, order_id)
    await shop.ship(name)
    (await shop.call("POST", f"/v1/orders/{name}/cancel", key="k")).ok()
    assert (await shop.view(order))["stage"] == "cancelled"
