"""WooCommerce shows what happened to an order here: private notes, and rows of refunds that were paid by another way."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from adapters.storefronts.woocommerce_restock import refunded_items
from adapters.storefronts.woocommerce_sentences import sentence
from adapters.woocommerce.amounts import UnreadableAmount, from_text, to_text
from adapters.woocommerce.client import PROVIDER, WooAnswer, WooCommerceClient
from domain import storefront_keys
from domain.money import Money
from ports.payments import OutcomeUnknown
from ports.storefront_updates import BeforeSending, NotShown, ShopWrite, Shown

_NO_ORDER: Final = "the shop has no such order"
_NO_ROOM: Final = "the order holds no more than its own payment: the record is a note alone"
_GONE_CODES: Final = ("woocommerce_rest_shop_order_invalid_id", "woocommerce_rest_order_invalid_id")


class WooCommerceWriter:
    """The port `StorefrontWriter` on a WooCommerce shop. `now`: real time."""

    name: Final = PROVIDER

    def __init__(
        self, client: WooCommerceClient, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client, self._now = client, now

    async def show(self, write: ShopWrite, sending: BeforeSending) -> Shown | NotShown:
        """See the port. The row comes before the note that tells of it."""
        if not (write.order.isascii() and write.order.isdigit()):
            return NotShown(reason=_NO_ORDER)
        if write.update.paid_by != self.name:
            if write.update.kind == "refunded":
                return await self._recorded(write, sending)
            if write.update.kind == "refund_failed":
                await self._remove_record(write, sending)
        return await self._note(write, sending)

    async def _recorded(self, write: ShopWrite, sending: BeforeSending) -> Shown | NotShown:
        """The row, and the note that tells of it; where no row was made, what is there is no record that could go."""
        row = await self._record(write, sending)
        if isinstance(row, NotShown):
            return row
        noted = await self._note(write, sending, row.reference)
        return noted if row.reference or isinstance(noted, NotShown) else row

    async def _note(self, write: ShopWrite, sending: BeforeSending, row: str = "") -> Shown | NotShown:
        """One private note. `row`: the id of the refund that it tells of."""
        path, mark = f"orders/{write.order}/notes", storefront_keys.storefront_note(write.merchant, write.key)
        listed = await self._client.call(write.merchant, "GET", path)
        if listed.code in _GONE_CODES:
            return NotShown(reason=_NO_ORDER)
        for note in _objects(listed):
            if str(note.get("note", "")).rstrip().endswith(mark):
                return Shown(reference=row or str(note.get("id", "")))
        await self._leave(write, "note", sending)
        text = f"{sentence(write.update)} {mark}"
        answer = await self._client.call(
            write.merchant, "POST", path, json={"note": text, "customer_note": False}
        )
        if answer.status == 201 and isinstance(answer.content, dict):
            return Shown(reference=row or str(answer.content.get("id", "")))
        raise OutcomeUnknown(f"a note was answered with {answer.status} {answer.code}".strip())

    async def _record(self, write: ShopWrite, sending: BeforeSending) -> Shown | NotShown:
        """The row of a refund without the gateway. Its reason, saved with the row, is what it is found by.

        There is none where it would take what the shop's own payment may still need: the note tells it alone.
        """
        order = await self._order(write)
        if order is None:
            return NotShown(reason=_NO_ORDER)
        rows = await self._records(write)
        for row in rows:
            if _is_record(row, write):
                return Shown(reference=str(row["id"]))
        if not _has_room(write, order, rows):
            return Shown(reason=_NO_ROOM)
        await self._leave(write, "refund", sending)
        answer = await self._client.call(
            write.merchant, "POST", f"orders/{write.order}/refunds", json=_row_of(write, order)
        )
        if answer.status == 201 and isinstance(answer.content, dict) and _is_record(answer.content, write):
            return Shown(reference=str(answer.content["id"]))
        if answer.status == 500 and answer.code == "woocommerce_rest_cannot_create_order_refund":
            return NotShown(reason="the shop refuses the refund: more than the order holds there")
        raise OutcomeUnknown(f"a refund was answered with {answer.status} {answer.code}".strip())

    async def _remove_record(self, write: ShopWrite, sending: BeforeSending) -> None:
        """The money came back: the row that told of it goes."""
        found = next((row for row in await self._records(write) if _is_record(row, write)), None)
        if found is None:
            return
        await sending("removal")
        path = f"orders/{write.order}/refunds/{found['id']}"
        answer = await self._client.call(write.merchant, "DELETE", path, {"force": "true"})
        if answer.status not in (200, 404):
            raise OutcomeUnknown(f"the removal of a refund was answered with {answer.status} {answer.code}")

    async def _leave(self, write: ShopWrite, what: str, sending: BeforeSending) -> None:
        """Before a call without a key. Raises OutcomeUnknown while the one before may still be carried out."""
        if write.may_be_under_way(what, self._now()):
            raise OutcomeUnknown("the call before may still be under way")
        await sending(what)

    async def _records(self, write: ShopWrite) -> list[dict[str, Any]]:
        """The rows of ours that no gateway paid."""
        path = f"orders/{write.order}/refunds"
        return [
            row
            async for page in self._client.pages(write.merchant, path)
            for row in page
            if storefront_keys.record_in_note(str(row.get("reason", ""))) is not None
        ]

    async def _order(self, write: ShopWrite) -> dict[str, Any] | None:
        answer = await self._client.call(write.merchant, "GET", f"orders/{write.order}")
        if answer.code in _GONE_CODES:
            return None
        if answer.status != 200 or not isinstance(answer.content, dict):
            raise OutcomeUnknown(f"an order with status {answer.status} {answer.code}".strip())
        return answer.content


def _row_of(write: ShopWrite, order: dict[str, Any]) -> dict[str, Any]:
    amount = _amount(write)
    try:
        text = to_text(amount)
    except UnreadableAmount as problem:
        raise OutcomeUnknown(str(problem)) from problem
    return {
        "amount": text,
        "reason": storefront_keys.record_note(write.leg_key, amount),
        "api_refund": False,
        "api_restock": write.update.goods_are_here,
        "line_items": refunded_items(order, write.update.units, amount),
    }


def _has_room(write: ShopWrite, order: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Whether the records leave the order enough for all refunds of the shop's own payment.

    WooCommerce counts every row against the order's total, and a gift card may have made the total smaller.
    """
    own = write.update.keep_free
    if own is None:
        return True
    try:
        total = from_text(str(order.get("total", "")), own.currency)
        recorded = sum(abs(from_text(str(row.get("amount", "")), own.currency).minor) for row in rows)
    except UnreadableAmount as problem:
        raise OutcomeUnknown(str(problem)) from problem
    return recorded + _amount(write).minor + own.minor <= total.minor


def _amount(write: ShopWrite) -> Money:
    assert write.update.amount is not None, "a refund has its amount"
    return write.update.amount


def _is_record(row: dict[str, Any], write: ShopWrite) -> bool:
    noted = storefront_keys.record_in_note(str(row.get("reason", "")))
    return noted is not None and noted.key == write.leg_key and "id" in row


def _objects(answer: WooAnswer) -> list[dict[str, Any]]:
    """The objects of a list. Raises OutcomeUnknown for an answer that is none."""
    if answer.status != 200 or not isinstance(answer.content, list):
        raise OutcomeUnknown(f"a list with status {answer.status} {answer.code}".strip())
    return [item for item in answer.content if isinstance(item, dict)]
