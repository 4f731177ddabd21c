"""An HTTP client that costs almost nothing, so that the server beside it on two cores is what is measured.

Requests are bytes made beforehand; of answers status and length are read. Keep-alive connections, one request each at
a time; no other part of HTTP is supported.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Tally:
    """Answers by status, and how many seconds each took, in order of arrival."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def only(self, status: int) -> "Tally":
        assert set(self.statuses) == {status}, self.statuses
        return self


class Connection:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, request: bytes) -> int:
        """Send it. Returns the status, once the whole answer is there."""
        status, _ = await self._answer(request)
        return status

    async def read(self, request: bytes) -> bytes:
        """Send it. Returns the body of the answer."""
        _, body = await self._answer(request)
        return body

    async def _answer(self, request: bytes) -> tuple[int, bytes]:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return int(head[9:12]), await self._reader.readexactly(int(length or 0))

    def close(self) -> None:
        self._writer.close()


def request(base: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    fields = {"Host": urlsplit(base).netloc, **headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


@asynccontextmanager
async def open_connections(base: str, count: int) -> AsyncIterator[list[Connection]]:
    """So many connections."""
    where = urlsplit(base)
    opened = [Connection(*await asyncio.open_connection(where.hostname, where.port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for line in opened:
            line.close()


async def all_at_once(base: str, requests: Sequence[bytes], connections: int) -> Tally:
    """Closed loop: every connection sends the next request when the one before is answered."""
    tally, left = Tally(), iter(requests)
    async with open_connections(base, connections) as opened:
        began = time.perf_counter()

        async def drive(line: Connection) -> None:
            for one in left:
                sent = time.perf_counter()
                tally.statuses[await line.send(one)] += 1
                tally.seconds.append(time.perf_counter() - sent)

        await asyncio.gather(*(drive(line) for line in opened))
        tally.elapsed = time.perf_counter() - began
    return tally


async def at_rate(base: str, requests: Sequence[bytes], per_second: float, connections: int = 64) -> Tally:
    """Open loop: each request has its time; it is measured from that time on, also when it had to wait for a connection."""
    tally = Tally()
    async with open_connections(base, connections) as opened:
        free: asyncio.Queue[Connection] = asyncio.Queue()
        for line in opened:
            free.put_nowait(line)
        began = time.perf_counter()

        async def send(one: bytes, due: float) -> None:
            line = await free.get()
            tally.statuses[await line.send(one)] += 1
            tally.seconds.append(time.perf_counter() - due)
            free.put_nowait(line)

        async with asyncio.TaskGroup() as sending:
            for number, one in enumerate(requests):
                due = began + number / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                sending.create_task(send(one, due))
        tally.elapsed = time.perf_counter() - began
    return tally
