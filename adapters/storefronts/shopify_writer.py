"""Shopify shows what happened to an order here: returns through its Admin API, and refunds that were paid by another way."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from adapters.shopify import returns
from adapters.shopify.answers import gid
from adapters.shopify.client import ShopifyClient
from adapters.shopify.records import record_refund
from adapters.shopify.returns import ReturnChanged, ShownReturn, UnitsOutsideReturns, our_return
from domain import storefront_keys
from ports.payments import OutcomeUnknown
from ports.storefront_updates import BeforeSending, NotShown, ShopWrite, Shown

M = TypeVar("M", bound=BaseModel)
_NO_RETURN: Final = Shown(reason="the shop has no return of ours")
_LATER: Final = Shown(reason="the shop gets the return once it is authorized")


class ShopifyWriter:
    """The port `StorefrontWriter` on Shopify. `now`: real time."""

    name: Final = "shopify"

    def __init__(
        self, client: ShopifyClient, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client, self._now = client, now

    async def show(self, write: ShopWrite, sending: BeforeSending) -> Shown | NotShown:
        """See the port."""
        if not (write.order.isascii() and write.order.isdigit()):
            return NotShown(reason="the order's id is not one of Shopify")
        if write.update.kind == "return_requested":
            return _LATER
        if write.update.kind in ("refunded", "refund_failed"):
            return await self._show_refund(write, sending)
        found = await our_return(self._client, write.merchant, _order(write), write.update.return_id)
        match write.update.kind:
            case "return_opened" | "return_reopened":
                return await self._open(write, found, sending)
            case "return_received":
                return await self._process(write, found, sending)
            case "return_cancelled" if found is not None and not found.any_processed:
                return await self._change(write, "returnCancel", returns.CANCEL, {"id": found.id}, sending)
            case _:
                return await self._close(write, found, sending)

    async def _open(
        self, write: ShopWrite, found: ShownReturn | None, sending: BeforeSending
    ) -> Shown | NotShown:
        if found is not None and found.status != "CLOSED":
            return Shown(reference=found.id)
        if found is not None:
            return await self._change(write, "returnReopen", returns.REOPEN, {"id": found.id}, sending)
        if write.may_be_under_way("returnCreate", self._now()):  # Shopify has no key for it
            raise OutcomeUnknown("the call before may still be under way")
        data = await self._client.call(write.merchant, returns.RETURNABLE, {"id": _order(write)})
        there = _read(UnitsOutsideReturns, data.get("returnableFulfillments"))
        lines = there.choose(write.update.units, storefront_keys.return_note(write.update.return_id))
        if lines is None and not write.sent_it:
            return Shown(reason="the shop's order has other lines")
        if lines is None:
            return NotShown(reason="the shop has not shipped the units, or they are in another return there")
        given = {"returnInput": {"orderId": _order(write), "returnLineItems": lines}}
        return await self._change(write, "returnCreate", returns.CREATE, given, sending)

    async def _process(
        self, write: ShopWrite, found: ShownReturn | None, sending: BeforeSending
    ) -> Shown | NotShown:
        """Goods have arrived. Where Shopify pays, they are processed together with the money."""
        if found is None or found.status != "OPEN":
            return _NO_RETURN
        if write.pays:
            return Shown(reference=found.id, reason="the shop processes the units when it pays them back")
        lines = found.to_process(_not_processed(found, write.update.units), are_here=True)
        if not lines:
            return Shown(reference=found.id)
        given = {"input": {"returnId": found.id, "returnLineItems": lines, "notifyCustomer": False}}
        return await self._change(write, "returnProcess", returns.PROCESS, given, sending)

    async def _close(
        self, write: ShopWrite, found: ShownReturn | None, sending: BeforeSending
    ) -> Shown | NotShown:
        """It ends, so that the shop's reports expect no more of it."""
        if found is None:
            return _NO_RETURN
        if found.status == "CLOSED":
            return Shown(reference=found.id)
        return await self._change(write, "returnClose", returns.CLOSE, {"id": found.id}, sending)

    async def _show_refund(self, write: ShopWrite, sending: BeforeSending) -> Shown | NotShown:
        update = write.update
        if update.paid_by == self.name:
            return Shown(reference=update.reference, reason="the shop itself paid it")
        if update.kind == "refund_failed":
            return Shown(reason="a shop cannot take a refund back")
        assert update.amount is not None, "a refund has its amount"
        return await record_refund(self._client, write, update.amount, sending)

    async def _change(
        self, write: ShopWrite, name: str, document: str, given: dict[str, Any], sending: BeforeSending
    ) -> Shown | NotShown:
        await sending(name)
        data = await self._client.call(write.merchant, document, given)
        changed = _read(ReturnChanged, data.get(name))
        if changed.user_errors:
            code = changed.user_errors[0].code or "refused"
            if code == "INTERNAL_ERROR":
                raise OutcomeUnknown(f"{name}: {code}")
            return NotShown(reason=f"{name}: {code}")
        if changed.returned is None:
            raise OutcomeUnknown("neither a return nor a refusal")
        return Shown(reference=changed.returned.id)


def _not_processed(found: ShownReturn, arrived: dict[str, int]) -> dict[str, int]:
    """What has arrived up to now and is not processed in the shop yet: so the same update twice processes it once."""
    left = dict(arrived)
    for line in found.return_line_items.nodes:
        left[line.line_id] = left.get(line.line_id, 0) - line.processed_quantity
    return {line: quantity for line, quantity in left.items() if quantity > 0}


def _order(write: ShopWrite) -> str:
    return gid("Order", write.order)


def _read(model: type[M], part: object) -> M:
    try:
        return model.model_validate(part)
    except ValidationError:
        raise OutcomeUnknown("an answer that cannot be read") from None
