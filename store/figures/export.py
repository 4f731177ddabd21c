"""The facts of a merchant in the order in which they were added up, for an export that misses none."""

from sqlmodel import and_, col, or_, select

from store.engine.database import Database
from store.engine.paging import Page, numbers_cursor, page_of, parse_numbers_cursor
from store.tables.figures import FigureFactRow


async def fact_page(db: Database, merchant: str, limit: int, cursor: str | None) -> Page[FigureFactRow]:
    """A page of the facts that are in the sums. Raises BadCursor."""
    row = FigureFactRow
    found = select(row).where(row.merchant == merchant, row.batch > 0)
    if cursor is not None:
        batch, number = parse_numbers_cursor(cursor)
        found = found.where(or_(col(row.batch) > batch, and_(col(row.batch) == batch, col(row.id) > number)))
    async with db.read_one() as session:
        rows = [*(await session.exec(found.order_by(col(row.batch), col(row.id)).limit(limit + 1))).all()]
    return page_of(rows, limit, lambda one: numbers_cursor(one.batch, one.id or 0))
