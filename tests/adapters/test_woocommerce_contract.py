"""The contract of all payment providers, on the WooCommerce shop."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.adapters.payments_contract import PaymentsContract
from tests.adapters.woocommerce_shop import WooShop


class TestWooCommerce(PaymentsContract):
    """WooCommerce."""

    @pytest_asyncio.fixture(scope="class", loop_scope="session")
    @staticmethod
    async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WooShop]:
        """The shop."""
        shop = WooShop(tmp_path_factory.mktemp("woo") / "shop.db")
        await shop.start()
        yield shop
        assert await shop.end() == 0
