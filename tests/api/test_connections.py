"""Silent connections end when there is no more room, and never one whose request is being answered."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import TestServer

from api.http.connections import ConnectionLimits, OpenConnections
from runtime.processes.open_files import max_connections
from tests.api.frame_app import Services, Table, start
from tests.patience import PATIENCE


@dataclass(eq=False)
class Line:
    is_silent: bool = True
    aborted: bool = False

    def abort(self) -> None:
        self.aborted = True


def opened(connections: OpenConnections[Line], count: int, address: str, silent: bool = True) -> list[Line]:
    lines = [Line(silent) for _ in range(count)]
    for line in lines:
        connections.add(line, address)
    return lines


def test_the_oldest_silent_connection_of_a_network_ends_for_a_new_one() -> None:
    connections = OpenConnections[Line](ConnectionLimits(in_all=100, per_network=3))
    busy = opened(connections, 1, "203.0.113.9", silent=False)
    silent = opened(connections, 2, "203.0.113.9")
    other = opened(connections, 3, "203.0.113.10")
    new = opened(connections, 1, "203.0.113.9")
    assert [line.aborted for line in (*busy, *silent, *other, *new)] == [
        False,
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    assert len(connections) == 6


def test_where_none_is_silent_the_new_one_ends() -> None:
    connections = OpenConnections[Line](ConnectionLimits(in_all=100, per_network=2))
    opened(connections, 2, "203.0.113.9", silent=False)
    assert opened(connections, 1, "203.0.113.9")[0].aborted
    assert len(connections) == 2


def test_all_addresses_of_a_64_are_one_network() -> None:
    connections = OpenConnections[Line](ConnectionLimits(in_all=100, per_network=2))
    lines = [opened(connections, 1, f"2001:db8:1:2::{number}")[0] for number in range(3)]
    assert [line.aborted for line in lines] == [True, False, False]


def test_a_proxy_has_no_limit_of_its_own_and_all_together_have_one() -> None:
    limits = ConnectionLimits(in_all=5, per_network=2, proxies=[ip_network("10.0.0.0/8")])
    connections = OpenConnections[Line](limits)
    lines = opened(connections, 7, "10.0.0.1")
    assert [line.aborted for line in lines] == [True, True, False, False, False, False, False]


def test_what_has_ended_leaves_nothing_behind() -> None:
    connections = OpenConnections[Line](ConnectionLimits())
    for line in opened(connections, 10, "203.0.113.9"):
        connections.remove(line)
        connections.remove(line)
    assert (len(connections), connections._by_network) == (0, {})


@pytest.mark.parametrize(
    ("wanted", "files", "given"), [(4096, 65_536, 4096), (4096, 1024, 768), (4096, 256, 128)]
)
def test_connections_leave_files_for_everything_else(wanted: int, files: int, given: int) -> None:
    assert max_connections(wanted, files) == given


async def test_silent_connections_make_room_and_a_request_under_way_is_answered() -> None:
    services = Services()
    limits = ConnectionLimits(in_all=8, per_network=8)
    server = await start(services, Table(), limits=limits)
    busy, sender = await asyncio.open_connection(server.host, server.port)
    sender.write(b"POST /v1/orders/o/cancel HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer agent\r\n\r\n")
    silent = [await asyncio.open_connection(server.host, server.port) for _ in range(30)]
    assert await _status(server) == b"HTTP/1.1 200 OK\r\n"
    async with asyncio.timeout(PATIENCE):
        for reader, writer in silent[:20]:
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
        services.gate.set()
        assert await busy.readline() in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 503 Service Unavailable\r\n")
    await server.close()


async def _status(server: TestServer) -> bytes:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET /v1/code.svg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        line = await reader.readline()
    writer.close()
    return line
