"""Fixtures of the tests of the notification sender."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.model.notice_policy import NoticePolicy
from domain.model.terms import Policy
from store.engine.database import Database
from store.merchants.merchants import NewMerchant
from tests.builders import PLACED
from tests.runtime.notification_harness import NotificationHarness


@pytest.fixture
def policy() -> NoticePolicy:
    return NoticePolicy(per_customer_day=2)


@pytest_asyncio.fixture(loop_scope="session")
async def harness(url: str, policy: NoticePolicy) -> AsyncIterator[NotificationHarness]:
    db = Database(url)
    harness = NotificationHarness(db)
    new = NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED, policy=Policy(notices=policy))
    await harness.merchants.create(new)
    yield harness
    await db.close()
