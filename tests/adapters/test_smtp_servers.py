"""E-mail to servers that do not speak SMTP, hang or end the connection."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from ports.channels import ChannelUnavailable
from tests.adapters.fake_smtp_server import FakeSmtpServer, start_server
from tests.adapters.smtp_channel import channel, message

ServerBehaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that no single read ever times out."""
    try:
        for _ in range(200):
            writer.write(b"220-wait\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def rejecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"554 your address is on a list\r\n")
    writer.close()


async def endless_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n\xff\xfe")
    writer.close()


@pytest.mark.parametrize("behaviour", [silent, dripping, closing, rejecting, endless_answer])
async def test_a_server_that_does_not_speak_smtp_is_unreachable_in_time(behaviour: ServerBehaviour) -> None:
    server = await asyncio.start_server(behaviour, "127.0.0.1", 0)
    began = time.monotonic()
    with pytest.raises(ChannelUnavailable):
        await channel(server.sockets[0].getsockname()[1], timeout=0.4).send(message())
    assert time.monotonic() - began < 2
    server.close()


async def test_no_server_at_all_is_unreachable() -> None:
    server = await start_server(FakeSmtpServer())
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(ChannelUnavailable):
        await channel(port).send(message())
