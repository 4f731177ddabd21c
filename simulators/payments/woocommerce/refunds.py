"""How the shop makes a refund: the order of work of `wc_create_refund`, which may stop between any two steps."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.payments.woocommerce import refusals
from simulators.payments.woocommerce.refund_items import negative_lines, sum_of_lines
from simulators.payments.woocommerce.refusals import Answer
from simulators.payments.woocommerce.schemas import FaultKind, ShopFault
from simulators.payments.woocommerce.store import WooStore

Body = dict[str, Any]
Run = Callable[..., Awaitable[Any]]
_WITHOUT_REFUNDS = {"cheque", "cod", "bacs"}  # these gateways pay nothing back by themselves


class Stopped(Exception):
    """The shop's program died; the caller gets no answer."""


class RefundMaker:
    """Makes refunds; each step is written on its own. changed: called with an order that was changed."""

    def __init__(self, store: WooStore, run: Run, changed: Callable[[int], Awaitable[None]]) -> None:
        self._store, self._run, self._changed = store, run, changed
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def make(self, order_id: int, asked: Body, fault: ShopFault | None) -> Answer | Body:
        """The refund's row, or the refusal. Raises Stopped."""
        kind = fault.kind if fault else None
        _stop(kind, "stop_before_check")
        settings = await self._run(self._store.settings)
        lock: AbstractAsyncContextManager[Any] = (
            self._locks[order_id] if settings.locks_orders else nullcontext()
        )
        async with lock:
            row = await self._checked(order_id, asked)
            if isinstance(row, Answer):
                return row
            await asyncio.sleep(settings.check_pause_seconds)
            await self._run(self._store.save_refund, row)
            _stop(kind, "stop_after_save")
            if asked.get("api_refund", True):
                if fault is not None and kind == "slow_gateway":
                    await asyncio.sleep(fault.seconds)
                refusal = await self._paid(row, kind)
                if refusal is not None:
                    await self._run(self._store.delete_refund, row["id"])
                    return refusal
                _stop(kind, "stop_after_gateway")
                row = {**row, "refunded_payment": True}
                await self._run(self._store.save_refund, row)
            _stop(kind, "stop_after_mark")
            await self._finish(order_id)
        row = {**row, "meta_data": await self._metas(asked)}
        await self._run(self._store.save_refund, row)
        _stop(kind, "stop_after_meta")
        if kind == "second_row":
            await self._second_row(row)
        return row

    async def _checked(self, order_id: int, asked: Body) -> Answer | Body:
        """The row that would be saved. An amount of zero passes."""
        order = await self._run(self._store.order, order_id)
        if order is None:
            return refusals.NO_PARENT
        try:
            amount = Decimal(str(asked["amount"])) if "amount" in asked else sum_of_lines(asked)
        except InvalidOperation:
            return refusals.invalid_parameter("amount")
        if not amount.is_finite():
            return refusals.invalid_parameter("amount")
        if amount < 0:
            return refusals.NEGATIVE
        if amount > await self._left(order):
            return refusals.cannot_create("Invalid refund amount.")
        decimals = (await self._run(self._store.settings)).decimals
        return {
            "id": await self._run(self._store.new_id),
            "parent": order_id,
            "created": (await self._run(self._store.now)).isoformat(),
            "amount": str(round(amount, decimals)),
            "reason": str(asked.get("reason") or ""),
            "refunded_by": 1,
            "refunded_payment": False,
            "restocked": bool(asked.get("api_restock", True)),
            "meta_data": [],
            **await negative_lines(order, asked, lambda: self._run(self._store.new_id)),
        }

    async def _left(self, order: Body) -> Decimal:
        rows = await self._run(self._store.refunds, order["id"])
        return Decimal(order["total"]) - sum((Decimal(row["amount"]) for row in rows), Decimal())

    async def _paid(self, row: Body, kind: FaultKind | None) -> Answer | None:
        """Have the gateway pay; the refusal where it says no."""
        method = (await self._run(self._store.order, row["parent"]))["payment_method"]
        if not method:
            return refusals.cannot_create("The payment gateway for this order does not exist.")
        if method in _WITHOUT_REFUNDS:
            return refusals.cannot_create(
                "The payment gateway for this order does not support automatic refunds."
            )
        if kind == "gateway_refuses":
            return refusals.cannot_create(
                "An error occurred while attempting to create the refund using the payment gateway API."
            )
        await self._run(self._store.pay, row["parent"], row["amount"], row["reason"])
        if kind == "gateway_timeout":
            return refusals.cannot_create("cURL error 28: Operation timed out after 70000 milliseconds")
        return None

    async def _finish(self, order_id: int) -> None:
        """The order is modified; when nothing is left its status is `refunded`."""
        order = await self._run(self._store.order, order_id)
        if await self._left(order) <= 0:
            order["status"] = "refunded"
        await self._run(self._store.save_order, order)
        await self._changed(order_id)

    async def _metas(self, asked: Body) -> list[Body]:
        given = [one for one in asked.get("meta_data") or [] if isinstance(one, dict)]
        return [
            {"id": await self._run(self._store.new_id), "key": one.get("key"), "value": one.get("value")}
            for one in given
        ]

    async def _second_row(self, row: Body) -> None:
        """A second row for the refund, as a gateway's plugin writes it when its own webhook comes first; without payment."""
        await self._run(
            self._store.save_refund,
            {
                **row,
                "id": await self._run(self._store.new_id),
                "reason": "Refunded by the payment provider",
                "refunded_payment": False,
                "meta_data": [],
                "line_items": [],
            },
        )

    async def refund_by_status(self, order: Body) -> None:
        """A row for the rest, without any payment: a person has set the status to `refunded`."""
        left = await self._left(order)
        if left > 0:
            row = {
                "id": await self._run(self._store.new_id),
                "parent": order["id"],
                "created": (await self._run(self._store.now)).isoformat(),
                "amount": str(left),
                "reason": "Order fully refunded.",
                "refunded_by": 1,
                "refunded_payment": False,
                "meta_data": [],
            }
            await self._run(self._store.save_refund, row)


def _stop(kind: FaultKind | None, here: FaultKind) -> None:
    if kind == here:
        raise Stopped
