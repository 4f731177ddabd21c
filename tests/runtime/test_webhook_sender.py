"""The webhook sender: one id over all tries, events of an order in sequence, and no receiver delays another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from domain.webhooks.retry import MAX_ATTEMPTS, RETRY_DELAYS
from ports.webhooks import WebhookMessage, WebhookResponse
from services.webhooks import sender as webhook_sender
from services.webhooks.sender import WebhookSender
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.merchants import Merchants, NewMerchant
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.webhooks.deliveries import WebhookDeliveries
from store.webhooks.delivery_log import DeliveryFilter, DeliveryLog
from store.webhooks.endpoints import WebhookEndpoints
from tests.adapters.webhook_receiver import WebhookReceiver, hang, respond_with
from tests.builders import PLACED, a_parcel, a_state, an_order
from tests.runtime.verified_deployment import MASTER
from tests.store.conftest import FakeClock


class FakeWebhookTransport:
    """A fake sender that answers as set, at once or when `released`, and keeps its messages."""

    def __init__(self) -> None:
        self.sent: list[WebhookMessage] = []
        self.released = asyncio.Event()
        self.released.set()
        self.answer = WebhookResponse(204)
        self.defect: Exception | None = None

    async def send(self, message: WebhookMessage) -> WebhookResponse:
        self.sent.append(message)
        await self.released.wait()
        if self.defect is not None:
            raise self.defect
        return self.answer

    async def rejection_reason(self, url: str) -> str | None:
        return None

    async def close(self) -> None:
        """Holds nothing."""


class WebhookSenderHarness:
    """A webhook sender on its own database, with a clock that a test sets."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock, self.sender = db, FakeClock(), FakeWebhookTransport()
        self.endpoints, self.delivery_log = (
            WebhookEndpoints(db, MASTER, self.clock),
            DeliveryLog(db),
        )
        self.webhook_sender = self.with_sender(self.sender)

    def with_sender(self, sender: FakeWebhookTransport | HttpWebhookTransport) -> WebhookSender:
        return WebhookSender(
            WebhookDeliveries(self.db, self.clock), self.endpoints, sender, jitter=lambda: 0.0
        )

    async def endpoint(self, url: str = "https://shop.example/hooks", *events: str) -> str:
        created = await self.endpoints.create("acme", url, events)
        assert created is not None
        return created[0].id

    async def order(self, name: str, parcels: int = 0) -> None:
        """An order is placed, and so many parcels registered."""
        order = an_order(order=name, order_id=f"#{name}")
        assert (await Orders(self.db).place(order, "hash")).outcome == "new"
        state = a_state(order, seq=1, base=1)
        for _ in range(parcels):
            a_parcel(state, f"T{name}{state.seq}", units={"1": [0]})
            state.seq += 1
            assert await SnapshotStore(self.db).commit(state) == "committed"
            state.base, state.audit_log = state.seq, []
        self.clock.at = max(self.clock.at, real_now()) + timedelta(seconds=1)

    async def send_round(self) -> int:
        left = await self.webhook_sender.send()
        await self.webhook_sender.in_flight.drain()
        return left

    async def statuses(self, endpoint: str) -> list[tuple[str, int]]:
        page = await self.delivery_log.page(endpoint, DeliveryFilter(), limit=100)
        return [(item.row.status, item.row.attempts) for item in reversed(page.items)]


@pytest_asyncio.fixture(loop_scope="session")
async def harness(url: str) -> AsyncIterator[WebhookSenderHarness]:
    db = Database(url)
    await Merchants(db, MASTER).create(NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED))
    yield WebhookSenderHarness(db)
    await db.close()


async def test_a_receiver_that_never_accepts_it_is_tried_ten_times_under_one_id_and_then_it_is_dead(
    harness: WebhookSenderHarness,
) -> None:
    endpoint = await harness.endpoint()
    await harness.order("ord_one")
    harness.sender.answer = WebhookResponse(500)
    for wait in RETRY_DELAYS:
        assert await harness.send_round() == 1
        assert await harness.send_round() == 0
        harness.clock.advance(wait - timedelta(seconds=1))
        assert await harness.send_round() == 0
        harness.clock.advance(timedelta(seconds=1))
    assert await harness.send_round() == 1
    assert await harness.statuses(endpoint) == [("dead", MAX_ATTEMPTS)]
    assert len(harness.sender.sent) == MAX_ATTEMPTS
    assert len({message.id for message in harness.sender.sent}) == 1
    assert len({message.body for message in harness.sender.sent}) == 1


async def test_a_retry_after_header_is_honoured(harness: WebhookSenderHarness) -> None:
    endpoint = await harness.endpoint()
    await harness.order("ord_one")
    harness.sender.answer = WebhookResponse(429, retry_after=timedelta(hours=3))
    await harness.send_round()
    harness.clock.advance(timedelta(hours=2))
    assert await harness.send_round() == 0
    harness.clock.advance(timedelta(hours=1))
    harness.sender.answer = WebhookResponse(200)
    assert await harness.send_round() == 1
    assert await harness.statuses(endpoint) == [("delivered", 2)]


async def test_events_of_one_order_are_sent_in_sequence_and_of_different_orders_in_parallel(
    harness: WebhookSenderHarness,
) -> None:
    await harness.endpoint()
    for name in ("ord_a", "ord_b", "ord_c"):
        await harness.order(name, parcels=2)
    rounds = [await harness.send_round() for _ in range(4)]
    assert rounds == [3, 3, 3, 0]
    for name in ("ord_a", "ord_b", "ord_c"):
        bodies = [message.body for message in harness.sender.sent if f'"{name}"' in message.body]
        assert [f'"seq":{seq}' in body for seq, body in enumerate(bodies, 1)] == [True] * 3


async def test_a_receiver_that_is_gone_disables_its_endpoint(harness: WebhookSenderHarness) -> None:
    endpoint = await harness.endpoint()
    await harness.order("ord_one", parcels=1)
    harness.sender.answer = WebhookResponse(410)
    await harness.send_round()
    row = await harness.endpoints.find("acme", endpoint)
    assert row is not None
    assert (row.status, row.reason) == ("disabled", "gone")
    assert [status for status, _ in await harness.statuses(endpoint)] == ["dead", "dead"]
    harness.clock.advance(timedelta(days=2))
    assert await harness.send_round() == 0


async def test_a_defect_of_ours_costs_a_try_and_not_the_message(harness: WebhookSenderHarness) -> None:
    endpoint = await harness.endpoint()
    await harness.order("ord_one")
    harness.sender.defect = RuntimeError("whsec_secret")
    await harness.send_round()
    assert await harness.statuses(endpoint) == [("queued", 1)]
    harness.sender.defect = None
    harness.clock.advance(timedelta(seconds=5))
    await harness.send_round()
    assert await harness.statuses(endpoint) == [("delivered", 2)]


async def test_a_receiver_that_never_answers_delays_no_other_endpoint(harness: WebhookSenderHarness) -> None:
    """Ten orders wait for a receiver that hangs; all the others' messages arrive meanwhile."""
    async with WebhookReceiver.running() as receiver:
        receiver.paths["/hangs"] = hang
        hangs, works = (
            await harness.endpoint(receiver.base + "/hangs"),
            await harness.endpoint(receiver.base + "/works"),
        )
        http = HttpWebhookTransport(EgressPolicy(unrestricted=True), timeout=60.0)
        sender = harness.with_sender(http)
        for number in range(10):
            await harness.order(f"ord_{number}")
        async with asyncio.timeout(50):
            while len(receiver.received_at("/works")) < 10:
                if not await sender.send():
                    await asyncio.sleep(0.05)
        assert len(receiver.received_at("/hangs")) == webhook_sender.MAX_PER_ENDPOINT
        await sender.cancel()
        assert {status for status, _ in await harness.statuses(hangs)} == {"queued"}
        harness.clock.at = real_now() + timedelta(minutes=1)
        assert len(await harness.statuses(works)) == 10


async def test_failing_endpoints_take_only_a_part_of_the_slots(
    harness: WebhookSenderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "MAX_FAILING", 2)
    endpoints = [await harness.endpoint() for _ in range(4)]
    await harness.order("ord_a")
    await harness.order("ord_b")
    harness.sender.answer = WebhookResponse(500)
    await harness.send_round()
    harness.clock.advance(timedelta(seconds=5))
    harness.sender.released.clear()  # all that is sent now is in flight at the same time
    started = await harness.webhook_sender.send()
    harness.sender.released.set()
    await harness.webhook_sender.in_flight.drain()
    assert started == 2
    assert len(endpoints) == 4


async def test_one_receiver_answers_badly_and_then_well(harness: WebhookSenderHarness) -> None:
    async with WebhookReceiver.running() as receiver:
        receiver.paths["/hooks"] = respond_with(500, 302, 429, 204)
        endpoint = await harness.endpoint(receiver.base + "/hooks")
        target = await harness.endpoints.target(endpoint)
        assert target is not None
        receiver.secrets["/hooks"] = target.secrets[0]
        http = HttpWebhookTransport(EgressPolicy(unrestricted=True), timeout=20.0)
        harness.webhook_sender = harness.with_sender(http)
        await harness.order("ord_one")
        for wait in (*RETRY_DELAYS[:3], timedelta()):
            await harness.send_round()
            harness.clock.advance(wait)
        assert await harness.statuses(endpoint) == [("delivered", 4)]
        assert [one["verified"] for one in receiver.received] == [True] * 4
        assert len({one["id"] for one in receiver.received}) == 1
        await http.close()
