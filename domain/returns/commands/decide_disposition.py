"""Command: the warehouse decides what becomes of goods that it received."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.model.command import Command
from domain.model.order import Identifier
from domain.model.received_goods import Disposition, Grade, UnitReceipt
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted


class DisposedGoods(Frozen):
    """What becomes of the goods of one receipt."""

    number: Annotated[int, Field(strict=True, ge=1, le=1000)]
    """The receipt's number in `receipts` of the return."""
    disposition: Disposition
    """What becomes of them. After `restock` nothing else: the stock has them."""
    grade: Grade | None = None
    """How they look; as before if left out."""
    place: Identifier | None = None
    """Where they are, as `restock` puts them into stock there; as before if left out."""


class DecideDisposition(Command):
    """Decide it for some receipts, all or none of them. The same decision again changes nothing.

    Goods go back to stock once: the stock was counted up by then, so another decision would count them twice.
    """

    return_id: str
    goods: tuple[DisposedGoods, ...]

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        found = (_violation(case, one) for one in self.goods)
        return [one for one in found if one is not None]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.require_case(self.return_id)
        for one in self.goods:
            receipt = case.receipts[one.number - 1]
            if not _differs(receipt, one):
                continue
            case.receipts[one.number - 1] = receipt.model_copy(
                update={
                    "disposition": one.disposition,
                    "grade": one.grade or receipt.grade,
                    "place": one.place or receipt.place,
                    "disposed_at": now,
                }
            )
            state.audit(
                now, self.actor, "goods_disposed", case.return_id, receipt=one.number, disposition=one.disposition
            )  # fmt: skip
        return accepted(case.return_id)


def _violation(case: ReturnCase, one: DisposedGoods) -> Violation | None:
    if one.number > len(case.receipts):
        return Violation(code=Reason.RECEIPT_UNKNOWN, details={"receipt": one.number})
    receipt = case.receipts[one.number - 1]
    if receipt.disposition == "restock" and _differs(receipt, one):
        return Violation(code=Reason.ALREADY_RESTOCKED, details={"receipt": one.number})
    if one.disposition == "restock" and (receipt.sku is None or not receipt.quantity):
        return Violation(code=Reason.NOTHING_TO_RESTOCK, details={"receipt": one.number})
    return None


def _differs(receipt: UnitReceipt, one: DisposedGoods) -> bool:
    same = (one.disposition, one.grade or receipt.grade, one.place or receipt.place)
    return same != (receipt.disposition, receipt.grade, receipt.place)
