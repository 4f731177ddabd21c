"""One receipt of a warehouse: announced units are taken in, and all other goods become a case for a person."""

from collections.abc import Sequence
from datetime import datetime

from domain import notice_keys
from domain.actors import Actor
from domain.model.attention import Owner
from domain.model.received_goods import (
    MAX_RECEIPTS,
    GoodsCondition,
    ReceiptResult,
    ReceivedLine,
    UnexpectedGoods,
    UnitReceipt,
    add_goods,
)
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.units import UnitsByLine

_FAULTS: dict[GoodsCondition, ReceiptResult] = {"wrong_item": "wrong", "empty": "empty"}


class Receipt:
    """Enters the goods of one receipt in a return."""

    def __init__(self, state: JourneyState, case: ReturnCase, actor: Actor, now: datetime) -> None:
        self._state, self._case, self._actor, self._now = state, case, actor, now

    def record(self, lines: Sequence[ReceivedLine]) -> None:
        """Enter all lines, each as far as it was announced. Lines whose names are known change nothing."""
        fresh = [self._with_line(line) for line in self._fresh(lines)]
        if lines and not fresh:
            return
        units = sum(line.quantity for line in fresh)
        if units and self._case.received_at is None:
            self._case.received_at = self._now
        self._state.audit(self._now, self._actor, "goods_received", self._case.return_id, units=units)
        unannounced = [line for line in fresh if self._record_line(line)]
        if unannounced or not self._case.live:
            self._open_question(unannounced)

    def _fresh(self, lines: Sequence[ReceivedLine]) -> list[ReceivedLine]:
        known = {one.receipt for one in self._case.receipts}
        fresh = []
        for line in lines:
            if line.receipt is None or line.receipt not in known:
                fresh.append(line)
            known.add(line.receipt)
        return fresh

    def _with_line(self, line: ReceivedLine) -> ReceivedLine:
        """The line of the return with that article, those first of which units are missing: a dock scans articles."""
        if line.line_id is not None or line.sku is None:
            return line
        of_article = [one.line_id for one in self._state.order.lines if one.sku == line.sku]
        fitting = [*(one for one in of_article if one in self._case.missing)]
        fitting += [one for one in of_article if one in self._case.units]
        return line.model_copy(update={"line_id": fitting[0]}) if fitting else line

    def _record_line(self, line: ReceivedLine) -> bool:
        """Take in what was announced of the line. True when more arrived.

        An announced unit in another condition waits for a decision. So does one whose name cannot be kept any more: sent again
        it would be another unit.
        """
        if line.quantity and line.receipt is not None and self._is_full():
            self._keep(line, line.quantity)
            return True
        if not line.quantity:
            if line.receipt is not None:
                self._list(line, 0, "short")
            return False
        expected = self._case.missing.get(line.line_id or "", [])[: line.quantity]
        good = line.condition == "good"
        _add(self._case.received if good else self._case.disputed, line.line_id or "", expected)
        if expected:
            self._list(line, len(expected), "expected" if good else _FAULTS.get(line.condition, "damaged"))
        if not good and expected:
            self._keep(line, len(expected))
            self._dispute()
        beyond = line.quantity - len(expected)
        if beyond:
            self._list(line, beyond, self._beyond(line))
            self._keep(line, beyond)
        return beyond > 0

    def _dispute(self) -> None:
        """Ask a person about the goods, and tell the customer until when they may answer; once for each such question."""
        asked = self._state.has_open("goods_condition", self._case.return_id)
        self._state.open_question("goods_condition", self._case.return_id, self._now)
        if not asked and self._case.live:
            key = notice_keys.notice(self._case.return_id, "goods_disputed", len(self._case.receipts))
            self._state.notify(self._now, key, "goods_disputed", self._case.return_id)

    def _beyond(self, line: ReceivedLine) -> ReceiptResult:
        """How goods are called that were not announced."""
        if line.condition == "empty":
            return "empty"
        if line.line_id in self._case.units:
            return "over"
        has_name = line.sku is not None or self._state.order.line(line.line_id or "") is not None
        return "wrong" if has_name else "unknown"

    def _list(self, line: ReceivedLine, quantity: int, result: ReceiptResult) -> None:
        """Keep the receipt with its name. Only what was announced and is good may have its disposition already."""
        if self._is_full():
            return
        ordered = self._state.order.line(line.line_id or "")
        disposition = line.disposition if result == "expected" else None
        receipt = UnitReceipt(
            number=len(self._case.receipts) + 1,
            receipt=line.receipt,
            line_id=line.line_id,
            sku=line.sku if ordered is None or result == "wrong" else ordered.sku,
            quantity=quantity,
            result=result,
            condition=line.condition,
            grade=line.grade,
            disposition=disposition,
            place=line.place,
            received_at=self._now,
            disposed_at=self._now if disposition else None,
        )
        self._case.receipts.append(receipt)

    def _is_full(self) -> bool:
        """Whether no more names are kept."""
        return len(self._case.receipts) >= MAX_RECEIPTS

    def _open_question(self, unannounced: list[ReceivedLine]) -> None:
        """The question goes to the warehouse, which counts again, if only the number is wrong; else to an agent."""
        miscounted = all(
            line.line_id in self._case.units and line.condition == "good" for line in unannounced
        )
        owner: Owner = "warehouse" if miscounted and self._case.live else "agent"
        self._state.open_question("unexpected_goods", self._case.return_id, self._now, owner=owner)

    def _keep(self, line: ReceivedLine, quantity: int) -> None:
        goods = UnexpectedGoods(
            line_id=line.line_id,
            sku=line.sku,
            quantity=quantity,
            condition=line.condition,
            received_at=self._now,
        )
        self._case.unexpected = add_goods(self._case.unexpected, goods)
        details = goods.model_dump(exclude={"received_at"}, exclude_none=True)
        self._state.audit(self._now, self._actor, "unexpected_goods", self._case.return_id, **details)


def _add(units: UnitsByLine, line_id: str, more: list[int]) -> None:
    if more:
        units.setdefault(line_id, []).extend(more)


def accept_goods(state: JourneyState, case: ReturnCase) -> None:
    """Take in units that arrived in another condition than good: they are paid like the others."""
    for line_id, units in case.disputed.items():
        _add(case.received, line_id, units)
    case.disputed = {}
    state.settle_question("goods_condition", case.return_id)
