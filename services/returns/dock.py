"""The dock: units are received one by one or in batches, each with its own result, whatever return they are of."""

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from domain import keys
from domain.model.received_goods import Disposition, ReceivedLine, UnitReceipt
from domain.reasons import CommandResult, Reason
from domain.returns.commands.decide_disposition import DecideDisposition, DisposedGoods
from services.commands import CommandContext
from services.journeys import JourneyUnavailable
from services.per_order_limiter import OrderBusy
from services.returns.changes import ReturnChanges
from services.returns.reader import FoundReturn, ReturnReader
from services.returns.unit_results import (
    ScannedUnit,
    UnitResult,
    kept_result,
    same_goods,
    same_unit,
    unchanged,
    unit_result,
)
from services.returns.unknown_goods import UnknownGoodsService, UnknownGoodsView
from store.orders.unknown_goods import GoodsClosing

__all__ = ["ClosingProblem", "Dock", "ScannedUnit", "UnitResult", "UnknownGoodsDecision"]

ClosingProblem = Literal["no_return", "taken", "name_used"]
"""Why a case stays open: no return has that name, another return is to receive the goods, or another unit has their name."""
_AT_ONCE = 8  # returns of one batch
T = TypeVar("T")


@dataclass(frozen=True)
class UnknownGoodsDecision:
    """What a person decides about goods of no return.

    reference: what names the return that they are of, with the line of the order if known; else empty.
    """

    note: str
    reference: str = ""
    line_id: str | None = None
    disposition: Disposition | None = None


@dataclass(frozen=True)
class Dock:
    """The use cases of a dock. Nothing that is there is refused: what is of no return is a case for a person."""

    reader: ReturnReader
    changes: ReturnChanges
    unknown: UnknownGoodsService

    async def find(self, merchant: str, reference: str, receipt: str = "") -> FoundReturn | None:
        """The return of that id, drop-off code or number; of an order the one with that receipt, else the one that is open."""
        return (await self._find(merchant, reference, [receipt]))[receipt]

    async def _find(
        self, merchant: str, reference: str, receipts: Collection[str]
    ) -> dict[str, FoundReturn | None]:
        """The return of each receipt that has this reference."""
        if not reference:
            return dict.fromkeys(receipts)
        named = (
            await self.reader.find(merchant, reference)
            or await self.reader.find_by_code(merchant, reference)
            or await self.reader.find_by_number(merchant, reference)
        )
        if named is not None:
            return dict.fromkeys(receipts, named)
        return await self.reader.find_by_order(merchant, reference, receipts)

    async def receive(self, context: CommandContext, units: Sequence[ScannedUnit]) -> list[UnitResult]:
        """A result for each, in their order. The same units again have the same results, and no second effect."""
        kept = await self.unknown.kept(context.merchant, [unit.line.receipt or "" for unit in units])
        results = {
            unit.line.receipt or "": kept_result(row)
            for unit in units
            if (row := kept.get(unit.line.receipt or "")) and same_goods(row, unit)
        }
        fresh = [unit for unit in units if unit.line.receipt not in results]
        at_once = asyncio.Semaphore(_AT_ONCE)
        groups = await self._by_return(context.merchant, fresh, at_once)
        work = (_within(at_once, self._receive(context, found, group)) for found, group in groups)
        for done in await asyncio.gather(*work):
            results.update(done)
        return [results[unit.line.receipt or ""] for unit in units]

    async def _by_return(
        self, merchant: str, units: Sequence[ScannedUnit], at_once: asyncio.Semaphore
    ) -> list[tuple[FoundReturn | None, list[ScannedUnit]]]:
        """The units of each return, and those of none."""
        names: dict[str, list[str]] = {}
        for unit in units:
            names.setdefault(unit.reference, []).append(unit.line.receipt or "")
        found = await asyncio.gather(
            *(_within(at_once, self._find(merchant, *named)) for named in names.items())
        )
        returns = {receipt: case for one in found for receipt, case in one.items()}
        groups: dict[str, tuple[FoundReturn | None, list[ScannedUnit]]] = {}
        for unit in units:
            case = returns[unit.line.receipt or ""]
            groups.setdefault(case.return_id if case else "", (case, []))[1].append(unit)
        return [*groups.values()]

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
            return unchanged(found, lines, "busy")
        if result.verdict == "refused":
            return unchanged(found, lines, "refused", result.reasons)
        known = {one.receipt: one for one in await self._receipts(found)}
        return {line.receipt or "": unit_result(found, line, known.get(line.receipt)) for line in lines}

    async def _receipts(self, found: FoundReturn) -> list[UnitReceipt]:
        case = (await self.reader.orders.state(found.order)).state.require_case(found.return_id)
        return case.receipts

    async def keep(self, context: CommandContext, reference: str, line: ReceivedLine) -> UnitResult:
        """Keep goods of no return that we know, as a case for a person."""
        row = await self.unknown.keep(context.merchant, context.actor, reference, line)
        kept = kept_result(row)
        same = same_goods(row, ScannedUnit(reference, line))
        return kept if same else kept.model_copy(update={"result": "name_used"})

    async def dispose(
        self, context: CommandContext, found: FoundReturn, goods: Sequence[DisposedGoods]
    ) -> CommandResult:
        """Decide what becomes of received goods: all of them or, with every reason, none."""
        command = DecideDisposition(**context.envelope(), return_id=found.return_id, goods=tuple(goods))
        return await self.changes.commands.execute(context, found.order, command)

    async def close_unknown(
        self, context: CommandContext, id: str, decided: UnknownGoodsDecision
    ) -> UnknownGoodsView | CommandResult | ClosingProblem | None:
        """Close a case: the return that was found receives the goods first. None without an open case of that id.

        A refusal of that receipt is the result, and the case stays open. Raises OrderBusy and JourneyUnavailable: the same
        decision again ends what was begun.
        """
        view = await self.unknown.find(context.merchant, id)
        if view is None or view.closed_at is not None:
            return None
        if decided.reference:
            return await self._close_with_return(context, view, decided)
        closing = GoodsClosing(
            context.actor, decided.note, context.business_now, disposition=decided.disposition or ""
        )
        return await self.unknown.close(context.merchant, id, closing)

    async def _close_with_return(
        self, context: CommandContext, view: UnknownGoodsView, decided: UnknownGoodsDecision
    ) -> UnknownGoodsView | CommandResult | ClosingProblem | None:
        """The case names its return before that receives the goods, so that no other one does."""
        found = await self.find(context.merchant, decided.reference, view.receipt)
        if found is None:
            return "no_return"
        claim = await self.unknown.claim(context.merchant, view.id, found.return_id)
        if claim is None or claim == "taken":
            return claim
        problem = await self._receive_found(context, found, _line_of(view, decided))
        if problem is None:
            closing = GoodsClosing(
                context.actor, decided.note, context.business_now, return_id=found.return_id
            )
            closed = await self.unknown.close(context.merchant, view.id, closing)
            return closed or await self.unknown.find(context.merchant, view.id)  # another click was first
        if claim == "new" and not _waits_for_approval(problem):
            await self.unknown.release(context.merchant, view.id, found.return_id)
        if problem == "busy":
            raise OrderBusy
        return problem

    async def _receive_found(
        self, context: CommandContext, found: FoundReturn, line: ReceivedLine
    ) -> CommandResult | Literal["busy", "name_used"] | None:
        """Why the return has not received the goods; None where it has."""
        try:
            result = await self.changes.receive(_batch(context, found, [line]), found, [line])
        except OrderBusy:
            return "busy"
        if result.verdict == "refused":
            return result
        known = {one.receipt: one for one in await self._receipts(found)}.get(line.receipt)
        return None if known is None or same_unit(line, known) else "name_used"


async def _within(at_once: asyncio.Semaphore, work: Awaitable[T]) -> T:
    async with at_once:
        return await work


def _batch(context: CommandContext, found: FoundReturn, lines: Sequence[ReceivedLine]) -> CommandContext:
    """The command of these lines: a repeated batch is the same command, in whatever request."""
    scanned = "\n".join(line.model_dump_json() for line in lines)
    return replace(context, command_id=keys.dock_batch(context.merchant, found.return_id, scanned))


def _line_of(view: UnknownGoodsView, decided: UnknownGoodsDecision) -> ReceivedLine:
    return ReceivedLine(
        line_id=decided.line_id, sku=view.sku, quantity=1, condition=view.condition, receipt=view.receipt,
        grade=view.grade, disposition=decided.disposition, place=view.place,
    )  # fmt: skip


def _waits_for_approval(problem: CommandResult | str) -> bool:
    """Whether a second person was asked: once they agree, the return receives the goods."""
    return isinstance(problem, CommandResult) and any(
        one.code is Reason.APPROVAL_NEEDED for one in problem.reasons
    )
