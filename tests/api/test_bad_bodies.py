"""Every malformed body gets a problem document with a stable code and changes nothing."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from api.http import bodies
from api.http.problems import PROBLEM_TYPES
from tests.api.frame_app import Services, Table
from tests.patience import PATIENCE

GOOD: dict[str, Any] = {"tracking_number": "T1", "lines": [{"line_id": "l1", "quantity": 1}]}
PATH = "/v1/orders/o1/parcels"
HEADERS = {"Authorization": "Bearer good", "Content-Type": "application/json", "Idempotency-Key": "k"}


def with_(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def number(text: str) -> bytes:
    return with_(price={"minor": 4711, "currency": "GBP"}).replace(b"4711", text.encode())


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


MALFORMED = {
    "empty": b"",
    "spaces": b"  ",
    "cut off": with_()[:-3],
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "trailing comma": b'{"a": 1,}',
    "byte order mark": b"\xef\xbb\xbf" + with_(),
    "UTF-16": with_().decode().encode("utf-16"),
    "Latin-1": '{"tracking_number": "Jürgen"}'.encode("latin-1"),
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "raw surrogate": b'{"a": "\xed\xa0\x80"}',
    "NaN money": number("NaN"),
    "Infinity money": number("Infinity"),
    "-Infinity money": number("-Infinity"),
    "huge float": number("1e400"),
    "endless float": number("0." + "1" * 5000),
    "65 bit integer": number(str(2**63)),
    "5000 digits": number("9" * 5000),
    "duplicate key": b'{"lines": [], "lines": []}',
    "duplicate key deep down": with_(price=None).replace(b'"quantity": 1', b'"quantity": 1, "quantity": 2'),
    "duplicate key after unescaping": b'{"a": 1, "\\u0061": 2}',
    "nested 33": nested(33),
    "nested 2000": nested(2000),
    "half nested": b"[" * 4000,
    "objects nested 4000": b'{"a":' * 4000,
    "NUL escaped": with_(tracking_number="a\0b"),
    "NUL in a key": b'{"a\\u0000": 1}',
    "NUL raw": with_().replace(b"T1", b"T\x00"),
    "lone high surrogate": with_(tracking_number="\ud800"),
    "lone low surrogate": with_(tracking_number="\udc00x"),
    "surrogates in the wrong order": with_(tracking_number="\udc00\ud800"),
}

TOO_MANY_VALUES = {
    "nested 100000": nested(100_000),
    "half nested 100000": b"[" * 100_000,
    "objects nested 30000": b'{"a":' * 30_000,
    "empty objects": b'{"lines":[' + b",".join([b"{}"] * 87_000) + b"]}",
    "numbers": b"[" + b",".join([b"1"] * 5000) + b"]",
    "keys": json.dumps({f"k{number}": 1 for number in range(5000)}).encode(),
}

MISSHAPED = {
    "a list": (b"[]", ""),
    "null": (b"null", ""),
    "a string": (b'"x"', ""),
    "nothing": (b"{}", "/tracking_number"),
    "unknown field": (with_(colour="red"), "/colour"),
    "negative quantity": (with_(lines=[{"line_id": "a", "quantity": -1}]), "/lines/0/quantity"),
    "zero quantity": (with_(lines=[{"line_id": "a", "quantity": 0}]), "/lines/0/quantity"),
    "fractional quantity": (with_(lines=[{"line_id": "a", "quantity": 1.5}]), "/lines/0/quantity"),
    "whole number as a fraction": (with_(lines=[{"line_id": "a", "quantity": 1.0}]), "/lines/0/quantity"),
    "quantity in quotes": (with_(lines=[{"line_id": "a", "quantity": "1"}]), "/lines/0/quantity"),
    "quantity true": (with_(lines=[{"line_id": "a", "quantity": True}]), "/lines/0/quantity"),
    "second line": (with_(lines=[GOOD["lines"][0], {"line_id": "a"}]), "/lines/1/quantity"),
    "money as text": (with_(price={"minor": "12,50", "currency": "GBP"}), "/price/minor"),
    "money NaN as text": (with_(price={"minor": "NaN", "currency": "GBP"}), "/price/minor"),
    "money as fraction": (number("12.5"), "/price/minor"),
    "unknown currency": (with_(price={"minor": 1, "currency": "QQQ"}), "/price/currency"),
    "naive timestamp": (with_(placed_at="2026-03-29T10:00:00"), "/placed_at"),
    "timestamp without time": (with_(placed_at="2026-03-29"), "/placed_at"),
    "timestamp as number": (with_(placed_at=1767225600), "/placed_at"),
    "timestamp with a space": (with_(placed_at="2026-03-29 10:00:00Z"), "/placed_at"),
    "timestamp as number in quotes": (with_(placed_at="1767225600"), "/placed_at"),
    "hour 24": (with_(placed_at="2026-03-29T24:00:00Z"), "/placed_at"),
    "second 60": (with_(placed_at="2026-03-29T23:59:60Z"), "/placed_at"),
    "day that is none": (with_(shipped_on="2026-02-30"), "/shipped_on"),
    "day as number in quotes": (with_(shipped_on="86400"), "/shipped_on"),
    "id with a line break": (with_(lines=[{"line_id": "a\nb", "quantity": 1}]), "/lines/0/line_id"),
    "id with an override of direction": (
        with_(lines=[{"line_id": "a\u202eb", "quantity": 1}]),
        "/lines/0/line_id",
    ),
    "id too long": (with_(lines=[{"line_id": "a" * 65, "quantity": 1}]), "/lines/0/line_id"),
}


async def refused(
    client: TestClient, services: Services, table: Table, body: bytes, **headers: str
) -> dict[str, Any]:
    """Posts the body, and asserts what holds for every refusal."""
    answer = await client.post(PATH, data=body, headers=HEADERS | headers)
    problem: dict[str, Any] = json.loads(await answer.read())
    assert answer.content_type == "application/problem+json"
    assert answer.status == problem["status"] == PROBLEM_TYPES[problem["code"]].status
    assert problem["title"] == PROBLEM_TYPES[problem["code"]].title
    assert (services.effects, table.rows) == ([], {})
    return problem


async def test_a_valid_body_is_accepted(client: TestClient, services: Services) -> None:
    body = with_(placed_at="2026-03-29T10:00:00+02:00", shipped_on="2026-03-29")
    answer = await client.post(PATH, data=body, headers=HEADERS)
    assert (answer.status, await answer.json()) == (201, {"order": "o1", "count": 1})
    assert len(services.effects) == 1


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_json_changes_nothing(
    client: TestClient, services: Services, table: Table, body: bytes
) -> None:
    assert (await refused(client, services, table, body))["code"] == "malformed_json"


@pytest.mark.parametrize("body", TOO_MANY_VALUES.values(), ids=TOO_MANY_VALUES)
async def test_a_body_of_too_many_values_is_refused_before_it_is_parsed(
    client: TestClient, services: Services, table: Table, body: bytes
) -> None:
    problem = await refused(client, services, table, body)
    assert (problem["code"], problem["detail"]) == ("body_too_large", "The limit is 5000 values.")


async def test_separators_inside_of_text_are_no_values(client: TestClient) -> None:
    body = with_(tracking_number='[{,\\"' * 6000)
    assert (await client.post(PATH, data=body, headers=HEADERS)).status == 201


@pytest.mark.parametrize(("body", "pointer"), MISSHAPED.values(), ids=MISSHAPED)
async def test_a_wrong_shape_is_reported_with_its_pointer(
    client: TestClient, services: Services, table: Table, body: bytes, pointer: str
) -> None:
    problem = await refused(client, services, table, body)
    assert problem["code"] == "invalid_body"
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert all(set(error) == {"pointer", "code", "detail"} for error in problem["errors"])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("text/plain", "unsupported_media_type"),
        ("", "unsupported_media_type"),
        ("application/x-www-form-urlencoded", "unsupported_media_type"),
        ("application/json; charset=utf-16", "unsupported_charset"),
        ("application/json; charset=latin-1", "unsupported_charset"),
        ("application/json; charset=no-such-charset", "unsupported_charset"),
    ],
)
async def test_only_json_in_utf8_is_read(
    client: TestClient, services: Services, table: Table, kind: str, code: str
) -> None:
    assert (await refused(client, services, table, with_(), **{"Content-Type": kind}))["code"] == code


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "application/vnd.shop+json"])
async def test_json_by_another_name_is_read(client: TestClient, kind: str) -> None:
    assert (await client.post(PATH, data=with_(), headers=HEADERS | {"Content-Type": kind})).status == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "x-unknown"])
async def test_a_compressed_body_is_refused_unread(
    client: TestClient, services: Services, table: Table, encoding: str
) -> None:
    problem = await refused(client, services, table, b"\x1f\x8b\x08", **{"Content-Encoding": encoding})
    assert problem["code"] == "unsupported_encoding"


async def test_a_value_is_never_repeated_in_a_problem(
    client: TestClient, services: Services, table: Table
) -> None:
    secret = "jane@example.com"
    line = {"line_id": secret * 9, "quantity": secret}
    body = with_(price={"minor": 1, "currency": secret}, lines=[line], placed_at=secret, **{secret: 1})
    problem = await refused(client, services, table, body)
    assert len(problem["errors"]) == 5
    assert "jane" not in json.dumps(problem)


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not(
    client: TestClient, services: Services, table: Table
) -> None:
    padded = with_().ljust(bodies.JSON_LIMIT)
    assert (await refused(client, services, table, padded + b" "))["code"] == "body_too_large"
    assert (await client.post(PATH, data=padded, headers=HEADERS)).status == 201


async def test_a_body_of_undeclared_length_is_cut_at_the_limit(
    server: TestServer, services: Services
) -> None:
    reader, writer = await _begin(server, "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    writer.write(chunk * 5)
    assert (await _problem(reader))["code"] == "body_too_large"
    writer.close()
    assert services.effects == []


async def test_half_a_body_is_cut_at_the_deadline(
    server: TestServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies.read_json, "__defaults__", (bodies.JSON_LIMIT, 0.3))
    reader, writer = await _begin(server, "Content-Length: 100")
    writer.write(b'{"half": ')
    assert (await _problem(reader))["code"] == "body_timeout"
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""  # and the connection is gone
    writer.close()
    assert services.effects == []


async def test_a_slowly_sent_body_is_cut_at_the_same_deadline(
    server: TestServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies.read_json, "__defaults__", (bodies.JSON_LIMIT, 0.3))
    reader, writer = await _begin(server, "Content-Length: 100000")

    async def drip() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    assert (await _problem(reader))["code"] == "body_timeout"
    dripping.cancel()
    writer.close()
    assert services.effects == []


async def test_a_sender_who_hangs_up_changes_nothing(server: TestServer, services: Services) -> None:
    _, writer = await _begin(server, "Content-Length: 100")
    writer.write(b'{"half": ')
    await writer.drain()
    writer.transport.abort()
    assert server.runner.server is not None
    async with asyncio.timeout(PATIENCE):
        while server.runner.server.connections:
            await asyncio.sleep(0.01)
    assert services.effects == []


async def test_broken_chunks_change_nothing(server: TestServer, services: Services) -> None:
    reader, writer = await _begin(server, "Transfer-Encoding: chunked")
    writer.write(b"zz\r\n{}\r\n0\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        assert b" 400 " in await reader.readline()
    writer.close()
    assert services.effects == []


async def _begin(server: TestServer, *headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    common = ("Host: x", "Authorization: Bearer good", "Content-Type: application/json")
    lines = (f"POST {PATH} HTTP/1.1", *common, *headers, "", "")
    writer.write("\r\n".join(lines).encode())
    return reader, writer


async def _problem(reader: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"application/problem+json" in head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        problem: dict[str, Any] = json.loads(await reader.readexactly(int(length.split(b":")[1])))
        return problem
