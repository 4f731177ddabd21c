"""For tests of outgoing webhooks in the store: endpoints and deliveries on one clock, and an order that changes."""

from datetime import timedelta

from sqlmodel import select

from domain.model.attention import AttentionItem
from domain.model.state import JourneyState
from store.engine.columns import real_now
from store.engine.database import Database
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.tables.all import WebhookEventRow
from store.webhooks.backlogs import WebhookBacklogs
from store.webhooks.deliveries import ClaimedDelivery, WebhookDeliveries
from store.webhooks.delivery_log import DeliveryFilter, DeliveryLog
from store.webhooks.endpoints import WebhookEndpoints
from store.webhooks.replays import WebhookReplays
from tests.builders import PLACED, a_parcel, a_state, add_question, an_order
from tests.store.conftest import MASTER, FakeClock, next_version

URL = "https://shop.example/hooks"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class WebhookStores:
    """Endpoints, deliveries and lists on one database and one clock."""

    def __init__(self, db: Database, time: FakeClock) -> None:
        self.db, self.time = db, time
        self.endpoints = WebhookEndpoints(db, MASTER, time)
        self.deliveries, self.delivery_log = WebhookDeliveries(db, time), DeliveryLog(db)
        self.backlogs, self.replays = WebhookBacklogs(db), WebhookReplays(db, time)

    async def endpoint(self, *events: str, merchant: str = "acme") -> str:
        created = await self.endpoints.create(merchant, URL, events)
        assert created is not None
        return created[0].id

    async def claim(self, endpoint: str, limit: int = 10) -> list[ClaimedDelivery]:
        self.time.at = max(self.time.at, real_now()) + timedelta(seconds=1)  # a row just written is due
        return await self.deliveries.claim(endpoint, limit)

    async def statuses(self, endpoint: str) -> list[tuple[str, str]]:
        page = await self.delivery_log.page(endpoint, DeliveryFilter(), limit=100)
        return [(item.event.type, item.row.status) for item in reversed(page.items)]


async def place(db: Database) -> JourneyState:
    """The builders' order, placed; its state as the next commit may write it."""
    order = an_order()
    assert (await Orders(db).place(order, "hash")).outcome == "new"
    return next_version(a_state(order, seq=1))


async def commit(db: Database, state: JourneyState) -> None:
    assert await SnapshotStore(db).commit(state) == "committed"
    state.pending_notices, state.audit_log = [], []
    next_version(state)


async def two_changes(db: Database) -> JourneyState:
    """The order is placed, then a parcel registered."""
    state = await place(db)
    a_parcel(state)
    await commit(db, state)
    return state


async def events(db: Database) -> list[WebhookEventRow]:
    async with db.read() as session:
        return [*(await session.exec(select(WebhookEventRow).order_by(WebhookEventRow.id))).all()]  # type: ignore[arg-type]


def add_attention_item(state: JourneyState) -> None:
    add_question(
        state,
        AttentionItem(
            kind="presumed_lost",
            subject="p1",
            owner="agent",
            opened_at=PLACED,
            deadline=PLACED,
            default="refund",
        ),
    )
