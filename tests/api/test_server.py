"""Input that never becomes a request: half a head, and bytes that are not HTTP."""

import asyncio
import logging

import pytest
from aiohttp.test_utils import TestServer

from api.http.server import OPTIONS
from tests.api.frame_app import Services, Table, start


async def test_half_a_head_is_cut() -> None:
    assert OPTIONS["keepalive_timeout"] <= 15
    server = await start(Services(), Table(), keepalive_timeout=0.2)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET /v1/orders/o1 HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    await server.close()


async def test_a_request_that_is_not_http_is_refused_and_not_logged(
    server: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for request in (
            b"GET /jane\xe6 HTTP/1.1\r\n\r\n",
            b"jane\r\n\r\n",
            b"GET / HTTP/1.1\r\njane\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(request)
            async with asyncio.timeout(5):
                assert b" 400 " in await reader.readline()
            writer.close()
    assert "request not served" in caplog.text
    assert "jane" not in caplog.text
