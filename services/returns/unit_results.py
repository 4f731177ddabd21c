"""What becomes of one unit at a dock, and whether two scans are about the same unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.base import Frozen
from domain.model.received_goods import Disposition, ReceiptResult, ReceivedLine, UnitReceipt
from domain.reasons import Violation
from services.returns.reader import FoundReturn
from store.tables.all import UnknownGoodsRow


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
    """`name_used`: another unit of the return has that name, and nothing has changed. `counted`: the return keeps
    no more names; a person is asked about the unit, and nothing is paid for it by itself. `busy`: nothing has changed; send it
    again. `refused`: nothing has changed, `reasons` says why: money would leave that is above your limit. A result that was given
    before is given again."""
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


def unchanged(
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


def unit_result(found: FoundReturn, line: ReceivedLine, receipt: UnitReceipt | None) -> UnitResult:
    """What the return says of one unit: its receipt, or none if the return keeps no more names."""
    name = line.receipt or ""
    if receipt is None:
        return UnitResult(receipt=name, result="counted", return_id=found.return_id)
    return UnitResult(
        receipt=name,
        result=receipt.result if same_unit(line, receipt) else "name_used",
        return_id=found.return_id,
        line_id=receipt.line_id,
        number=receipt.number,
        disposition=receipt.disposition,
    )


def same_unit(line: ReceivedLine, receipt: UnitReceipt) -> bool:
    """Whether both are about one unit. Its grade, disposition and place may have changed since."""
    lines = line.line_id in (None, receipt.line_id)
    articles = line.line_id is not None or line.sku in (None, receipt.sku)
    return lines and articles and line.condition == receipt.condition and line.quantity == receipt.quantity


def kept_result(row: UnknownGoodsRow) -> UnitResult:
    """The result of goods that are a case of their own, whether it is open or closed."""
    return UnitResult(receipt=row.receipt, result="unknown", return_id=row.return_id or None, case=row.id)


def same_goods(row: UnknownGoodsRow, unit: ScannedUnit) -> bool:
    """Whether the case is about this unit."""
    kept = (row.reference, row.sku, row.condition)
    return kept == (unit.reference, unit.line.sku or "", unit.line.condition)
