"""Parcels that came to the warehouse and that the dock did not scan: after some days the money leaves by itself (WHS-5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.return_case import ArrivedParcel, ReturnCase
from domain.model.state import JourneyState


def unscanned_parcel(case: ReturnCase) -> ArrivedParcel | None:
    """The first parcel that came after the last receipt, while units are missing; None for none.

    A receipt after it shows that it was opened: what is missing then was not in it.
    """
    if not case.arrivals or not case.live or not case.missing:
        return None
    seen = max((one.received_at for one in case.receipts), default=None)
    asked = case.unscanned_at
    after = [one for one in (seen, asked) if one is not None]
    waiting = (one for one in case.arrivals if all(one.at > moment for moment in after))
    return min(waiting, key=lambda one: one.at, default=None)


def unscanned_decisions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Returns to decide by themselves: a parcel lies at the dock, and the warehouse has not scanned what is in it."""
    for case in state.returns:
        parcel = unscanned_parcel(case)
        if parcel is not None:
            yield ScheduledAction(
                at=parcel.at + timedelta(days=state.terms.policy.unscanned_days),
                owner="warehouse",
                action=DecideUnscanned(return_id=case.return_id),
                reason="goods_unscanned",
            )


class DecideUnscanned(Change):
    """Pay as if the goods were there as announced, and ask the warehouse for them: the customer does not wait for the dock."""

    kind: ClassVar = "decide_unscanned"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        if unscanned_parcel(case) is None:
            return  # an action that was due at the same time has ended the return
        case.unscanned_at = now
        case.released_at = case.released_at or now
        state.audit(now, SYSTEM, "goods_unscanned", case.return_id)
        state.open_question("goods_unscanned", case.return_id, now)
