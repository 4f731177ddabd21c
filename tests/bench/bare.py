"""The least that a web server of this kind can do: one INSERT or one SELECT by its driver, without checks.

`python -m tests.bench.bare STORE_URL READY_FILE` serves `POST /{id}` and `GET /{id}` until SIGTERM. As durable as the real
store: SQLite in WAL mode syncs at each commit, PostgreSQL as its server is set.
"""

import asyncio
import os
import sys
from abc import ABC, abstractmethod
from pathlib import Path

import aiosqlite
import asyncpg
from aiohttp import web

from tests.bench.until_stopped import until_stopped

_TABLE = "CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, body {bytes} NOT NULL)"


class Table(ABC):
    @abstractmethod
    async def put(self, name: str, body: bytes) -> None: ...

    @abstractmethod
    async def get(self, name: str) -> bytes: ...


class Sqlite(Table):
    """One connection that writes, one that reads."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer, self._reader = writer, reader
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, file: str) -> "Sqlite":
        writer, reader = [await aiosqlite.connect(file, isolation_level=None) for _ in range(2)]
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
            await writer.execute(f"PRAGMA {pragma}")
        await writer.execute(_TABLE.format(bytes="BLOB"))
        return cls(writer, reader)

    async def put(self, name: str, body: bytes) -> None:
        async with self._turn:
            await self._writer.execute("INSERT INTO bare VALUES (?, ?)", (name, body))

    async def get(self, name: str) -> bytes:
        async with self._reader.execute("SELECT body FROM bare WHERE id = ?", (name,)) as cursor:
            (body,) = await cursor.fetchone()  # type: ignore[misc]
        return bytes(body)


class Postgresql(Table):
    """A pool as large as ours."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> "Postgresql":
        pool = await asyncpg.create_pool(url, min_size=5, max_size=15)
        await pool.execute(_TABLE.format(bytes="BYTEA"))
        return cls(pool)

    async def put(self, name: str, body: bytes) -> None:
        await self._pool.execute("INSERT INTO bare VALUES ($1, $2)", name, body)

    async def get(self, name: str) -> bytes:
        body: bytes = await self._pool.fetchval("SELECT body FROM bare WHERE id = $1", name)
        return body


async def serve(url: str, ready: Path) -> None:
    if url.startswith("sqlite"):
        table: Table = await Sqlite.open(url.partition(":///")[2])
    else:
        table = await Postgresql.open(url.replace("+asyncpg", ""))

    async def put(request: web.Request) -> web.Response:
        await table.put(request.match_info["id"], await request.read())
        return web.json_response({"duplicate": False}, status=202)

    async def get(request: web.Request) -> web.Response:
        return web.Response(body=await table.get(request.match_info["id"]), content_type="application/json")

    app = web.Application()
    app.add_routes([web.post("/{id}", put), web.get("/{id}", get)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready.write_text(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await until_stopped()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
    os._exit(0)  # a driver's threads would keep it alive
