"""A whole lifecycle over HTTP, by clients that repeat unanswered requests; and its outcome."""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol, get_args

import aiohttp

from services.journeys import Journeys, JourneyUnavailable
from tests.chaos.recording_receiver import RecordingReceiver
from tests.patience import PATIENCE
from tests.scenarios.helpers import ApiResponse, gbp, item
from tests.scenarios.shop import START, Shop

Step = Literal[
    "place",
    "ship",
    "scan",
    "delay",
    "deliver",
    "open",
    "continue_as_new",
    "drop_off",
    "receive",
    "end",
    "late_scan",
]
STEPS: tuple[Step, ...] = get_args(Step)
LATE_DELIVERY = START + timedelta(days=8)
# Events that a lifecycle waits for one after the other; several of the others may be in one webhook.
AWAITED_EVENTS = {
    "order.placed", "order.shipped", "order.delivered", "order.closed", "parcel.registered", "delay.detected", "notice.sent",
    "return.opened", "return.dropped_off", "return.settled", "payment.settled",
}  # fmt: skip


class Environment(Protocol):
    """What a lifecycle runs on: addresses as a deployment has them, our database read beside it, and Temporal's client."""

    journeys: Journeys
    receiver: RecordingReceiver

    @property
    def addresses(self) -> dict[str, str]: ...

    @property
    def admin_key(self) -> str: ...

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class LifecyclePlan:
    """How an order of GBP 69.95 was paid and what is chosen for its two mugs; what the provider refunds for it."""

    name: str
    tenders: tuple[tuple[str, int], ...]
    resolution: str
    at_provider: tuple[int, ...]


PLANS = (
    LifecyclePlan("one card", (("card", 6995),), "refund", (2400,)),
    LifecyclePlan("two cards", (("card", 1000), ("card", 5995)), "refund", (1000, 1400)),
    LifecyclePlan(
        "three tenders", (("card", 5495), ("gift_card", 1000), ("store_credit", 500)), "refund", (900,)
    ),
    LifecyclePlan("for credit", (("card", 6995),), "store_credit", ()),
)


@dataclass
class LifecycleRun:
    """One order of a separate shop. Every step is one request or more, each repeated unchanged until answered.

    `patience`: seconds until a client that repeats a request gives up. `pause`: seconds between two reads.
    """

    environment: Environment
    shop: Shop
    plan: LifecyclePlan
    patience: float = PATIENCE
    pause: float = 0.02
    repeated: int = 0
    order: str = ""
    payments: list[str] = field(default_factory=list)
    number: str = field(default_factory=lambda: f"TRK{secrets.token_hex(6).upper()}")
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    acked: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def create(
        cls, ground: Environment, http: aiohttp.ClientSession, plan: LifecyclePlan
    ) -> "LifecycleRun":
        shop = await Shop.create(ground, http)  # type: ignore[arg-type]
        url = {"url": ground.receiver.url(shop.name)}
        created = await shop.call("POST", "/v1/webhook-endpoints", url)
        ground.receiver.secrets[shop.name] = created.ok()["secret"]
        return cls(ground, shop, plan)

    async def run(self, before: Callable[[Step], None] = lambda step: None) -> None:
        for step in STEPS:
            before(step)
            await getattr(self, step)()

    async def place(self) -> None:
        tenders = []
        for place, (kind, amount) in enumerate(self.plan.tenders):
            tender = {"tender_id": f"{kind}-{place}", "kind": kind, "amount": gbp(amount)}
            if kind == "card":
                tender["payment"] = await self.shop.pay(amount)
                self.payments.append(tender["payment"])
            tenders.append(tender)
        body = await self.shop.order_body(tenders=tenders)
        self.order = (await self.retry_until_ok(lambda: self.shop.call("POST", "/v1/orders", body)))["order"]

    async def ship(self) -> None:
        body = {"carrier": "UPS", "tracking_number": self.number}
        await self._post("parcels", body)

    async def scan(self) -> None:
        at = (START + timedelta(hours=2)).isoformat()
        await self._send_tracking("scan", {"scans": [{"at": at, "status": "in_transit"}]})
        await self.until(lambda order_: order_["stage"] == "shipped")

    async def delay(self) -> None:
        await self._send_tracking("delay", {"estimate": {"at": LATE_DELIVERY.isoformat()}})
        await self.until_notice_sent("delayed")

    async def deliver(self) -> None:
        await self._set_clock(LATE_DELIVERY)
        await self._send_tracking(
            "deliver", {"scans": [{"at": LATE_DELIVERY.isoformat(), "status": "delivered"}]}
        )
        await self.until(lambda order_: order_["stage"] == "delivered")

    async def open(self) -> None:
        wanted = self.plan.resolution
        self.opened = await self.retry_until_ok(
            lambda: self.shop.open(self.order, item("1", 2), resolution=wanted, key=self.key)
        )
        self.acked["return"] += 1
        await self.until_notice_sent("return_authorized")

    async def continue_as_new(self) -> None:
        """The journey continues as new at its next task; the drop-off is scanned at that very moment."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                await self.environment.journeys.request_continue_as_new(self.shop.name, self.order)
                return
            except JourneyUnavailable:
                self.repeated += 1
                assert time.monotonic() < deadline, "Temporal does not come back"

    async def drop_off(self) -> None:
        await self.retry_until_ok(lambda: self.shop.drop_off(self.opened, nonce=self.key))
        await self.until(lambda order_: order_["returns"][0]["money"] == "paid")
        await self.until_notice_sent("refunded")

    async def receive(self) -> None:
        path = f"/v1/returns/{self.opened['return']['return_id']}/receipts"
        await self.retry_until_ok(lambda: self.shop.call("POST", path, {}, role="warehouse", key=self.key))
        await self.until(lambda order_: order_["returns"][0]["status"] == "settled")

    async def end(self) -> None:
        await self._set_clock(LATE_DELIVERY + timedelta(days=60))
        await self.until(lambda order_: order_["stage"] == "closed")
        await self.until_event_received("order.closed")

    async def late_scan(self) -> None:
        """A carrier reports late what happened early: the journey, at rest by now, is started again from its snapshot."""
        known = (await self.get())["parcels"][0]["scans"]
        at = (START + timedelta(hours=3)).isoformat()
        await self._send_tracking("late", {"scans": [{"at": at, "status": "in_transit"}]})
        await self.until(lambda order_: order_["parcels"][0]["scans"] == known + 1)

    # Requests

    async def retry_until_ok(self, send: Callable[[], Awaitable[ApiResponse]]) -> ApiResponse:
        """Send the same request until it is answered 2xx. Any answer other than "repeat later" fails the lifecycle."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                answer = await send()
                if answer.status < 300:
                    return answer
                last_answer: object = (answer.status, answer.body)
                assert answer.status in (503, 429) or answer.body.get("code") == "request_in_progress", (
                    last_answer
                )
            except (aiohttp.ClientError, ConnectionError, TimeoutError) as lost:
                last_answer = lost
            self.repeated += 1
            assert time.monotonic() < deadline, f"not answered in {self.patience} s, at last: {last_answer!r}"
            await asyncio.sleep(max(0.1, self.pause))

    async def _post(self, what: str, body: dict[str, Any]) -> None:
        path = f"/v1/orders/{self.order}/{what}"
        await self.retry_until_ok(lambda: self.shop.call("POST", path, body, key=self.key))
        self.acked[what] += 1

    async def _send_tracking(self, what: str, update: dict[str, Any]) -> None:
        parcel = {"carrier": "UPS", "tracking_number": self.number, **update}
        await self.retry_until_ok(lambda: self._post_webhook(parcel, f"msg_{what}_{self.key}"))
        self.acked["delivery"] += 1

    async def _post_webhook(self, parcel: dict[str, Any], delivery: str) -> ApiResponse:
        body = json.dumps({"type": "tracking.updated", "data": {"parcels": [parcel]}}).encode()
        return await self.shop.post_carrier_webhook(
            "generic", body, self.shop.standard_signature(body, delivery)
        )

    async def _set_clock(self, at: Any) -> None:
        body = {"to": at.isoformat()}
        await self.retry_until_ok(lambda: self.shop.call("POST", "/v1/sandbox/clock", body))

    async def get(self, what: str = "") -> dict[str, Any]:
        got = await self.retry_until_ok(
            lambda: self.shop.call("GET", f"/v1/orders/{self.order}{what}", role="agent")
        )
        body: dict[str, Any] = got.body
        return body

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + self.patience
        while not wanted(order_ := await self.get()):
            assert time.monotonic() < deadline, f"it did not happen: {order_}"
            await asyncio.sleep(self.pause)

    async def until_notice_sent(self, kind: str) -> None:
        deadline = time.monotonic() + self.patience
        while True:
            notices = (await self.get("/notices"))["items"]
            if any(notice["kind"] == kind and notice["status"] == "sent" for notice in notices):
                return
            assert time.monotonic() < deadline, f"{kind} was not sent: {notices}"
            await asyncio.sleep(self.pause)

    async def until_event_received(self, event: str) -> None:
        """The merchant's own system has received the webhook, and with it all earlier ones."""
        deadline = time.monotonic() + self.patience
        while event not in (received := self.environment.receiver.types(self.shop.name)):
            assert time.monotonic() < deadline, f"{event} did not come, only {dict(received)}"
            await asyncio.sleep(self.pause)

    async def until_inbox_processed(self) -> None:
        """All webhooks are delivered: one without an answer is retried some seconds later."""
        left = "SELECT count(*) FROM inbox WHERE merchant = ? AND status = 'received'"
        deadline = time.monotonic() + self.patience
        while self.environment.rows(left, self.shop.name) != [(0,)]:
            assert time.monotonic() < deadline, "a delivery is never taken in"
            await asyncio.sleep(self.pause)

    # Outcome

    async def outcome(self) -> dict[str, Any]:
        """The whole outcome, without names and versions, which differ between runs."""
        await self.until_inbox_processed()
        order_ = await self.get()
        [case] = order_["returns"]
        rows = self.environment.rows
        legs = rows('SELECT status, principal, bonus FROM legs WHERE "order" = ?', self.order)
        entries = rows('SELECT kind FROM ledger_entries WHERE "order" = ?', self.order)
        mails = rows(
            'SELECT message_id FROM letters WHERE "order" = ? AND accepted_at IS NOT NULL', self.order
        )
        received = self.environment.receiver.types(self.shop.name)
        inbox = rows("SELECT status FROM inbox WHERE merchant = ?", self.shop.name)
        return {
            "stage": order_["stage"],
            "scans": [(parcel["status"], parcel["scans"]) for parcel in order_["parcels"]],
            "return": (case["status"], case["goods"], case["money"], case["refund"]["minor"]),
            "refunded": order_["refunded"]["minor"],
            "provider": sorted(
                [refund["amount"] for it in self.payments for refund in await self.refunds(it)]
            ),
            "notices": sorted((one["kind"], one["status"]) for one in (await self.get("/notices"))["items"]),
            "mails": len(mails),
            "legs": sorted(legs),
            "entries": sorted(Counter(kind for (kind,) in entries).items()),
            "deliveries": sorted(Counter(status for (status,) in inbox).items()),
            "orders": rows("SELECT count(*) FROM orders WHERE merchant = ?", self.shop.name),
            "timeline": sorted(one["action"] for one in (await self.get("/timeline?limit=100"))["items"]),
            "attention": order_["attention"],
            "events": sorted((kind, n) for kind, n in received.items() if kind in AWAITED_EVENTS),
            "hooks": self.environment.receiver.violations(self.shop.name),
        }

    async def refunds(self, payment: str) -> list[dict[str, Any]]:
        return await self.shop.refunds(payment)
