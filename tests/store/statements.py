"""What a test's database is asked meanwhile: for tests of how much something costs it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from store.engine import direct_statements
from store.engine.database import Database


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """The statements that the database gets meanwhile, without the frame of its transactions.

    One for many rows counts once. Those of `Database.fetch_row` and `write_one` are not seen.
    """
    executed: list[str] = []

    def record(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            executed.append(" ".join(statement.split()))

    # Engines with one pool pass their events on to each other.
    engines = {id(engine.pool): engine.sync_engine for engine in (db.reader, db.writer)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    with ExitStack() as seen:
        for name in ("fetch", "write", "write_all"):
            seen.enter_context(_seen(db, name, executed))
        yield executed
    for engine in engines:
        event.remove(engine, "before_cursor_execute", record)


def _seen(db: Database, name: str, executed: list[str]) -> Any:
    """Statements that run without SQLAlchemy: they run as they do, and are noted."""
    driver = direct_statements._SqliteDriver if db.is_sqlite else direct_statements._PostgresqlDriver
    original = getattr(driver, name)

    async def noted(self: Any, text: str, values: Any) -> Any:
        executed.append(" ".join(text.split()))
        return await original(self, text, values)

    return patch.object(driver, name, noted)
