"""Command: a drop-off partner scanned the customer's code and took the goods."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.clock import Instant
from domain.model.command import Command
from domain.model.return_case import DropOff, ReturnCase
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted

_REFUSALS = {"used": Reason.CODE_USED, "expired": Reason.CODE_EXPIRED, "revoked": Reason.CODE_REVOKED}


class DropOffGoods(Command):
    """Record that the partner took the goods of a return at `location_id`.

    The same nonce at the same location by the same partner's key is the same scan (DRP-2), and changes nothing.
    """

    return_id: str
    location_id: Annotated[str, Field(max_length=64)]
    nonce: Annotated[str, Field(max_length=64)]
    scanned_at: Instant | None = None

    def _same(self, case: ReturnCase) -> bool:
        done = case.dropped_off
        this = (self.actor.name, self.location_id, self.nonce)
        return done is not None and (done.key, done.location_id, done.nonce) == this

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        if self._same(case):
            return []
        if case.decision == "in_review":
            return [Violation(code=Reason.RETURN_IN_REVIEW)]
        code_state = case.code_state(now)
        return [] if code_state == "valid" else [Violation(code=_REFUSALS[code_state])]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.case(self.return_id)
        assert case is not None
        if not self._same(case):
            at = max(case.opened_at, min(self.scanned_at or now, now))
            case.dropped_off = DropOff(
                at=at, location_id=self.location_id, nonce=self.nonce, key=self.actor.name
            )
            state.audit(now, self.actor, "goods_dropped_off", case.return_id, location_id=self.location_id)
        return accepted(case.return_id)
