"""The database of a simulator: one SQLite file, each change a transaction."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class SqliteFile:
    """A SQLite file with a schema. Its methods block, and only the thread that created it may call them."""

    def __init__(self, file: Path, schema: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, timeout=10, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(schema)

    def close(self) -> None:
        """Close the database."""
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


FileT = TypeVar("FileT", bound=SqliteFile)


class SerialExecutor(Generic[FileT]):
    """Runs the methods of a SqliteFile in one thread, one after the other."""

    def __init__(self, open_store: Callable[[], FileT]) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self.store = self._thread.submit(open_store).result()

    async def run(self, method: Callable[..., T], *args: object) -> T:
        """Run a method of the store and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, method, *args)

    async def close(self) -> None:
        """Close the database and end the thread."""
        await self.run(self.store.close)
        self._thread.shutdown()
