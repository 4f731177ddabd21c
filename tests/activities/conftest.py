"""The sandbox payment provider in its own process, and one paid order on it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from store.engine.database import Database
from tests.activities.refund_harness import RefundHarness
from tests.patience import PATIENCE


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    file = tmp_path_factory.mktemp("psp") / "psp.db"
    argv = [sys.executable, "-m", "simulators.payments.server", "--port", "0", "--file", str(file)]
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    yield line.split()[-1]
    process.terminate()
    await asyncio.wait_for(process.wait(), 10)


@pytest_asyncio.fixture(loop_scope="session")
async def harness(provider: str, url: str) -> AsyncIterator[RefundHarness]:
    database = Database(url)
    async with aiohttp.ClientSession() as http:
        made = RefundHarness(provider, database, http, f"pay_{os.urandom(4).hex()}")
        await made.open()
        yield made
    await database.close()
