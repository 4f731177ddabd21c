"""What people know orders by, of many orders at once."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import col, select

from domain.sealed import Sealed
from store.engine.database import Database
from store.tables.all import OrderRow


@dataclass(frozen=True)
class OrderLabel:
    """What people know an order by. customer: their name, sealed."""

    order_id: str
    number: str
    locale: str
    customer: Sealed


class OrderLabels:
    """Reads the table of orders. Orders of another merchant are not found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str, orders: Collection[str]) -> dict[str, OrderLabel]:
        """By our ids."""
        wanted = select(OrderRow.id, OrderRow.order_id, OrderRow.body).where(
            OrderRow.merchant == merchant, col(OrderRow.id).in_(orders)
        )
        async with self._db.read_one() as session:
            return {order: _label(order_id, body) for order, order_id, body in await session.exec(wanted)}


def _label(order_id: str, body: str) -> OrderLabel:
    order = json.loads(body)
    customer = order["customer"]
    name = Sealed.model_validate(customer["name"])
    return OrderLabel(order_id, order.get("number") or order_id, customer.get("locale") or "", name)
