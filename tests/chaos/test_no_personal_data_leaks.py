"""I11: names, addresses, texts and secrets stay out of logs, metrics and histories."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote as escaped

import aiohttp
import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToJson
from temporalio.client import Client, WorkflowExecution
from yarl import URL

from runtime.config.ports import choose_port
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from store.engine.database import Database
from store.tables.all import SnapshotRow
from tests.adapters.fake_smtp_server import FakeSmtpServer, start_server
from tests.chaos.killable_deployment import KillableDeployment, retry_until_ok, until_true
from tests.chaos.leak_detector import PEOPLE, LeakDetector, encodings, report
from tests.chaos.test_outage import frozen
from tests.scenarios.helpers import ApiResponse, gbp
from tests.scenarios.shop import START, Shop

NAME, EMAIL, PHONE = PEOPLE["name"], PEOPLE["e-mail"], PEOPLE["phone"]
STREET, WORDS, CARD = PEOPLE["street"], PEOPLE["words"], PEOPLE["card"]
SAID = f"{NAME}, {STREET}, {PHONE}, {EMAIL}: {WORDS} {CARD}"
CUSTOMER = {"customer_id": EMAIL, "name": NAME, "email": EMAIL}


class RefusalRecorder(Shop):
    """A shop that keeps every refusal it got."""

    refusals: list[str]

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> ApiResponse:
        answer = await super().call(method, path, body, **more)
        if answer.status >= 400:
            self.__dict__.setdefault("refusals", []).append(json.dumps(answer.body, ensure_ascii=False))
        return answer

    async def raw(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        url = URL(self.deployment.addresses["api"] + path, encoded=True)
        sent = {"Authorization": f"Bearer {self.keys['storefront']}", "Content-Type": "application/json"}
        async with self.http.post(url, data=body, headers={**sent, **(headers or {})}) as answer:
            if answer.status >= 400:
                self.__dict__.setdefault("refusals", []).append(await answer.text())
            return answer.status


@pytest_asyncio.fixture(loop_scope="session")
async def deployment(
    tmp_path: Path, own_database: str | None, smtp_server: FakeSmtpServer, mail_listener: asyncio.Server
) -> AsyncIterator[KillableDeployment]:
    where = mail_listener.sockets[0].getsockname()
    env = {
        "SMOT_SMTP": f"smtp://127.0.0.1:{where[1]}?starttls=never",
        "SMOT_SANDBOX_LETTERS": "send",
        "SMOT_WORKER_METRICS": f"127.0.0.1:{choose_port()}",
    }
    deployment = KillableDeployment(tmp_path / "data", env, own_database)
    await deployment.open()
    yield deployment
    await deployment.close()


@pytest.fixture
def smtp_server() -> FakeSmtpServer:
    return FakeSmtpServer()


@pytest_asyncio.fixture(loop_scope="session")
async def mail_listener(smtp_server: FakeSmtpServer) -> AsyncIterator[asyncio.Server]:
    server = await start_server(smtp_server)
    yield server
    server.close()


def test_the_detector_finds_each_marker_in_each_encoding() -> None:
    watch = LeakDetector()
    watch.add(PEOPLE)
    for name, word in PEOPLE.items():
        for way in encodings(word):
            watch.found.clear()
            watch.inspect("line", "here", b"before " + way + b" after")
            assert any(one.startswith(f"{name} in") for one in watch.found), (name, way)


async def test_no_personal_data_leaks_from_any_request_or_failure(
    deployment: KillableDeployment, http: aiohttp.ClientSession, smtp_server: FakeSmtpServer
) -> None:
    created = await Shop.create(deployment, http)
    shop = RefusalRecorder(deployment, http, created.made)
    watch = LeakDetector()
    watch.add(PEOPLE)
    watch.add({f"key of {role}": key for role, key in shop.keys.items()})
    watch.add({f"secret of {source}": secret for source, secret in shop.secrets.items()})
    watch.add({"admin's key": deployment.admin_key})

    order, return_id, tokens = await _whole_lifecycle(shop, smtp_server)
    watch.add(tokens)
    await _nonsense(shop, order, return_id)
    await _trouble(deployment, shop, smtp_server)
    broken = await _a_broken_snapshot(deployment, shop)

    client = await connect(Settings(temporal=deployment.addresses["temporal"]))
    await _inspect_histories(client, watch, {order, broken})
    await _inspect_pages(deployment, http, watch)
    for number, refusal in enumerate(shop.refusals):
        watch.inspect("refusals", str(number), refusal.encode())
    logs = [file for file in deployment.data.parent.rglob("*.log*") if file.is_file()]
    assert {"data.up.log", "worker.log", "temporal.log"} <= {file.name for file in logs}
    for file in logs:
        watch.inspect("logs", file.name, file.read_bytes())
    lines = (deployment.data.parent / "data.up.log").read_text().splitlines()
    assert len(lines) > 50, "something was logged at all"
    assert any(f'"order": "{order}"' in line for line in lines), "our own ids may be, and are"
    assert watch.found == [], report(watch)
    assert watch.inspected["refusals"] > 20
    assert watch.inspected["histories"] >= 8


async def _whole_lifecycle(
    shop: RefusalRecorder, smtp_server: FakeSmtpServer
) -> tuple[str, str, dict[str, str]]:
    """An order with every field a person may fill. Returns its id, a return's, and the secrets it was given."""
    order = await shop.place(customer=CUSTOMER)
    number = await shop.ship(order)
    smtp_server.answers = {"RCPT": f"451 {EMAIL} {NAME} is away, try later"}
    await shop.set_clock(START + timedelta(days=8))  # late, and notified
    await until_true(lambda: _tried(shop, order))
    smtp_server.answers = {}
    body = {"type": "tracking.updated", "data": {"parcels": [{
        "carrier": "UPS", "tracking_number": number, "signed_by": NAME, "message": SAID,
        "scans": [{"at": (await shop.now()).isoformat(), "status": "delivered", "signed_by": NAME, "note": SAID}],
    }]}}  # fmt: skip
    raw = json.dumps(body).encode()
    assert (await shop.post_carrier_webhook("generic", raw, shop.standard_signature(raw))).status == 202
    await shop.until(order, lambda view: view["stage"] == "delivered")
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    item = {"line_id": "1", "quantity": 1, "reason": "unwanted"}
    quote = (await shop.quote(order, item, token=link)).ok()["token"]
    request = {"items": [item], "resolution": "refund", "quote": quote}
    returns = f"/v1/orders/{order}/returns"
    opened_ = (await shop.call("POST", returns, request, token=link, key=f"key of {EMAIL}")).ok()
    return_id = str(opened_["return"]["return_id"])
    (await shop.override(f"orders/{order}", "note", reason=SAID)).ok()
    (await shop.call("POST", f"/v1/orders/{order}/notes", {"text": SAID}, role="agent", key="n")).ok()
    (await shop.call("POST", f"/v1/orders/{order}/replies", {"text": SAID}, role="agent", key="r")).ok()
    for text in (EMAIL, NAME):
        found = (await shop.call("GET", f"/v1/orders?query={escaped(text)}", role="agent")).ok()
        assert [one["order"] for one in found["items"]] == [order]
    (await shop.override(f"returns/{return_id}", "hold", reason=SAID, days=2)).ok()
    (await shop.override(f"returns/{return_id}", "release", reason=SAID)).ok()
    other = {"line_id": "2", "quantity": 1, "reason": "unwanted"}
    second = (await shop.open(order, other, role="agent", reason=SAID)).ok()["return"]["return_id"]
    (await shop.call("POST", f"/v1/returns/{second}/cancel", {"reason": SAID}, role="agent")).ok()
    assert SAID in json.dumps(await shop.timeline(order), ensure_ascii=False), "who may read it can"
    await shop.fault("error_500_after")
    (await shop.drop_off(opened_)).ok()
    (await shop.receive(return_id)).ok()
    await shop.paid(order, return_id)
    return (
        order,
        return_id,
        {"customer's link": link, "quote": quote, "drop-off code": opened_["code"]["text"]},
    )


async def _tried(shop: Shop, order: str) -> bool:
    rows = shop.deployment.rows("SELECT attempts FROM outbox WHERE merchant = ? AND attempts > 0", shop.name)
    return bool(rows)


async def _nonsense(shop: RefusalRecorder, order: str, return_id: str) -> None:
    """At every route, personal data are sent where they do not belong."""
    bad = await shop.order_body(customer={**CUSTOMER, "phone": PHONE, "street": STREET})
    await shop.call("POST", "/v1/orders", bad)
    await shop.call("POST", "/v1/orders", {**bad, "customer": {**CUSTOMER, "email": NAME}})
    await shop.call("POST", "/v1/orders", {SAID: SAID, "lines": SAID, "placed_at": NAME, "currency": NAME})
    await shop.call("POST", "/v1/orders", {**bad, "shipping": {"minor": SAID}})
    for path in (
        "/v1/orders",
        f"/v1/orders/{order}/returns",
        "/v1/drop-offs/scans",
        f"/v1/returns/{return_id}/receipts",
    ):
        await shop.raw(path, f'{{"customer": "{SAID}", '.encode(), {"Idempotency-Key": secrets.token_hex(4)})
        await shop.raw(path, SAID.encode("utf-16"), {"Idempotency-Key": EMAIL})
    there = URL(f"/v1/orders/{order}").raw_path
    nonsense = {"line_id": "9", "quantity": 1, "reason": WORDS}
    await shop.open(order, nonsense)
    await shop.quote(order, {"line_id": "1", "quantity": 1, "reason": f"{NAME} {EMAIL}"})
    await shop.call("POST", f"{there}/overrides", {"override": NAME, "reason": SAID}, role="agent")
    await shop.call(
        "POST", f"/v1/returns/{return_id}/overrides", {"override": "hold", "reason": SAID}, role="partner"
    )
    await shop.call(
        "POST", "/v1/drop-offs/scans", {"code": SAID, "location_id": "bar-7", "nonce": "n"}, role="partner"
    )
    await shop.call(
        "POST",
        f"/v1/returns/{return_id}/receipts",
        {"lines": [{"line_id": "9", "quantity": 1, "note": SAID}]},
        role="warehouse",
    )
    name, email = URL.build(path=f"/{NAME}").raw_path[1:], EMAIL.replace("@", "%40")
    for path in (f"/v1/orders/{name}", f"/v1/orders/{email}?live=true", f"/v1/{email}", f"/v1/returns/{name}",
                 f"/v1/customers/{email}/credit", f"/v1/orders?cursor={email}", f"/v1/attention?owner={name}"):  # fmt: skip
        await shop.call("GET", path, role="agent", headers={"X-Request-Id": EMAIL, "User-Agent": EMAIL})
    await shop.call("GET", there, token=f"{EMAIL}")
    await shop.call("GET", there, token=shop.keys["storefront"][:-3] + "xyz")
    for source in ("generic", "easypost", name):
        for merchant in (shop.name, name):
            path = f"/v1/webhooks/carriers/{source}/{merchant}"
            await shop.raw(path, SAID.encode(), shop.standard_signature(b"other"))
    unreadable = json.dumps({"type": "tracking.updated", "data": {"parcels": SAID}}).encode()
    answer = await shop.post_carrier_webhook("generic", unreadable, shop.standard_signature(unreadable))
    shop.refusals.append(json.dumps(answer.body))
    unknown_parcel = {"carrier": "UPS", "tracking_number": "TRKNOBODYS", "scans": [], "recipient": SAID}
    await shop.post_webhook(unknown_parcel)


async def _trouble(
    deployment: KillableDeployment, shop: RefusalRecorder, smtp_server: FakeSmtpServer
) -> None:
    """Every dependency fails in turn while such requests run, and answers with the data that it was sent."""
    waiting = await shop.order_body(customer=CUSTOMER)
    async with frozen(deployment, "temporal"):
        assert (await shop.call("POST", "/v1/orders", waiting)).status == 201
    (await retry_until_ok(deployment, lambda: shop.call("POST", "/v1/orders", waiting))).ok()
    await deployment.send_signal("worker")
    smtp_server.answers = {"RCPT": f"550 no {NAME} <{EMAIL}> here", "DATA": f"451 {EMAIL}: {WORDS}"}
    await shop.fault("timeout_after_success")
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": gbp(1200)}
    single = await shop.order_body(customer=CUSTOMER, lines=[line])
    order = (await retry_until_ok(deployment, lambda: shop.call("POST", "/v1/orders", single))).ok()["order"]
    await retry_until_ok(deployment, lambda: shop.call("GET", f"/v1/orders/{order}?live=true"))
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered", seconds=40)
    opened_ = (await shop.open(order, {"line_id": "1", "quantity": 1, "reason": "unwanted"})).ok()
    (await shop.drop_off(opened_)).ok()
    (await shop.receive(opened_["return"]["return_id"])).ok()
    await shop.paid(order, opened_["return"]["return_id"])
    await deployment.send_signal("temporal")
    (await retry_until_ok(deployment, lambda: shop.call("GET", "/v1/orders"))).ok()
    smtp_server.answers = {}


async def _a_broken_snapshot(deployment: KillableDeployment, shop: RefusalRecorder) -> str:
    """A defect whose message quotes personal data: what reads the row fails, here and in a journey's activity."""
    body = await shop.order_body(customer=CUSTOMER)
    order = (await retry_until_ok(deployment, lambda: shop.call("POST", "/v1/orders", body))).ok()["order"]
    await retry_until_ok(deployment, lambda: shop.call("GET", f"/v1/orders/{order}?live=true"))
    number = await shop.ship(order)
    client = await connect(Settings(temporal=deployment.addresses["temporal"]))
    workflow = client.get_workflow_handle(f"order/{shop.name}/{order}")
    await workflow.terminate()
    db = Database(deployment.database)
    async with db.write() as session:
        row = await session.get_one(SnapshotRow, order)
        row.state = json.dumps({"seq": SAID, "order": {"customer": NAME}})
    await db.close()
    assert (await shop.call("GET", f"/v1/orders/{order}")).status == 500
    scan = {"at": START.isoformat(), "status": "delivered"}
    await shop.post_webhook({"carrier": "UPS", "tracking_number": number, "scans": [scan]})

    async def failing() -> bool:
        described = await client.get_workflow_handle(workflow.id).describe()
        return any(
            pending_activity.attempt > 1 for pending_activity in described.raw_description.pending_activities
        )

    await until_true(failing)
    return order


async def _inspect_histories(client: Client, watch: LeakDetector, known: set[str]) -> None:
    """Everything that Temporal keeps of our journeys: ids, memos, search attributes, events, and current failures."""
    met: set[str] = set()
    async for run in client.list_workflows():
        met.add(run.id.rpartition("/")[2])
        watch.inspect("workflow ids", run.id, f"{run.id} {run.run_id} {run.workflow_type}".encode())
        await _inspect_run(client, watch, run)
    assert known <= met


async def _inspect_run(client: Client, watch: LeakDetector, run: WorkflowExecution) -> None:
    handle = client.get_workflow_handle(run.id, run_id=run.run_id)
    described = (await handle.describe()).raw_description
    for kind, message in (("descriptions", described), ("memos", described.workflow_execution_info.memo)):
        watch.inspect(kind, run.id, message.SerializeToString() + MessageToJson(message).encode())
    history = await handle.fetch_history()
    watch.inspect("histories", run.id, b"".join(event.SerializeToString() for event in history.events))
    watch.inspect("histories", run.id, history.to_json().encode())


async def _inspect_pages(
    deployment: KillableDeployment, http: aiohttp.ClientSession, watch: LeakDetector
) -> None:
    admin = {"Authorization": f"Bearer {deployment.admin_key}"}
    for url in (
        f"{deployment.addresses['api']}/metrics",
        f"http://{deployment.env['SMOT_WORKER_METRICS']}/metrics",
        f"{deployment.addresses['api']}/readyz",
    ):
        async with http.get(url, headers=admin) as answer:
            page = await answer.read()
            assert answer.status == 200, page
            assert len(page) > 100
            watch.inspect("metrics", url, page)
