"""Fixtures of the tests of channels by URL and of the sandbox payment provider."""

import importlib
import signal
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.payments.sandbox import SandboxPayments
from tests.adapters.fake_text_provider import FakeTextProvider
from tests.adapters.sandbox_provider import Provider
from tests.adapters.woocommerce_fixtures import receiver as receiver
from tests.adapters.woocommerce_fixtures import woo as woo


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[tuple[FakeTextProvider, TestServer]]:
    fake, app = FakeTextProvider(), web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.handle)
    server = TestServer(app)
    await server.start_server(access_log=None)
    yield fake, server
    await server.close()


@pytest.fixture
def fake_provider(
    provider: tuple[FakeTextProvider, TestServer], monkeypatch: pytest.MonkeyPatch
) -> FakeTextProvider:
    """The provider behind every address: the library connects to it for any host."""
    fake, server = provider
    adapter = importlib.import_module("requests.adapters").HTTPAdapter
    send = adapter.send

    def redirected(self: Any, request: Any, **options: Any) -> Any:
        meant = urlsplit(request.url)
        request.url = str(server.make_url(f"/{meant.hostname}{meant.path}?{meant.query}"))
        return send(self, request, **options)

    monkeypatch.setattr(adapter, "send", redirected)
    return fake


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    running = Provider(tmp_path_factory.mktemp("psp") / "psp.db")
    await running.start()
    yield running
    assert await running.end(signal.SIGTERM) == 0
    await running.http.close()


@pytest_asyncio.fixture(loop_scope="session")
async def payments(sandbox: Provider) -> AsyncIterator[SandboxPayments]:
    port = SandboxPayments(sandbox.base, timeout=5)
    yield port
    await port.close()
