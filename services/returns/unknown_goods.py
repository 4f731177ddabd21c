"""Goods that came to a warehouse and are of no return we know: kept, listed, and closed by a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.received_goods import Disposition, GoodsCondition, Grade, ReceivedLine
from services.key_names import KeyNames
from services.paging import Page, PageRequest
from store.merchants.clock import Clocks
from store.orders.unknown_goods import GoodsClosing, UnknownGoods
from store.tables.all import UnknownGoodsRow


class UnknownGoodsView(Frozen):
    """Goods of no return that we know. The case stays when it is closed."""

    id: str
    """The id of the case."""
    receipt: str
    """The warehouse's own name of the receipt."""
    reference: str | None
    """What was read as the name of a return; null where there was nothing to read."""
    sku: str | None
    """The article, as the warehouse named it; null where it did not."""
    condition: GoodsCondition
    """How they arrived."""
    grade: Grade | None
    """How they look; null where that was not judged."""
    disposition: Disposition | None
    """What becomes of them; null while that is not decided, and where a return has them now."""
    place: str | None
    """Where they are."""
    received_at: Instant
    """When they were received."""
    received_by: str
    """The name of the key or user that received them."""
    closed_at: Instant | None
    """When the case was closed; null while it is open."""
    closed_by: str | None
    """Who closed it."""
    return_id: str | None
    """The return that they turned out to be of."""
    note: str | None
    """Why it was closed."""


@dataclass(frozen=True)
class UnknownGoodsService:
    """The cases of one merchant."""

    goods: UnknownGoods
    key_names: KeyNames
    clocks: Clocks

    async def keep(self, merchant: str, actor: Actor, reference: str, line: ReceivedLine) -> UnknownGoodsRow:
        """Keep goods with the name of their receipt; the same name again is the same case."""
        assert line.receipt is not None, "a dock names each receipt"
        row = UnknownGoodsRow(
            merchant=merchant,
            id=keys.unknown_goods(merchant, line.receipt),
            receipt=line.receipt,
            reference=reference,
            sku=line.sku or "",
            condition=line.condition,
            grade=line.grade or "",
            place=line.place or "",
            received_at=await self.clocks.business_now(merchant),
            received_by=actor.name,
        )
        return await self.goods.keep(row, actor)

    async def find(self, merchant: str, id: str) -> UnknownGoodsView | None:
        """One case, open or closed."""
        row = await self.goods.find(merchant, id)
        return None if row is None else self._view(row, await self._names(merchant, [row]))

    async def page(
        self, merchant: str, page: PageRequest, status: Literal["open", "closed"]
    ) -> Page[UnknownGoodsView]:
        """Oldest first. Raises BadCursor."""
        found = await self.goods.page(merchant, open=status == "open", limit=page.limit, cursor=page.cursor)
        names = await self._names(merchant, found.items)
        return Page([self._view(row, names) for row in found.items], found.next)

    async def close(self, merchant: str, id: str, closing: GoodsClosing) -> UnknownGoodsView | None:
        """Close a case; None without an open one of that id."""
        row = await self.goods.close(merchant, id, closing)
        return None if row is None else self._view(row, await self._names(merchant, [row]))

    async def _names(self, merchant: str, rows: list[UnknownGoodsRow]) -> Mapping[str, str]:
        return await self.key_names.of(
            merchant, {who for row in rows for who in (row.received_by, row.closed_by)}
        )

    def _view(self, row: UnknownGoodsRow, names: Mapping[str, str]) -> UnknownGoodsView:
        optional = ("reference", "sku", "grade", "disposition", "place", "return_id", "note")
        return UnknownGoodsView.model_validate(
            {
                **row.model_dump(include={"id", "receipt", "condition", "received_at", "closed_at"}),
                **{name: getattr(row, name) or None for name in optional},
                "received_by": names.get(row.received_by) or row.received_by,
                "closed_by": names.get(row.closed_by) or row.closed_by or None,
            }
        )
