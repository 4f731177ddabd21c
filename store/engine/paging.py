"""Pages of a list: so many items, and a cursor to the next ones that stays right while rows are added."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Mapped
from sqlmodel import SQLModel, and_, or_
from sqlmodel.sql.expression import SelectOfScalar

from store.engine.database import Database

T = TypeVar("T")
R = TypeVar("R", bound=SQLModel)


class BadCursor(ValueError):
    """The cursor is not one that we gave."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """`next` is None on the last page."""

    items: list[T]
    next: str | None = None


def cursor_of(at: datetime, row_id: str) -> str:
    """Points behind that row in a list ordered by time and id."""
    return _encoded([at.isoformat(), row_id])


def parse_cursor(cursor: str) -> tuple[datetime, str]:
    """Raises BadCursor."""
    match _decoded(cursor):
        case [str(at), str(row_id)]:
            try:
                instant = datetime.fromisoformat(at)
            except ValueError as problem:
                raise BadCursor(cursor) from problem
            if instant.tzinfo is not None:
                return instant, row_id
    raise BadCursor(cursor)


async def newest_first(
    db: Database,
    found: SelectOfScalar[R],
    at: Mapped[datetime],
    row_id: Mapped[str],
    limit: int,
    cursor: str | None,
) -> Page[R]:
    """A page of those rows by time and then id, both descending. Raises BadCursor."""
    if cursor is not None:
        time, last = parse_cursor(cursor)
        found = found.where(or_(at < time, and_(at == time, row_id < last)))
    async with db.read() as session:
        rows = [*(await session.exec(found.order_by(at.desc(), row_id.desc()).limit(limit + 1))).all()]
    if len(rows) <= limit:
        return Page(rows)
    edge = rows[limit - 1]
    return Page(rows[:limit], cursor_of(getattr(edge, inspect(at).key), getattr(edge, inspect(row_id).key)))


def number_cursor(row_id: int) -> str:
    """Points behind that row in a list ordered by number."""
    return _encoded([row_id])


def parse_number_cursor(cursor: str) -> int:
    """Raises BadCursor."""
    match _decoded(cursor):
        case [int(row_id)] if 0 <= row_id < 2**63:
            return row_id
    raise BadCursor(cursor)


def _encoded(position: list[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def _decoded(cursor: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as problem:
        raise BadCursor(cursor) from problem
