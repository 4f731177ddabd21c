"""A small consistent deployment for `verify`: one order's whole life played through the real rules, store and ledger.

Its parcel was silent and notified as late although it had arrived; a lamp was refunded to gift card and card, a mug as
credit with a bonus, and another return waits for an agent.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select
from temporalio.testing import ActivityEnvironment

from activities.payments import PaymentActivities
from domain import keys
from domain.journey import agenda
from domain.model.attention import AttentionItem
from domain.model.quote import ReturnItem
from domain.model.return_case import DropOff
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments import payment_results
from domain.payments.legs import send_leg
from domain.returns.quotes import quote
from ports.idempotency import IdempotencyKey
from ports.payments import Declined, ProviderRefund, RefundRequest
from runtime.verify import VerificationReport, verify
from runtime.verify.sources import (
    FailingJourney,
    ProviderPayment,
    ProviderRecords,
    RecordedRefund,
    Sources,
    VisibleRun,
)
from store.engine.columns import real_now
from store.engine.database import Database
from store.idempotency import StoreIdempotency
from store.inbox.inbox import InboundDelivery, Inbox
from store.inbox.tracking_numbers import ParcelLookup
from store.ledger.refunds import StoredLedger
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.notifications.outbox import Outbox
from store.orders.one_time_links import OneTimeLinks
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.tables.all import SnapshotRow, WebhookDeliveryRow
from store.webhooks.deliveries import WebhookDeliveries
from store.webhooks.endpoints import WebhookEndpoints
from tests.builders import PLACED, a_parcel, a_return, a_scan, a_state, add_question, an_order
from tests.keys import deployment_keys
from tests.started_effects import StartedEffects
from tests.store.due_deliveries import claim_due

SUBSCRIBED_EVENTS = ("order.placed", "order.delivered", "return.opened")
MASTER = deployment_keys(b"a master key for tests, 32 bytes or more")


class FakeProvider:
    """A fake provider that remembers its payments; a test may change its records."""

    def __init__(self) -> None:
        self.made_refunds: list[RecordedRefund] = []
        self.taken = ProviderPayment(id="pay_1", amount=5800, currency="GBP", refunded=3000)

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        known = await self.find(request)
        if known is None:
            self.pay(request.key, request.payment, request.amount.minor)
        return known or _seen(self.made_refunds[-1])

    async def find(self, request: RefundRequest) -> ProviderRefund | None:
        return next((_seen(refund) for refund in self.made_refunds if refund.leg == request.key), None)

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        for refund in self.made_refunds:
            yield _seen(refund)

    async def check(self, merchant: str) -> str:
        return merchant

    def pay(self, leg: str, payment: str, minor: int) -> None:
        name = f"re_{len(self.made_refunds) + 1}"
        metadata = {"leg": leg}
        self.made_refunds.append(
            RecordedRefund(id=name, payment=payment, amount=minor, currency="GBP", metadata=metadata)
        )

    async def find_records(self, payments: Collection[str], legs: Collection[str]) -> ProviderRecords:
        refunds = [refund for refund in self.made_refunds if refund.payment in payments or refund.leg in legs]
        return ProviderRecords(payments=[self.taken] if "pay_1" in payments else [], refunds=refunds)

    async def refund_pages(self) -> AsyncIterator[list[RecordedRefund]]:
        for refund in self.made_refunds:
            yield [refund]


def _seen(refund: RecordedRefund) -> ProviderRefund:
    return ProviderRefund(
        reference=refund.id,
        key=refund.leg,
        payment=refund.payment,
        amount=Money(minor=refund.amount, currency=refund.currency),
        state="settled",
    )


class FakeRuns:
    """Temporal's list of open runs."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.listed: list[VisibleRun] = []
        self.failing_journeys: list[FailingJourney] = []

    async def newest_runs(self) -> list[VisibleRun]:
        return self.listed or [VisibleRun(name, f"run-{number}") for number, name in enumerate(self.open)]

    async def runs_of(self, workflow_ids: Collection[str]) -> Counter[str]:
        return Counter({name: runs for name, runs in self.open.items() if name in workflow_ids})

    async def open_run_pages(self) -> AsyncIterator[list[str]]:
        for name in self.open.elements():
            yield [name]

    async def failing(self) -> list[FailingJourney]:
        return self.failing_journeys


class VerifiedDeployment:
    """The deployment, and ways to corrupt one fact of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.provider, self.runs = FakeProvider(), FakeRuns()
        self.logs: list[Path] = []
        self.ledger = StoredLedger(database)
        self.payments = PaymentActivities(self.ledger, {"sandbox": self.provider})

    async def verify(self, *, quiesced: bool = True) -> VerificationReport:
        return await verify(
            Sources(
                self.database,
                self.provider,
                self.runs,
                StoreIdempotency(self.database, MASTER),
                Inbox(self.database, MASTER),
                self.runs,
                self.logs,
            ),
            quiesced,
            recheck_delay=0,
        )

    async def sql(self, statement: str) -> None:
        async with self.database.write() as session:
            result = await session.connection()
            changed = await result.execute(text(statement))
            assert changed.rowcount > 0, "the corruption met no row"

    async def state(self) -> JourneyState:
        async with self.database.read() as session:
            row = (await session.exec(select(SnapshotRow))).one()
        return JourneyState.model_validate_json(row.state)

    async def overwrite_snapshot(self, state: JourneyState) -> None:
        """Overwrite the snapshot directly."""
        async with self.database.write() as session:
            row = (await session.exec(select(SnapshotRow))).one()
            row.state = state.model_dump_json(exclude={"pending_notices", "audit_log"})
            session.add(row)

    async def advance(self, state: JourneyState, now: datetime) -> None:
        """What the journey does up to that time: every due action, each change committed, each notice sent."""
        await Clocks(self.database).set("acme", now)
        state.clock = now
        await self.commit(state)
        while not agenda.is_idle(state, now):
            for change in agenda.changes_due(state, now):
                change.apply(state, now)
            started = StartedEffects()
            for effect in agenda.effects_due(state, now):
                effect.start(started)
            for leg in started.payments:
                answer = await ActivityEnvironment().run(self.payments.pay_leg, send_leg(state, leg, now))
                payment_results.record_payment_result(state, answer, now)
            await self.commit(state)

    async def commit(self, state: JourneyState) -> None:
        state.seq += 1
        assert await SnapshotStore(self.database).commit(state) == "committed"
        state.base, state.pending_notices, state.audit_log = state.seq, [], []
        outbox = Outbox(self.database)
        for row in await outbox.claim():
            assert state.clock is not None
            await outbox.mark_sent(row, state.clock)


async def build_deployment(url: str) -> VerifiedDeployment:
    """The deployment on that migrated database."""
    database = Database(url)
    deployment = VerifiedDeployment(database)
    order = an_order()
    merchants = Merchants(database, MASTER)
    for name in ("acme", "other"):
        await merchants.create(NewMerchant(id=name, name=name, sandbox=True, clock=order.placed_at))
    await WebhookEndpoints(database, MASTER).create("acme", "https://acme.example/hooks", SUBSCRIBED_EVENTS)
    assert (await Orders(database).place(order, "hash")).outcome == "new"
    deployment.runs.open[keys.workflow_id("acme", order.order)] = 1
    state = a_state(order, seq=1, base=1)
    parcel = a_parcel(state)
    await deployment.advance(state, order.placed_at + timedelta(days=1))
    await deployment.advance(state, order.due() - timedelta(hours=12))  # silent: notified as late
    arrived = order.due() - timedelta(hours=30)
    parcel.apply_update([a_scan(ParcelStatus.DELIVERED, arrived)], None)  # and had arrived before: corrected
    await deployment.advance(state, order.due())
    await _return_goods(deployment, state, order.due() + timedelta(days=1))
    await _write_inbox_and_keys(database, order.order)
    await _deliver_webhooks(database)
    return deployment


async def _return_goods(deployment: VerifiedDeployment, state: JourneyState, now: datetime) -> None:
    state.clock = now
    lamp = [ReturnItem(line_id="2", quantity=1, reason="damaged")]
    brought = DropOff(at=now, location_id="bar", nonce="1")
    a_return(state, dropped_off=brought, quote=quote(state, lamp, now))
    await deployment.advance(state, now)
    a_return(state, dropped_off=brought, resolution="store_credit")
    await deployment.advance(state, now + timedelta(hours=1))
    third = a_return(state, decision="in_review")
    until = now + timedelta(days=2)
    add_question(
        state,
        AttentionItem(
            kind="review",
            subject=third.return_id,
            owner="agent",
            opened_at=now,
            deadline=until,
            default="approve",
        ),
    )
    await deployment.advance(state, now + timedelta(hours=2))


async def _write_inbox_and_keys(database: Database, order: str) -> None:
    inbox = Inbox(database, MASTER)
    for delivery in ("evt_1", "evt_2"):
        await inbox.accept(InboundDelivery("acme", "easypost", delivery, delivery.encode(), PLACED))
    first, second = await claim_due(inbox)
    assert first.id is not None
    assert second.id is not None
    await inbox.mark_done(first.id)
    await inbox.park(second.id, [ParcelLookup("TRACK9")])
    assert await OneTimeLinks(database).use("acme", "a link that a customer used")
    keys_ = StoreIdempotency(database, MASTER)
    slot = IdempotencyKey(merchant="acme", route="POST /v1/orders", object="", key="abc")
    await keys_.begin(slot, "hash")
    await keys_.finish(slot, 201, {"order": order, "returns": [{"id": "ret_1"}]})


async def _deliver_webhooks(database: Database) -> None:
    """The first webhook is accepted, the second is dead, and the third waits for its next try with all behind it."""
    later = real_now() + timedelta(hours=1)
    webhooks = WebhookDeliveries(database, lambda: later)
    [due] = await webhooks.due()

    async def first() -> WebhookDeliveryRow:
        [claimed] = await webhooks.claim(due.endpoint, 9)
        return claimed.row

    await webhooks.mark_delivered(await first(), 204)
    await webhooks.dead_letter(await first(), 500, "status_500")
    assert await webhooks.retry_later(await first(), None, "timeout", timedelta(hours=2)) == "queued"
