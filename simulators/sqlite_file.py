"""What a played party remembers: one SQLite file, every change a transaction."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class SqliteFile:
    """A file under that schema. Blocking, and for the one thread that made it."""

    def __init__(self, file: Path, schema: str) -> None:
        self._db = sqlite3.connect(file, timeout=10, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(schema)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


B = TypeVar("B", bound=SqliteFile)


class SerialExecutor(Generic[B]):
    """Does all the bookwork, in one thread: one request after the other."""

    def __init__(self, opened: Callable[[], B]) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="book")
        self.store = self._thread.submit(opened).result()

    async def run(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    async def close(self) -> None:
        await self.run(self.store.close)
        self._thread.shutdown()
