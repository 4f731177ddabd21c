"""A separate migrated database for every test, with two merchants."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from domain.model.order import Order
from domain.model.state import JourneyState
from domain.model.terms import Policy
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.merchants import Merchants, NewMerchant
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.privacy.vault import Vault
from tests.builders import PLACED, a_state, an_order
from tests.keys import deployment_keys

MASTER = deployment_keys(b"a master key for tests, 32 bytes or more")


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """With the sandbox merchants acme and other; acme's clock is at the time when the builders' order is placed."""
    database = Database(url)
    merchants = Merchants(database, MASTER)
    for name in ("acme", "other"):
        new = NewMerchant(id=name, name=name, sandbox=True, clock=PLACED, policy=Policy(window=14))
        await merchants.create(new)
    yield database
    await database.close()


@pytest.fixture
def vault(db: Database) -> Vault:
    return Vault(db, MASTER)


@pytest.fixture
def snapshots(db: Database) -> SnapshotStore:
    return SnapshotStore(db)


@pytest.fixture
async def placed(db: Database) -> Order:
    """The builders' order, placed."""
    order = an_order()
    assert (await Orders(db).place(order, "hash")).outcome == "new"
    return order


@pytest.fixture
def state(placed: Order) -> JourneyState:
    """Its journey's next version, not committed yet: nothing has happened since it was placed."""
    return next_version(a_state(placed, seq=1))


def next_version(state: JourneyState) -> JourneyState:
    """The same state, as the commit after the one that wrote it."""
    state.base, state.seq = state.seq, state.seq + 1
    return state


class FakeClock:
    """Real time that a test sets."""

    def __init__(self) -> None:
        self.at = real_now()

    def __call__(self) -> datetime:
        return self.at

    def advance(self, span: timedelta) -> None:
        self.at += span


@pytest.fixture
def time() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture(loop_scope="session")
async def four_engines(db: Database, url: str) -> AsyncIterator[list[Database]]:
    """The same tables as four processes see them."""
    databases_ = [Database(url) for _ in range(4)]
    yield databases_
    for one in databases_:
        await one.close()
