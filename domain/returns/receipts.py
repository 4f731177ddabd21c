"""One receipt of a warehouse: announced units are taken in, and all other goods become a case for a person."""

from collections.abc import Sequence
from datetime import datetime

from domain.actors import Actor
from domain.model.attention import Owner
from domain.model.received_goods import ReceivedLine, UnexpectedGoods, add_goods
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.units import UnitsByLine


class Receipt:
    """Enters the goods of one receipt in a return."""

    def __init__(self, state: JourneyState, case: ReturnCase, actor: Actor, now: datetime) -> None:
        self._state, self._case, self._actor, self._now = state, case, actor, now

    def record(self, lines: Sequence[ReceivedLine]) -> None:
        """Enter all lines, each as far as it was announced."""
        units = sum(line.quantity for line in lines)
        if units and self._case.received_at is None:
            self._case.received_at = self._now
        self._state.audit(self._now, self._actor, "goods_received", self._case.return_id, units=units)
        unannounced = [line for line in lines if line.quantity and self._record_line(line)]
        if unannounced or not self._case.live:
            self._open_question(unannounced)

    def _record_line(self, line: ReceivedLine) -> bool:
        """Take in what was announced of the line. True when more arrived.

        An announced unit in another condition waits for a decision.
        """
        expected = self._case.missing.get(line.line_id or "", [])[: line.quantity]
        good = line.condition == "good"
        _add(self._case.received if good else self._case.disputed, line.line_id or "", expected)
        if not good and expected:
            self._keep(line, len(expected))
            self._state.open_question("goods_condition", self._case.return_id, self._now)
        beyond = line.quantity - len(expected)
        if beyond:
            self._keep(line, beyond)
        return beyond > 0

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
