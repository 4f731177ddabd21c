"""One request is one trace, from the API through the journey's start to its activities, without personal data."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """An OTLP receiver over HTTP, like any collector."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw: list[bytes] = []

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.raw.append(body)
        export = ExportTraceServiceRequest.FromString(body)
        self.spans += [
            span for of in export.resource_spans for scope in of.scope_spans for span in scope.spans
        ]
        return web.Response(content_type="application/x-protobuf")

    def of(self, trace: str) -> dict[str, Span]:
        return {span.name: span for span in self.spans if span.trace_id.hex() == trace}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield collector, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def traced(
    collector: tuple[Collector, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector[1], "OTEL_BSP_SCHEDULE_DELAY": "200"}
    data: Path = tmp_path_factory.mktemp("traced") / "data"
    deployment = Deployment(data, env)
    await deployment.open()
    yield deployment
    await deployment.close()


async def test_a_request_its_journey_and_its_activities_are_one_trace(
    traced: Deployment, http: aiohttp.ClientSession, collector: tuple[Collector, str]
) -> None:
    receiver = collector[0]
    shop = await Shop.create(traced, http)
    body = await shop.order_body()
    caller = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    order = (await shop.call("POST", "/v1/orders", body, headers=caller)).ok()["order"]
    await shop.ship(
        order
    )  # what the journey writes later belongs to the trace of the request that started it
    wanted = {"POST /v1/orders", "StartActivity:commit", "RunActivity:commit"}
    async with asyncio.timeout(PATIENCE):
        while not wanted <= set(receiver.of(TRACE)):
            await asyncio.sleep(0.1)
    spans = receiver.of(TRACE)
    server = spans["POST /v1/orders"]
    attributes = {
        attribute.key: attribute.value.string_value or attribute.value.int_value
        for attribute in server.attributes
    }
    assert attributes == {
        "http.request.method": "POST", "http.route": "/v1/orders", "http.response.status_code": 201
    }  # fmt: skip
    assert server.kind == Span.SPAN_KIND_SERVER
    assert server.parent_span_id.hex() == "00f067aa0ba902b7", "within the caller's own trace"
    assert any(
        name.startswith(("StartWorkflow", "StartUpdateWithStart", "UpdateWithStart")) for name in spans
    ), set(spans)
    by_id = {span.span_id: span for span in spans.values()}
    above, climbed = spans["RunActivity:commit"], 0
    while above.parent_span_id in by_id:
        above, climbed = by_id[above.parent_span_id], climbed + 1
    assert above.name == "POST /v1/orders"
    assert climbed >= 2
    exported = b"".join(receiver.raw)
    customer = body["customer"]
    for private in (
        customer["name"],
        customer["email"],
        customer["customer_id"],
        body["order_id"],
        shop.keys["storefront"],
    ):
        assert private.encode() not in exported
        assert json.dumps(private)[1:-1].encode() not in exported
    assert order.encode() in exported, "our own id is how an operator finds it"


async def test_an_address_we_do_not_serve_leaves_no_path_in_a_trace(
    traced: Deployment, http: aiohttp.ClientSession, collector: tuple[Collector, str]
) -> None:
    receiver = collector[0]
    trace = TRACE[::-1]
    caller = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    async with http.get(traced.addresses["api"] + "/v1/jane%40example.com?q=jane", headers=caller) as answer:
        assert answer.status == 404
    async with asyncio.timeout(PATIENCE):
        while not receiver.of(trace):
            await asyncio.sleep(0.1)
    assert list(receiver.of(trace)) == ["GET unknown"]
    assert b"jane" not in b"".join(receiver.raw)
