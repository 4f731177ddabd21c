"""Orders by the names that requests give them: either id of the order, or the id or drop-off code of one of its returns.

Each is one prepared query that reads no more than the names.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, or_, select

from store.engine.database import Database
from store.tables.all import OrderRow, ReturnRow

_OTHER = aliased(ReturnRow)
_EITHER_ID: BindParameter[str] = bindparam("order")
_MINE = col(OrderRow.merchant) == bindparam("merchant")
_NAMES = select(OrderRow.merchant, OrderRow.id, OrderRow.order_id, OrderRow.customer).where(_MINE)
_BY_ID = _NAMES.where(col(OrderRow.id) == _EITHER_ID)
_BY_EITHER_ID = (
    _NAMES.where(or_(col(OrderRow.order_id) == _EITHER_ID, col(OrderRow.id) == _EITHER_ID))
    .order_by((col(OrderRow.order_id) == _EITHER_ID).desc())
    .limit(1)
)
_RETURNS = _NAMES.add_columns(col(ReturnRow.id).label("return_id")).join(
    ReturnRow, col(ReturnRow.order) == col(OrderRow.id)
)
_OF_RETURN = _RETURNS.where(col(ReturnRow.id) == bindparam("return_id"))
_BY_CODE = _RETURNS.where(
    col(ReturnRow.merchant) == bindparam("merchant"), col(ReturnRow.code_hash) == bindparam("code_hash")
)

_BY_NUMBER = _RETURNS.where(
    col(ReturnRow.merchant) == bindparam("merchant"),
    col(ReturnRow.number) == bindparam("number"),
    ~exists().where(
        col(_OTHER.merchant) == bindparam("merchant"),
        col(_OTHER.number) == bindparam("number"),
        col(_OTHER.id) != col(ReturnRow.id),
    ),
)


@dataclass(frozen=True)
class FoundOrder:
    """An order that was found.

    merchant: the merchant it belongs to.
    id: our id, `ord_…`.
    order_id: the merchant's own id.
    customer: our pseudonym of the buyer, `cus_…`.
    """

    merchant: str
    id: str
    order_id: str
    customer: str


@dataclass(frozen=True)
class FoundReturn:
    """A return that was found, and its order."""

    order: FoundOrder
    return_id: str


class NamedOrders:
    """Finds orders and returns of one merchant. Those of another merchant are never found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, merchant: str, order: str) -> FoundOrder | None:
        """By the merchant's own order id or, where no order has that id, by our `ord_…`."""
        return _order(await self._db.fetch_row(_BY_EITHER_ID, merchant=merchant, order=order))

    async def find_by_id(self, merchant: str, order: str) -> FoundOrder | None:
        """By our `ord_…` only."""
        return _order(await self._db.fetch_row(_BY_ID, merchant=merchant, order=order))

    async def find_return(self, merchant: str, return_id: str) -> FoundReturn | None:
        """A return by our `ret_…`."""
        return _return(await self._db.fetch_row(_OF_RETURN, merchant=merchant, return_id=return_id))

    async def find_by_code(self, merchant: str, code_hash: str) -> FoundReturn | None:
        """A return by the hash of its drop-off code."""
        return _return(await self._db.fetch_row(_BY_CODE, merchant=merchant, code_hash=code_hash))

    async def find_by_number(self, merchant: str, number: str) -> FoundReturn | None:
        """A return by its number, where only one has it."""
        return _return(await self._db.fetch_row(_BY_NUMBER, merchant=merchant, number=number))


def _order(row: Any) -> FoundOrder | None:
    return None if row is None else FoundOrder(row.merchant, row.id, row.order_id, row.customer)


def _return(row: Any) -> FoundReturn | None:
    order = _order(row)
    return None if order is None else FoundReturn(order, row.return_id)
