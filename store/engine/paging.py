"""Pages of a list, with cursors that stay right while rows are added."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, NoReturn, TypeVar

from sqlalchemy import desc, inspect
from sqlalchemy.orm import Mapped
from sqlmodel import SQLModel, and_, or_
from sqlmodel.sql.expression import SelectOfScalar

from store.engine.database import Database

MAX_NUMBER = 2**31 - 1  # of a row, on PostgreSQL
_MAX_LENGTH = 512  # characters of a cursor; ours have less than 200
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # databases refuse NUL, and UTF-8 has no lone surrogates
T = TypeVar("T")
R = TypeVar("R", bound=SQLModel)


class BadCursor(ValueError):
    """The text is no cursor that this module made."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items of a list. `next`: the cursor of the next page; None on the last page."""

    items: list[T]
    next: str | None = None


def cursor_of(at: datetime, row_id: str) -> str:
    """The cursor of the page after that row, in a list ordered by time and id."""
    return _encoded([at.isoformat(), row_id])


def parse_cursor(cursor: str) -> tuple[datetime, str]:
    """Raises BadCursor."""
    match _decoded(cursor):
        case [str(at), str(row_id)] if not _UNSTORABLE.search(row_id):
            try:
                instant = datetime.fromisoformat(at)
                if instant.tzinfo is not None:
                    return instant.astimezone(UTC), row_id
            except (ValueError, OverflowError) as problem:
                raise BadCursor(cursor) from problem
    raise BadCursor(cursor)


async def newest_first(
    db: Database,
    found: SelectOfScalar[R],
    by: tuple[Mapped[datetime], Mapped[str]],
    limit: int,
    cursor: str | None,
) -> Page[R]:
    """A page of these rows, by time and then id, both descending. Raises BadCursor."""
    at, row_id = by
    if cursor is not None:
        time, last = parse_cursor(cursor)
        found = found.where(or_(at < time, and_(at == time, row_id < last)))
    async with db.read_one() as session:
        rows = [*(await session.exec(found.order_by(at.desc(), row_id.desc()).limit(limit + 1))).all()]
    time_key, id_key = inspect(at).key, inspect(row_id).key
    return page_of(rows, limit, lambda row: cursor_of(getattr(row, time_key), getattr(row, id_key)))


async def oldest_first(
    db: Database, found: SelectOfScalar[R], number: Mapped[int | None], limit: int, cursor: str | None
) -> Page[R]:
    """A page of these rows, by their number, ascending. Raises BadCursor."""
    after = parse_number_cursor(cursor) if cursor else 0
    found = found.where(number > after).order_by(number).limit(limit + 1)
    async with db.read_one() as session:
        rows = [*(await session.exec(found)).all()]
    key = inspect(number).key
    return page_of(rows, limit, lambda row: number_cursor(getattr(row, key)))


async def latest_first(
    db: Database, found: SelectOfScalar[R], number: Mapped[int | None], limit: int, cursor: str | None
) -> Page[R]:
    """A page of these rows, by their number, descending. Raises BadCursor."""
    if cursor:
        found = found.where(number < parse_number_cursor(cursor))
    async with db.read_one() as session:
        rows = [*(await session.exec(found.order_by(desc(number)).limit(limit + 1))).all()]
    key = inspect(number).key
    return page_of(rows, limit, lambda row: number_cursor(getattr(row, key)))


def page_of(rows: list[T], limit: int, cursor_after: Callable[[T], str]) -> Page[T]:
    """A page of rows that were read with a limit of one more: when that one is there, another page follows."""
    more = cursor_after(rows[limit - 1]) if len(rows) > limit else None
    return Page(rows[:limit], more)


def is_number(row_id: int) -> bool:
    """Whether a row can have that number. PostgreSQL does not even compare with any other."""
    return 0 <= row_id <= MAX_NUMBER


def number_cursor(row_id: int) -> str:
    """The cursor of the page after that row, in a list ordered by number."""
    return _encoded([row_id])


def parse_number_cursor(cursor: str) -> int:
    """Raises BadCursor."""
    match _decoded(cursor):
        case [int(row_id)] if type(row_id) is int and is_number(row_id):
            return row_id
    raise BadCursor(cursor)


def numbers_cursor(first: int, second: int) -> str:
    """The cursor of the page after that row, in a list ordered by two numbers."""
    return _encoded([first, second])


def parse_numbers_cursor(cursor: str) -> tuple[int, int]:
    """Raises BadCursor."""
    match _decoded(cursor):
        case [int(first), int(second)] if all(type(n) is int and is_number(n) for n in (first, second)):
            return first, second
    raise BadCursor(cursor)


def _encoded(position: list[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def _decoded(cursor: str) -> object:
    if len(cursor) > _MAX_LENGTH:
        raise BadCursor(cursor)
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return json.loads(raw, parse_float=_no_number, parse_constant=_no_number)
    except (binascii.Error, ValueError, RecursionError) as problem:
        raise BadCursor(cursor) from problem


def _no_number(_: str) -> NoReturn:
    raise ValueError("no position has such a number")
