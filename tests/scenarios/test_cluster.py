"""The parts alone: two APIs and two worker deployments on one PostgreSQL and one Temporal."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Databases
from tests.scenarios.cluster import Cluster
from tests.scenarios.shop import Shop
from tests.scenarios.test_main_job import whole_life


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> AsyncIterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), await databases.empty("postgresql"))
    try:
        await cluster.open()
        yield cluster
    finally:
        await cluster.close()


@pytest.mark.scenario("S-1")
async def test_the_main_job_is_done_with_every_request_to_another_api(
    cluster: Cluster, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.found(cluster, http)
    await whole_life(shop)
    code, out, err = await cluster.said("verify", "--quiesced")
    assert (code, err) == (0, ""), out
    assert "every invariant holds" in out
