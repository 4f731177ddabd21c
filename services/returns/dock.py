"""The dock: units are received one by one or in batches, each with its own result, whatever return they are of."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.model.received_goods import Disposition, ReceiptResult, ReceivedLine, UnitReceipt
from domain.reasons import CommandResult, Violation
from domain.returns.commands.decide_disposition import DecideDisposition, DisposedGoods
from services.commands import CommandContext
from services.journeys import JourneyUnavailable
from services.per_order_limiter import OrderBusy
from services.returns.changes import ReturnChanges
from services.returns.reader import FoundReturn, ReturnReader
from services.returns.unknown_goods import UnknownGoodsService, UnknownGoodsView
from store.orders.unknown_goods import GoodsClosing

_AT_ONCE = 8  # returns of one batch
T = TypeVar("T")


@dataclass(frozen=True)
class ScannedUnit:
    """One unit at the dock. reference: what names its return; empty where there is nothing to read."""

    reference: str
    line: ReceivedLine


class UnitResult(Frozen):
    """What became of one unit."""

    receipt: str
    """The name that the warehouse gave it."""
    result: Literal[ReceiptResult, "name_used", "counted", "busy", "refused"]
    """`name_used`: another unit of the return has that name, and nothing has changed. `counted`: the return has more receipts
    than are kept by name. `busy`: nothing has changed; send it again. `refused`: nothing has changed, `reasons` says why: money
    would leave that is above your limit. A result that was given before is given again."""
    reasons: tuple[Violation, ...] = ()
    """Why it is refused."""
    return_id: str | None = None
    """Our id of the return; null where the unit is of none that we know."""
    line_id: str | None = None
    """The order's line; null where none is known."""
    number: int | None = None
    """The receipt's number in the return."""
    disposition: Disposition | None = None
    """What becomes of it; null while that is not decided."""
    case: str | None = None
    """The id of its case among the goods of no return (`GET /v1/unknown-goods`)."""


@dataclass(frozen=True)
class UnknownGoodsDecision:
    """What a person decides about goods of no return.

    found: the return that they are of, with the line of the order if known; else None.
    """

    note: str
    found: FoundReturn | None = None
    line_id: str | None = None
    disposition: Disposition | None = None


@dataclass(frozen=True)
class Dock:
    """The use cases of a dock. Nothing that is there is refused: what is of no return is a case for a person."""

    reader: ReturnReader
    changes: ReturnChanges
    unknown: UnknownGoodsService

    async def find(self, merchant: str, reference: str) -> FoundReturn | None:
        """The return of that id, drop-off code or number, or the one open return of that order."""
        if not reference:
            return None
        return (
            await self.reader.find(merchant, reference)
            or await self.reader.find_by_code(merchant, reference)
            or await self.reader.find_by_number(merchant, reference)
            or await self.reader.find_open_of(merchant, reference)
        )

    async def receive(self, context: CommandContext, units: Sequence[ScannedUnit]) -> list[UnitResult]:
        """A result for each, in their order. The same units again have the same results, and no second effect."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def within(work: Awaitable[T]) -> T:
            async with at_once:
                return await work

        names = [*dict.fromkeys(unit.reference for unit in units)]
        found = await asyncio.gather(*(within(self.find(context.merchant, name)) for name in names))
        returns = dict(zip(names, found, strict=True))
        groups: dict[str, list[ScannedUnit]] = {}
        for unit in units:
            case = returns[unit.reference]
            groups.setdefault(case.return_id if case else "", []).append(unit)
        done = await asyncio.gather(
            *(within(self._receive(context, returns[group[0].reference], group)) for group in groups.values())
        )
        results = {name: result for group in done for name, result in group.items()}
        return [results[unit.line.receipt or ""] for unit in units]

    async def _receive(
        self, context: CommandContext, found: FoundReturn | None, units: Sequence[ScannedUnit]
    ) -> dict[str, UnitResult]:
        """The results of units of one return, or of none, by the names of their receipts."""
        if found is None:
            kept = [await self.keep(context, unit.reference, unit.line) for unit in units]
            return {one.receipt: one for one in kept}
        lines = [unit.line for unit in units]
        try:
            result = await self.changes.receive(_batch(context, found, lines), found, lines)
        except (OrderBusy, JourneyUnavailable):
            return _unchanged(found, lines, "busy")
        if result.verdict == "refused":
            return _unchanged(found, lines, "refused", result.reasons)
        known = {one.receipt: one for one in await self._receipts(found)}
        return {line.receipt or "": _result(found, line, known.get(line.receipt)) for line in lines}

    async def _receipts(self, found: FoundReturn) -> list[UnitReceipt]:
        case = (await self.reader.orders.state(found.order)).state.require_case(found.return_id)
        return case.receipts

    async def keep(self, context: CommandContext, reference: str, line: ReceivedLine) -> UnitResult:
        """Keep goods of no return that we know, as a case for a person."""
        row = await self.unknown.keep(context.merchant, context.actor, reference, line)
        same = (row.reference, row.sku, row.condition) == (reference, line.sku or "", line.condition)
        return UnitResult(
            receipt=row.receipt,
            result="unknown" if same else "name_used",
            return_id=row.return_id or None,
            case=row.id,
        )

    async def dispose(
        self, context: CommandContext, found: FoundReturn, goods: Sequence[DisposedGoods]
    ) -> CommandResult:
        """Decide what becomes of received goods: all of them or, with every reason, none."""
        command = DecideDisposition(**context.envelope(), return_id=found.return_id, goods=tuple(goods))
        return await self.changes.commands.execute(context, found.order, command)

    async def close_unknown(
        self, context: CommandContext, id: str, decided: UnknownGoodsDecision
    ) -> UnknownGoodsView | CommandResult | None:
        """Close a case: the return that was found receives the goods first. None without an open case of that id.

        A refusal of that receipt is the result, and the case stays open. Raises OrderBusy and JourneyUnavailable; nothing has
        changed then.
        """
        view = await self.unknown.find(context.merchant, id)
        if view is None or view.closed_at is not None:
            return None
        if decided.found is not None:
            line = ReceivedLine(
                line_id=decided.line_id, sku=view.sku, quantity=1, condition=view.condition, receipt=view.receipt,
                grade=view.grade, disposition=decided.disposition, place=view.place,
            )  # fmt: skip
            result = await self.changes.receive(_batch(context, decided.found, [line]), decided.found, [line])
            if result.verdict == "refused":
                return result
        closing = _closing(context.actor, context.business_now, decided)
        return await self.unknown.close(context.merchant, id, closing)


def _batch(context: CommandContext, found: FoundReturn, lines: Sequence[ReceivedLine]) -> CommandContext:
    """The command of these lines: a repeated batch is the same command, in whatever request."""
    scanned = "\n".join(line.model_dump_json() for line in lines)
    return replace(context, command_id=keys.dock_batch(context.merchant, found.return_id, scanned))


def _unchanged(
    found: FoundReturn,
    lines: Sequence[ReceivedLine],
    result: Literal["busy", "refused"],
    reasons: tuple[Violation, ...] = (),
) -> dict[str, UnitResult]:
    """The same result for all units of a return: none of them was received."""
    return {
        (name := line.receipt or ""): UnitResult(
            receipt=name, result=result, reasons=reasons, return_id=found.return_id
        )
        for line in lines
    }


def _result(found: FoundReturn, line: ReceivedLine, receipt: UnitReceipt | None) -> UnitResult:
    name = line.receipt or ""
    if receipt is None:
        return UnitResult(receipt=name, result="counted", return_id=found.return_id)
    return UnitResult(
        receipt=name,
        result=receipt.result if _same(line, receipt) else "name_used",
        return_id=found.return_id,
        line_id=receipt.line_id,
        number=receipt.number,
        disposition=receipt.disposition,
    )


def _same(line: ReceivedLine, receipt: UnitReceipt) -> bool:
    """Whether both are about one unit. Its grade, disposition and place may have changed since."""
    lines = line.line_id in (None, receipt.line_id)
    articles = line.line_id is not None or line.sku in (None, receipt.sku)
    return lines and articles and line.condition == receipt.condition and line.quantity == receipt.quantity


def _closing(actor: Actor, at: datetime, decided: UnknownGoodsDecision) -> GoodsClosing:
    if decided.found is None:
        return GoodsClosing(actor, decided.note, at, disposition=decided.disposition or "")
    return GoodsClosing(actor, decided.note, at, return_id=decided.found.return_id)
