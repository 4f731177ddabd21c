"""Input that never becomes a request: half a head, and bytes that are not HTTP."""

import asyncio
import json
import logging
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from api.http.server import OPTIONS
from tests.api.frame_app import Services, Table, start
from tests.patience import PATIENCE


async def test_half_a_head_is_cut() -> None:
    assert OPTIONS["keepalive_timeout"] <= 15
    server = await start(Services(), Table(), keepalive_timeout=0.2)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET /v1/orders/o1 HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()
    await server.close()


NOT_HTTP = {
    "path": b"GET /jane\xe6 HTTP/1.1\r\n\r\n",
    "one word": b"jane\r\n\r\n",
    "header": b"GET / HTTP/1.1\r\njane\r\n\r\n",
    "method": b"j@ne / HTTP/1.1\r\n\r\n",
    "version": b"GET / HTTP/jane\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nX: " + b"jane" * 4000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: jane\r\n" * 500 + b"\r\n",
    "long path": b"GET /" + b"jane" * 4000 + b" HTTP/1.1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\njane",
    "TLS": b"\x16\x03\x01jane\r\n\r\n",
    "NUL": b"GET / HTTP/1.1\r\nX: jane\x00\r\n\r\n",
}
EXPECTED = {
    "unknown": b"GET /v1/code.svg HTTP/1.1\r\nHost: x\r\nExpect: jane\r\n\r\n",
    "no such address": b"GET /nowhere HTTP/1.1\r\nHost: x\r\nExpect: jane\r\n\r\n",
    "bytes": b"GET /v1/code.svg HTTP/1.1\r\nHost: x\r\nExpect: jane\xff\r\n\r\n",
}


async def answer_to(server: TestServer, request: bytes) -> tuple[bytes, Any]:
    """The head of the answer, and its problem document."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head, json.loads(body)


def assert_is_ours(head: bytes) -> None:
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert headers[b"Server"] == b"smot"
    assert headers[b"Content-Type"].startswith(b"application/problem+json")
    assert headers[b"X-Content-Type-Options"] == b"nosniff"
    assert b"aiohttp" not in head


@pytest.mark.parametrize("request_", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_a_request_that_is_not_http_is_refused_and_not_logged(
    server: TestServer, caplog: pytest.LogCaptureFixture, request_: bytes
) -> None:
    with caplog.at_level(logging.DEBUG):
        head, problem = await answer_to(server, request_)
    assert_is_ours(head)
    assert (problem["status"], problem["code"]) == (400, "bad_request")
    assert "jane" not in json.dumps(problem) + head.decode("latin-1") + caplog.text
    assert "request not served" in caplog.text
    assert [one.levelname for one in caplog.records if one.levelno > logging.INFO] == []


@pytest.mark.parametrize("request_", EXPECTED.values(), ids=EXPECTED)
async def test_what_is_expected_beyond_100_continue_is_refused(
    server: TestServer, caplog: pytest.LogCaptureFixture, request_: bytes
) -> None:
    with caplog.at_level(logging.DEBUG):
        head, problem = await answer_to(server, request_)
    assert_is_ours(head)
    assert (problem["status"], problem["code"]) == (417, "expectation_failed")
    assert "jane" not in json.dumps(problem) + head.decode("latin-1") + caplog.text
    assert [one.levelname for one in caplog.records if one.levelno > logging.INFO] == []


async def test_100_continue_is_answered_and_then_the_request(server: TestServer) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(
        b"POST /v1/webhooks/x HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 6\r\n\r\n"
    )
    async with asyncio.timeout(PATIENCE):
        assert b" 100 " in await reader.readline()
        writer.write(b"signed")
        await reader.readline()
        assert b" 202 " in await reader.readline()
    writer.close()
