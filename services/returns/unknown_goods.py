"""Goods that came to a warehouse and are of no return we know: kept, listed, and closed by a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.received_goods import Disposition, GoodsCondition, Grade, ReceivedLine
from services.key_names import KeyNames
from services.opened_texts import open_text
from services.paging import Page, PageRequest
from services.sealed_text import seal_staff_text
from store.merchants.clock import Clocks
from store.orders.unknown_goods import Claim, GoodsClosing, UnknownGoods
from store.privacy.vault import Vault
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
    """The return that they turned out to be of; of an open case, the only one that may receive them by now."""
    note: str | None
    """Why it was closed."""


@dataclass(frozen=True)
class UnknownGoodsService:
    """The cases of one merchant. Why one was closed is a person's text: it is sealed."""

    goods: UnknownGoods
    key_names: KeyNames
    clocks: Clocks
    vault: Vault

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
        return None if row is None else await self._view(row, await self._names(merchant, [row]))

    async def kept(self, merchant: str, receipts: Collection[str]) -> dict[str, UnknownGoodsRow]:
        """The goods that were kept under these names of receipts."""
        ids = [keys.unknown_goods(merchant, receipt) for receipt in receipts]
        return {row.receipt: row for row in await self.goods.find_all(merchant, ids)}

    async def claim(self, merchant: str, id: str, return_id: str) -> Claim | None:
        """Name the return that is to receive the goods, before it does; None without an open case of that id."""
        return await self.goods.claim(merchant, id, return_id)

    async def release(self, merchant: str, id: str, return_id: str) -> None:
        """That return has not received them: another one may."""
        await self.goods.release(merchant, id, return_id)

    async def page(
        self, merchant: str, page: PageRequest, status: Literal["open", "closed"]
    ) -> Page[UnknownGoodsView]:
        """Oldest first. Raises BadCursor."""
        found = await self.goods.page(merchant, open=status == "open", limit=page.limit, cursor=page.cursor)
        names = await self._names(merchant, found.items)
        return Page([await self._view(row, names) for row in found.items], found.next)

    async def close(
        self, merchant: str, id: str, closing: GoodsClosing
    ) -> UnknownGoodsView | Literal["taken"] | None:
        """Close a case; None without an open one of that id, "taken" while another return is to receive the goods."""
        sealed = replace(closing, note=await seal_staff_text(self.vault, merchant, closing.note))
        row = await self.goods.close(merchant, id, sealed)
        if row is None or row == "taken":
            return row
        return await self._view(row, await self._names(merchant, [row]))

    async def _names(self, merchant: str, rows: list[UnknownGoodsRow]) -> Mapping[str, str]:
        return await self.key_names.of(
            merchant, {who for row in rows for who in (row.received_by, row.closed_by)}
        )

    async def _view(self, row: UnknownGoodsRow, names: Mapping[str, str]) -> UnknownGoodsView:
        optional = ("reference", "sku", "grade", "disposition", "place", "return_id")
        return UnknownGoodsView.model_validate(
            {
                **row.model_dump(include={"id", "receipt", "condition", "received_at", "closed_at"}),
                **{name: getattr(row, name) or None for name in optional},
                "note": await open_text(self.vault, row.note) or None,
                "received_by": names.get(row.received_by) or row.received_by,
                "closed_by": names.get(row.closed_by) or row.closed_by or None,
            }
        )
