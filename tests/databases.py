"""A separate database for each test, of either kind: a SQLite file or a database on a PostgreSQL server."""

import asyncio
import itertools
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import asyncpg

from store.migrations import upgrade
from tests.postgres import Postgres

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


class Databases:
    """Creates databases by URL, as SQLAlchemy reads it. The PostgreSQL server starts at its first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._open = ExitStack()
        self._server: Postgres | None = None
        self._templates: dict[Kind, str] = {}

    @property
    def postgres(self) -> Postgres:
        if self._server is None:
            self._server = self._open.enter_context(Postgres.running())
        return self._server

    async def empty(self, kind: Kind) -> str:
        """Without any table."""
        name = f"smot_{next(self._numbers)}"
        if kind == "sqlite":
            place = self._folder / name
            place.mkdir()
            return f"sqlite+aiosqlite:///{place / 'smot.db'}"
        return with_driver(await self.postgres.create(name))

    async def migrated(self, kind: Kind) -> str:
        """With the newest tables, all empty."""
        if kind not in self._templates:
            template = await self.empty(kind)
            await upgrade(template)
            self._templates[kind] = template
        return await self.copy(self._templates[kind])

    async def copy(self, url: str) -> str:
        """Another with the same contents. A copied PostgreSQL database must have no connection."""
        if kind_of(url) == "sqlite":
            fresh = await self.empty("sqlite")
            for file in file_of(url).parent.glob("smot.db*"):
                shutil.copy(file, file_of(fresh).parent)
            return fresh
        name = f"smot_{next(self._numbers)}"
        return with_driver(await self.postgres.create(name, template=name_of(url)))

    async def for_deployment(self, kind: Kind) -> str | None:
        """What a deployment of that kind is given: an empty database, or None for a SQLite file in its own folder."""
        return await self.empty(kind) if kind == "postgresql" else None

    async def drop(self, url: str) -> None:
        if kind_of(url) == "postgresql":
            await self.postgres.drop(name_of(url))
        else:
            shutil.rmtree(file_of(url).parent, ignore_errors=True)

    def close(self) -> None:
        self._open.close()


def kind_of(url: str) -> Kind:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def file_of(url: str) -> Path:
    return Path(url.partition(":///")[2])


def with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def setting(url: str) -> str:
    """As `SMOT_DATABASE` has it."""
    return url.replace("+asyncpg", "", 1)


async def raw(url: str) -> bytes:
    """All its contents, as bytes: what a thief of the disk could search."""
    if kind_of(url) == "sqlite":
        return b"".join(file.read_bytes() for file in file_of(url).parent.glob("smot.db*"))
    connection = await asyncpg.connect(setting(url))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        contents = []
        for (table,) in tables:
            for row in await connection.fetch(f'SELECT * FROM "{table}"'):
                contents += [one if isinstance(one, bytes) else str(one).encode() for one in row.values()]
        return b"\n".join(contents)
    finally:
        await connection.close()


class Reader:
    """Queries a database beside the processes that use it, from its own thread: also for callers that cannot await."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._file: sqlite3.Connection | None = None
        if kind_of(url) == "sqlite":
            where = f"{file_of(url).absolute().as_uri()}?mode=ro"
            self._file = sqlite3.connect(where, uri=True, check_same_thread=False)
        else:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
            self._connection = self._wait(asyncpg.connect(setting(url)))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """`?` stands for a value. Instants come as ISO text in UTC, booleans as 0 and 1, as SQLite has them."""
        if self._file is not None:
            return self._file.execute(query, values).fetchall()
        numbered = query
        for number, _ in enumerate(values, 1):
            numbered = numbered.replace("?", f"${number}", 1)
        records = self._wait(self._connection.fetch(numbered, *values))
        return [tuple(_plain(one) for one in row.values()) for row in records]

    def tables(self, having: str) -> list[str]:
        """Tables with a column of that name."""
        query = (
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = ?"
            if self._file is not None
            else "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = ?"
        )
        return [name for (name,) in self.rows(query, having)]

    def _wait(self, work: Any) -> Any:
        assert self._loop is not None

        async def done() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(30)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._loop is not None:
            self._wait(self._connection.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """One query, see `Reader.rows`."""
    with Reader(url) as reader:
        return reader.rows(query, *values)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, bool):
        return int(value)
    return int(value) if type(value).__name__ == "Decimal" else value


Opened = TypeVar("Opened")


class OnePerKind(Generic[Opened]):
    """A costly fixture that tests share, for each kind of database; only the one of the kind now in use is kept open."""

    def __init__(self, open_on: Callable[[Kind], AbstractAsyncContextManager[Opened]]) -> None:
        self._open_on = open_on
        self._kept: tuple[Kind, Opened, AsyncExitStack] | None = None

    async def on(self, kind: Kind) -> Opened:
        if self._kept is not None and self._kept[0] == kind:
            return self._kept[1]
        await self.close()
        stack = AsyncExitStack()
        opened = await stack.enter_async_context(self._open_on(kind))
        self._kept = kind, opened, stack
        return opened

    async def close(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            await kept[2].aclose()
