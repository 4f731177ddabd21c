"""New goods that were requested and are paid back before they leave: the shop takes them back into its stock."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain import exchange_keys
from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.exchange import Exchange, ExchangePart
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.returns import exchanges
from domain.units import Units, units_in


def exchange_stops_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Parts of exchanges whose goods were paid back, all of them, before any left."""
    for case, exchange, part in _parts(state):
        asked = any(step.key == _sending(case, part) for step in exchange.open_steps)
        if asked:
            continue  # else the request could take them out of the stock after they were given back
        if paid_back_unsent(state, part) == units_in([part.units]):
            stop = StopPart(return_id=case.return_id, part=part.part)
            yield ScheduledAction(at=case.opened_at, owner="system", action=stop, reason="goods_paid_back")


def paid_back_unsent(state: JourneyState, part: ExchangePart) -> Units:
    """Units of the part that were cancelled or paid back otherwise, and that are in no parcel and on no return."""
    paid = state.refunded_without_return() | state.externally_refunded_units()
    left = units_in(parcel.units for parcel in state.parcels if not parcel.void)
    left |= units_in([*state.shared_units.values(), *(case.units for case in state.returns)])
    return units_in([part.units]) & (paid | units_in([state.removed_units])) - left


class StopPart(Change):
    """Have the shop take the goods back into its stock. What they were worth has its settlement already."""

    kind: ClassVar = "stop_part"
    return_id: str
    part: int

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        exchange = case.exchange
        assert exchange is not None, f"return {self.return_id} has no exchange"
        part = next(one for one in exchange.parts if one.part == self.part)
        part.status, part.reason = "rejected", "paid_back"
        state.audit(now, SYSTEM, "exchange_stopped", case.return_id, part=part.part)
        state.settle_question("exchange_unanswered", _sending(case, part))
        exchanges.release_part(case, part, now)
        none_left = all(one.status == "rejected" for one in exchange.parts)
        if none_left and not exchange.over and not exchanges.unsettled(state, case):
            exchanges.cancel(state, case, now)


def _parts(state: JourneyState) -> Iterator[tuple[ReturnCase, Exchange, ExchangePart]]:
    """The parts that are to leave, or have left."""
    for case in state.returns:
        for part in case.exchange.parts if case.exchange else ():
            if case.exchange and part.status != "rejected":
                yield case, case.exchange, part


def _sending(case: ReturnCase, part: ExchangePart) -> str:
    return exchange_keys.sending(case.return_id, part.part)
