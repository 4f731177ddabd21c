"""New goods that were requested and are not paid for any more: the shop takes them back, and a person is asked to stop them."""

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
from domain.payments.disputes.holds import is_disputed, lost_since
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


def stop_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The question whether new goods can be stopped whose money is with a bank, or of which some units were paid back.

    Each part opens it at most once, and one more time after a lost dispute. Without a reason the question is settled.
    """
    for case, _, part in _parts(state):
        tenders = case.exchange_tenders
        losses = [lost_since(state, tender) for tender in tenders]
        lost_at = max((at for at in losses if at is not None and at >= part.requested_at), default=None)
        held = any(is_disputed(state, tender) for tender in tenders)
        concerns = bool(held or lost_at or paid_back_unsent(state, part)) and _may_be_stopped(state, part)
        is_open = state.has_open("exchange_to_stop", _sending(case, part))
        news = part.stop_question_at is None or (lost_at is not None and lost_at > part.stop_question_at)
        if concerns != is_open and (is_open or news):
            question = QuestionStop(return_id=case.return_id, part=part.part, opens=concerns)
            yield ScheduledAction(
                at=case.opened_at, owner="system", action=question, reason="goods_not_paid_for"
            )


def _may_be_stopped(state: JourneyState, part: ExchangePart) -> bool:
    """Whether units of it are in no parcel that has left the shop."""
    gone = units_in(parcel.units for parcel in state.parcels if parcel.has_left)
    return not units_in([part.units]) <= gone


class QuestionStop(Change):
    """Open the question whether the goods can be stopped; or, where it has no reason any more, settle it."""

    kind: ClassVar = "question_stop"
    return_id: str
    part: int
    opens: bool

    def apply(self, state: JourneyState, now: datetime) -> None:
        case, part = find_part(state, self.return_id, self.part)
        if self.opens:
            part.stop_question_at = now
            state.open_question("exchange_to_stop", _sending(case, part), now)
        else:
            state.settle_question("exchange_to_stop", _sending(case, part))


def paid_back_unsent(state: JourneyState, part: ExchangePart) -> Units:
    """Units of the part that were cancelled or paid back otherwise, and that are in no parcel and on no return."""
    paid = state.refunded_without_return() | state.externally_refunded_units()
    left = units_in(parcel.units for parcel in state.parcels if not parcel.void)
    left |= units_in([*state.shared_units.values(), *(case.units for case in state.returns)])
    return units_in([part.units]) & (paid | units_in([state.removed_units])) - left


class StopPart(Change):
    """Have the shop take the goods back into its stock. What they were worth has its settlement already.

    Its fulfilment may be at work on them, so the merchant is asked to stop that.
    """

    kind: ClassVar = "stop_part"
    return_id: str
    part: int

    def apply(self, state: JourneyState, now: datetime) -> None:
        case, part = find_part(state, self.return_id, self.part)
        part.status, part.reason = "rejected", "paid_back"
        state.audit(now, SYSTEM, "exchange_stopped", case.return_id, part=part.part)
        state.settle_question("exchange_unanswered", _sending(case, part))
        state.open_question("exchange_to_stop", _sending(case, part), now)
        exchanges.release_part(case, part, now)
        exchange = case.exchange
        if exchange is None or exchange.over or exchanges.unsettled(state, case):
            return
        if all(one.status == "rejected" for one in exchange.parts):
            exchanges.cancel(state, case, now)


def find_part(state: JourneyState, return_id: str, number: int) -> tuple[ReturnCase, ExchangePart]:
    """The return and the part of its exchange with that number."""
    case = state.require_case(return_id)
    parts = case.exchange.parts if case.exchange else []
    return case, next(one for one in parts if one.part == number)


def _parts(state: JourneyState) -> Iterator[tuple[ReturnCase, Exchange, ExchangePart]]:
    """The parts that are to leave, or have left."""
    for case in state.returns:
        for part in case.exchange.parts if case.exchange else ():
            if case.exchange and part.status != "rejected":
                yield case, case.exchange, part


def _sending(case: ReturnCase, part: ExchangePart) -> str:
    return exchange_keys.sending(case.return_id, part.part)
