"""Very many open journeys, quickly: each is in the store as if it had been shipped, and is started to load that.

Opening ten thousand over HTTP would take longer than all measurements with them.
"""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from domain.model.promise import Promise
from runtime.telemetry.failure_redaction import DATA_CONVERTER
from services.journeys import Journeys
from store.engine.database import Database
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from tests.bench.environment import a_paid_order
from tests.bench.lifecycles import initial_state, registered
from tests.scenarios.shop import Shop

AT_ONCE = 16


class JourneyOpener:
    """Opens journeys without an API, of a production merchant or of a sandbox whose clock stands at the present.

    `numbers`, `orders`: of the parcels and orders that it has opened.
    """

    def __init__(self, merchant: str, db: Database, client: Client, *, sandbox: bool = False) -> None:
        self.merchant, self._db, self._sandbox = merchant, db, sandbox
        self._journeys = Journeys(client, timeout=timedelta(seconds=120))
        self.numbers: list[str] = []
        self.orders: list[str] = []

    @classmethod
    async def create(cls, shop: Shop) -> "JourneyOpener":
        """On the deployment's own store and server."""
        client = await Client.connect(shop.deployment.addresses["temporal"], data_converter=DATA_CONVERTER)
        return cls(shop.name, Database(shop.deployment.database), client, sandbox=bool(shop.made["sandbox"]))

    async def open_until(self, count: int) -> None:
        """Wait until so many are open and have loaded their state."""
        left = iter(range(count - len(self.numbers)))

        async def hand() -> None:
            for _ in left:
                await self._open()

        async with asyncio.TaskGroup() as hands:
            for _ in range(AT_ONCE):
                hands.create_task(hand())
        for order in self.orders[-AT_ONCE:]:
            await self._journeys.wait_until_idle(self.merchant, order)

    def number_of(self) -> dict[str, str]:
        """The tracking number of each order, by our id."""
        return dict(zip(self.orders, self.numbers, strict=True))

    async def close(self) -> None:
        await self._db.close()

    async def _open(self) -> None:
        now = datetime.now(UTC)
        promise = Promise(day=(now + timedelta(days=5)).date())
        order = a_paid_order(self.merchant, now - timedelta(hours=3)).model_copy(update={"promise": promise})
        assert (await Orders(self._db).place(order, "hash")).outcome == "new"
        state = initial_state(order)
        state.clock = now if self._sandbox else None
        number = f"TRK{secrets.token_hex(6).upper()}"
        registered(order, number).execute(state, now)
        state.seq += 1
        assert await SnapshotStore(self._db).commit(state) == "committed"
        await self._journeys.start(order.merchant, order.order)
        self.numbers.append(number)
        self.orders.append(order.order)
