"""Fixtures of the tests of channels by URL."""

import importlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.adapters.fake_text_provider import FakeTextProvider


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
