"""What tests of the post share."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.notice_policy import NoticePolicy
from domain.terms import Policy
from store.database import Database
from store.merchants import NewMerchant
from tests.builders import PLACED
from tests.runtime.post_desk import NotificationHarness


@pytest.fixture
def policy() -> NoticePolicy:
    return NoticePolicy(per_customer_day=2)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(url: str, policy: NoticePolicy) -> AsyncIterator[NotificationHarness]:
    db = Database(url)
    desk = NotificationHarness(db)
    new = NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED, policy=Policy(notices=policy))
    await desk.merchants.create(new)
    yield desk
    await db.close()
