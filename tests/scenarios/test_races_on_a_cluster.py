"""Fifty clients at once against two APIs and two workers on PostgreSQL: an effect that may happen once happens once."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio

from tests.bench import races
from tests.databases import Databases
from tests.scenarios.shop import Shop

Told = Callable[[str, object], None]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wide(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> AsyncIterator[races.ClusterWithTemporal]:
    cluster = races.ClusterWithTemporal(tmp_path_factory.mktemp("races"), await databases.empty("postgresql"))
    try:
        await cluster.open()
        yield cluster
    finally:
        await cluster.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(wide: races.ClusterWithTemporal, http: aiohttp.ClientSession) -> Shop:
    return await Shop.create(wide, http)  # type: ignore[arg-type]


@pytest.mark.scenario("S-37")
async def test_over_two_apis_one_of_fifty_gets_the_last_unit(shop: Shop, record_property: Told) -> None:
    race = await races.last_unit(shop)
    record_property("race", race)
    assert race["at_once"] == 50, "they did not really race"


@pytest.mark.scenario("S-73")
async def test_over_two_apis_scans_and_receipts_at_once_pay_each_return_back_once(
    shop: Shop, record_property: Told
) -> None:
    race = await races.parallel_refunds(shop)
    record_property("race", race)
    assert race["at_once"] == race["clients"] == 50, "they did not really race"


@pytest.mark.scenario("S-82")
async def test_over_two_apis_a_customers_credit_is_given_and_taken_back_once_for_each_return(
    shop: Shop, record_property: Told
) -> None:
    race = await races.one_customers_credit(shop)
    record_property("race", race)
    assert race["given"]["at_once"] == race["taken_back"]["at_once"] == 50, "they did not really race"


@pytest.mark.scenario("S-82")
async def test_over_two_apis_fifty_checkouts_spend_a_customers_credit_and_not_more(
    shop: Shop, record_property: Told
) -> None:
    race = await races.redemptions(shop)
    record_property("race", race)
    assert race["at_once"] == 50, "they did not really race"
