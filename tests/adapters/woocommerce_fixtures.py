"""Fixtures of the tests on the WooCommerce shop; `tests/adapters/conftest.py` makes them known."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.adapters.woocommerce_receiver import WebhookReceiver
from tests.adapters.woocommerce_shop import WooShop


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def woo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WooShop]:
    """A WooCommerce shop."""
    shop = WooShop(tmp_path_factory.mktemp("woo") / "shop.db")
    await shop.start()
    yield shop
    assert await shop.end() == 0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """A receiver of webhooks."""
    listening = WebhookReceiver()
    await listening.server.start_server(access_log=None)
    yield listening
    await listening.server.close()
