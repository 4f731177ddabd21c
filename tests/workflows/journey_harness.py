"""Journeys on a real Temporal server with the real store; only the payment provider and the trackers are fakes."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.carriers import CarrierActivities, CarrierPoller
from activities.claw_backs import ClawBackActivities
from activities.payments import PaymentActivities
from activities.snapshots import SnapshotActivities
from domain import keys
from domain.actors import Actor, Role
from domain.journey.external_events import ClockAdvanced
from domain.model.command import Command
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, Scan
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.model.tracking_update import TrackingUpdate
from domain.reasons import CommandResult
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.scans import TrackingUpdated
from ports.snapshots import CommitResult
from ports.trackers import CarrierAccount
from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.worker import make_worker
from services.journeys import Journeys, JourneyUnavailable
from store.engine.database import Database
from store.ledger.claw_backs import StoredClawBacks
from store.ledger.refunds import StoredLedger
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.notifications.outbox import Outbox
from store.orders.orders import Orders
from store.orders.pending_work import find_pending_work
from store.orders.schedule import OrderSchedule
from store.orders.snapshots import SnapshotStore
from store.tables.all import AuditRow, LegRow
from tests.builders import an_order
from tests.keys import deployment_keys
from tests.patience import PATIENCE
from tests.workflows.fake_payment_provider import FakePaymentProvider
from tests.workflows.fake_tracker import FakeTracker

MASTER = deployment_keys(b"a master key for tests, 32 bytes or more")
SHOP = Actor(role=Role.STOREFRONT, name="5h0p5h0p")
SENIOR = Actor(role=Role.SENIOR_AGENT, name="5e5e5e5e")


class GatedSnapshots(SnapshotStore):
    """The real snapshot store; a test may block an order's commits and loads, and count them.

    lost: orders whose commits are written and not answered, as often as it says.
    away: how many commits of an order fail before they are written.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.gates: dict[str, asyncio.Event] = {}
        self.loading: dict[str, asyncio.Event] = {}
        self.blocked: set[str] = set()
        self.loads: Counter[str] = Counter()
        self.commits: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.away: Counter[str] = Counter()

    async def load(self, merchant: str, order: str) -> JourneyState:
        self.loads[order] += 1
        state = await super().load(merchant, order)
        if (gate := self.loading.get(order)) is not None:
            self.blocked.add(f"load {order}")
            await gate.wait()
        return state

    async def commit(self, state: JourneyState) -> CommitResult:
        order = state.order.order
        if (gate := self.gates.get(order)) is not None:
            self.blocked.add(order)
            await gate.wait()
        self.commits[order] += 1
        if self.away[order] > 0:
            self.away[order] -= 1
            raise ConnectionError("the store is away")
        answer = await super().commit(state)
        self.answers[f"{order} {answer}"] += 1
        if self.lost[order] > 0:
            self.lost[order] -= 1
            await asyncio.Event().wait()
        return answer


class JourneyHarness:
    """One server, one store, one worker."""

    def __init__(self, client: Client, db: Database) -> None:
        self.client, self.db = client, db
        self.snapshots, self.provider, self.tracker = GatedSnapshots(db), FakePaymentProvider(), FakeTracker()
        self.carrier_accounts = StoredCarrierAccounts(db, MASTER)
        self.orders, self.clocks, self.outbox = Orders(db), Clocks(db), Outbox(db)
        self.order_schedule = OrderSchedule(db)
        self.journeys = Journeys(client, timeout=timedelta(seconds=30))

    @classmethod
    @asynccontextmanager
    async def on(cls, client: Client, url: str) -> AsyncIterator["JourneyHarness"]:
        """With that migrated database and a worker, on that server."""
        harness = cls(client, Database(url))
        payments = PaymentActivities(StoredLedger(harness.db), {"sandbox": harness.provider})
        looker = CarrierPoller(harness.carrier_accounts, {"easypost": harness.tracker})
        carriers = CarrierActivities(looker, harness.snapshots)
        claw_backs = ClawBackActivities(StoredClawBacks(harness.db), {})
        records = SnapshotActivities(harness.snapshots)
        # The worker shares this process with the test: on a busy machine it may stand still for longer than the two seconds
        # after which the SDK takes a workflow for deadlocked and interrupts the thread wherever it is.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TEMPORAL_DEBUG", "1")
            worker = make_worker(client, records, payments, carriers, claw_backs=claw_backs)
        async with worker:
            yield harness
        await harness.db.close()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, url: str, config: Mapping[str, Any] | None = None
    ) -> AsyncIterator["JourneyHarness"]:
        """With a server of its own, and that migrated database."""
        folder.mkdir(parents=True, exist_ok=True)
        async with EmbeddedTemporal(folder / "temporal.db", dynamic_config=config or {}) as server:
            client = await Client.connect(server.address, data_converter=pydantic_data_converter)
            async with cls.on(client, url) as harness:
                yield harness

    async def place(self, name: str, *, policy: Policy | None = None, **changed: Any) -> "JourneyDriver":
        """A merchant of that name and the builders' order for it, stored and started."""
        journey = await self.store_order(name, policy=policy, **changed)
        await journey.start()
        return journey

    async def store_order(
        self, name: str, *, policy: Policy | None = None, sandbox: bool = True, polled: bool = False,
        **changed: Any,
    ) -> "JourneyDriver":  # fmt: skip
        """As `place`, but the journey is not started. `polled`: the merchant has an account at the tracker."""
        changed = {"merchant": name, "order": f"ord_{name}", **changed}
        changed.setdefault("tenders", None)
        order = an_order(**{key: value for key, value in changed.items() if value is not None})
        new = NewMerchant(
            id=name, name=name, sandbox=sandbox, clock=order.placed_at, policy=policy or Policy()
        )
        await Merchants(self.db, MASTER).create(new)
        if polled:
            await self.carrier_accounts.put(name, CarrierAccount(source="easypost", key="k"), per_minute=1000)
        placed = await self.orders.place(order, "hash")
        assert placed.first is not None
        return JourneyDriver(self, placed.first.state, sandbox)


class JourneyDriver:
    """One order's journey, driven through the same client that the API and the dispatcher use."""

    def __init__(self, harness: JourneyHarness, placed: JourneyState, sandbox: bool) -> None:
        self.harness, self.placed, self.order, self.sandbox = harness, placed, placed.order, sandbox
        self.merchant, self.id = self.order.merchant, self.order.order
        self.answers: list[CommandResult] = []

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.harness.client.get_workflow_handle(keys.workflow_id(self.merchant, self.id))

    async def start(self) -> None:
        await self.harness.journeys.start(self.merchant, self.id, self.placed)

    async def now(self) -> datetime | None:
        return await self.harness.clocks.get(self.merchant)

    async def execute(self, kind: type[Command], name: str, **words: Any) -> CommandResult:
        """Send the command; `name` is its id."""
        words.setdefault("actor", SHOP)
        command = kind(command_id=name, now=await self.now(), **words)
        return await self.send(command)

    async def send(self, command: Command) -> CommandResult:
        answer = await self.harness.journeys.execute(self.merchant, self.id, command)
        self.answers.append(answer)
        return answer

    async def ship(self, number: str = "T1", **words: Any) -> CommandResult:
        words = {"carrier": "ups", "tracking_number": number, **words}
        return await self.execute(RegisterParcel, f"ship {number}", **words)

    async def send_scans(self, *scans: Scan, parcel: str = "p1", estimate: Estimate | None = None) -> None:
        update = TrackingUpdate(scans=scans, estimate=estimate)
        event = TrackingUpdated(parcel_id=parcel, update=update, now=await self.now())
        await self.harness.journeys.signal(self.merchant, self.id, event)

    async def advance_clock(self, **span: float) -> None:
        """Advance the sandbox clock, from deadline to deadline, as the API does."""
        now = await self.now()
        assert now is not None
        target = now + timedelta(**span)
        await self.settled(now)
        while now < target:
            at = await self.harness.order_schedule.earliest_deadline(self.merchant)
            now = max(now, min(at, target)) if at else target
            await self.harness.clocks.set(self.merchant, now)
            if self.id in await self.harness.order_schedule.due(self.merchant, now):
                await self.harness.journeys.signal(self.merchant, self.id, ClockAdvanced(now=now))
            await self.settled(now)

    async def settled(self, now: datetime) -> None:
        async def quiet() -> bool:
            left = await find_pending_work(self.harness.db, self.merchant, now)
            return not (left.due or left.payments_pending)

        await until(quiet)

    async def state(self) -> JourneyState:
        """The stored state."""
        snapshot = await self.harness.snapshots.snapshot(self.merchant, self.id)
        assert snapshot is not None
        return snapshot.state

    async def until(self, wanted: Callable[[JourneyState], bool]) -> JourneyState:
        """Wait until the stored state fulfils the condition. Returns it."""

        async def there() -> bool:
            snapshot = await self.harness.snapshots.snapshot(self.merchant, self.id)
            return snapshot is not None and wanted(snapshot.state)

        await until(there)
        return await self.state()

    async def continue_as_new(self) -> None:
        """Request a continue-as-new; a journey at rest has nothing to continue."""
        try:
            await self.harness.journeys.request_continue_as_new(self.merchant, self.id)
        except JourneyUnavailable:
            await self.until_closed()

    async def runs(self) -> int:
        """How many runs the journey has had."""
        count = 0
        async for _ in self.harness.client.list_workflows(
            f"WorkflowId = '{keys.workflow_id(self.merchant, self.id)}'"
        ):
            count += 1
        return count

    async def until_commit_blocked(self) -> None:
        """Wait until a commit waits at the gate that the test has set."""

        async def held() -> bool:
            return self.id in self.harness.snapshots.blocked

        await until(held)

    async def until_run(self, number: int) -> None:
        """Wait until the journey is in that run and waits for a timer."""

        async def there() -> bool:
            return await self.runs() >= number and await self.timers() > 0

        await until(there)

    async def is_closed(self) -> bool:
        return (await self.handle.describe()).close_time is not None

    async def until_closed(self) -> None:
        await until(self.is_closed)

    async def history(self) -> WorkflowHistory:
        """Of its latest run."""
        return await self.handle.fetch_history()

    async def events(self, kind: int) -> int:
        return sum(event.event_type == kind for event in (await self.history()).events)

    async def timers(self) -> int:
        return await self.events(EventType.EVENT_TYPE_TIMER_STARTED)

    async def notices(self) -> list[str]:
        """Keys of the notices in the outbox."""
        return sorted(row.key for row in await self.harness.outbox.of_order(self.merchant, self.id))

    async def legs(self) -> list[LegRow]:
        async with self.harness.db.read() as session:
            query = select(LegRow).where(LegRow.merchant == self.merchant).order_by(LegRow.key)
            return [*(await session.exec(query)).all()]

    async def audit(self) -> list[str]:
        async with self.harness.db.read() as session:
            query = select(AuditRow).where(AuditRow.merchant == self.merchant).order_by(AuditRow.id)  # type: ignore[arg-type]
            return [f"{row.at.isoformat()} {row.action} {row.subject}" for row in await session.exec(query)]

    def paid(self) -> dict[str, int]:
        return self.harness.provider.refunds_of(self.merchant)


async def until(condition: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


def a_scan(status: ParcelStatus, at: datetime, place: str = "") -> Scan:
    return Scan(key=f"{status}/{at.isoformat()}/{place}", at=at, status=status, location=place)


def content(state: JourneyState) -> dict[str, Any]:
    """A state without its version numbers: those count commits, and a commit may hold one change or many."""
    document = state.model_dump(mode="json", exclude={"seq", "base"})
    for answer in document["command_results"].values():
        del answer["seq"]
    return document
