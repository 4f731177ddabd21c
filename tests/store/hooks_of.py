"""For tests of outgoing webhooks in the store: endpoints and deliveries on one clock, and an order that changes."""

from datetime import timedelta

from sqlmodel import select

from domain.attention import Attention
from domain.journey import JourneyState
from store.columns import real_now
from store.database import Database
from store.hook_deliveries import Claimed, HookDeliveries
from store.hook_endpoints import HookEndpoints
from store.hook_lists import HookLists
from store.records import JourneyRecords
from store.tables import HookEventRow
from tests.builders import PLACED, a_parcel
from tests.store.conftest import MASTER, Time

URL = "https://shop.example/hooks"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Hooks:
    """Endpoints, deliveries and lists on one database and one clock."""

    def __init__(self, db: Database, time: Time) -> None:
        self.db, self.time = db, time
        self.endpoints = HookEndpoints(db, MASTER, time)
        self.deliveries, self.lists = HookDeliveries(db, time), HookLists(db, time)

    async def endpoint(self, *events: str, merchant: str = "acme") -> str:
        made = await self.endpoints.create(merchant, URL, events)
        assert made is not None
        return made[0].id

    async def claim(self, endpoint: str, limit: int = 10) -> list[Claimed]:
        self.time.at = max(self.time.at, real_now()) + timedelta(seconds=1)  # what was just written is due
        return await self.deliveries.claim(endpoint, limit)

    async def standing(self, endpoint: str) -> list[tuple[str, str]]:
        page = await self.lists.page(endpoint, limit=100)
        return [(one.event.type, one.row.status) for one in reversed(page.items)]


async def commit(records: JourneyRecords, state: JourneyState) -> None:
    state.seq += 1
    assert await records.commit(state) == "committed"
    state.base, state.outgoing, state.journal = state.seq, [], []


async def two_changes(records: JourneyRecords, state: JourneyState) -> None:
    """The order is placed, then a parcel registered."""
    state.seq = 0
    await commit(records, state)
    a_parcel(state)
    await commit(records, state)


async def events(db: Database) -> list[HookEventRow]:
    async with db.read() as session:
        return [*(await session.exec(select(HookEventRow).order_by(HookEventRow.id))).all()]  # type: ignore[arg-type]


def a_question(state: JourneyState) -> None:
    state.ask_for_attention(
        Attention(
            kind="presumed_lost",
            subject="p1",
            owner="agent",
            since=PLACED,
            deadline=PLACED,
            default="pay_back",
        )
    )
