from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.api.frame_app import Services, Table, start


@pytest.fixture
def services() -> Services:
    """With the gate open: handlers run through."""
    services = Services()
    services.gate.set()
    return services


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
async def server(services: Services, table: Table) -> AsyncIterator[TestServer]:
    server = await start(services, table)
    yield server
    await server.close()


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[TestClient]:
    async with TestClient(server) as client:
        yield client
