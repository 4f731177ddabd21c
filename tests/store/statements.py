"""What a test's database is asked meanwhile: for tests of how much something costs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from store.engine.database import Database


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """The statements that the database gets meanwhile, without the frame of its transactions."""
    executed: list[str] = []

    def record(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            executed.append(statement)

    # Engines with one pool pass their events on to each other.
    engines = {id(engine.pool): engine.sync_engine for engine in (db.reader, db.writer)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    yield executed
    for engine in engines:
        event.remove(engine, "before_cursor_execute", record)
