"""Automatic steps of claims: one begins, gets smaller when goods arrive, and does its steps outside one after the other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.model.actions import Change, Effect, EffectRunner
from domain.model.claimable_units import unclaimed_units, unclaimed_units_of_parcel
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.payments.claw_backs import amounts, steps
from domain.units import units_in

WORK_TIMEOUT = timedelta(hours=1)  # then a step without a result is repeated under its key


def claw_backs_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Claims to begin: money of a return was paid and its goods did not come or were rejected, or a lost parcel arrived."""
    for case in state.returns:
        if unclaimed_units(state, case) is not None:
            action: Change = ClaimReturn(return_id=case.return_id)
            at = case.written_off_at or case.received_at or case.opened_at
            yield ScheduledAction(at=at, owner="system", action=action, reason="paid_without_goods")
    for parcel in state.parcels:
        if parcel.delivered_at is not None and unclaimed_units_of_parcel(state, parcel):
            action = ClaimParcel(parcel_id=parcel.parcel_id)
            at = parcel.delivered_at
            yield ScheduledAction(at=at, owner="system", action=action, reason="lost_parcel_arrived")


class ClaimReturn(Change):
    """Ask the money of a return back as far as its goods did not come, on one ground at a time."""

    kind: ClassVar = "claim_return"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        found = unclaimed_units(state, state.require_case(self.return_id))
        if found is None:
            return
        ground, units = found
        amount = amounts.owed_for(state, state.settlements_of(self.return_id), units, now)
        steps.begin(state, steps.Missed(ground, units, amount, return_id=self.return_id), now)


class ClaimParcel(Change):
    """Ask back what was paid or sent again for a parcel that was lost and has arrived after all."""

    kind: ClassVar = "claim_parcel"
    parcel_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        units = unclaimed_units_of_parcel(state, state.require_parcel(self.parcel_id))
        amount = amounts.owed_for_parcel(state, self.parcel_id, units, now)
        if units:
            steps.begin(state, steps.Missed("parcel_arrived", units, amount, parcel_id=self.parcel_id), now)


def reductions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Claims of which goods have arrived since, also after they were closed."""
    for claim in state.claw_backs:
        if units_in([amounts.still_without_goods(state, claim)]) != units_in([claim.units]):
            action = ReduceClaim(claim=claim.claim)
            yield ScheduledAction(
                at=claim.opened_at, owner="system", action=action, reason="claimed_goods_arrived"
            )


class ReduceClaim(Change):
    """Ask only for what is still missing."""

    kind: ClassVar = "reduce_claim"
    claim: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        claim = state.claw_back(self.claim)
        if claim is None:
            return
        units = amounts.still_without_goods(state, claim)
        owed = amounts.owed_for(state, state.settlements_of(claim.return_id), units, now)
        steps.reduce(state, claim, units, min(owed, claim.amount), now)


def claw_back_work_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The next step outside of each claim. One without a result is repeated."""
    for claim in state.claw_backs:
        if claim.work:
            work = claim.work[0]
            at = work.planned_at if work.sent_at is None else work.sent_at + WORK_TIMEOUT
            action = DoClawBackWork(claim=claim.claim, key=work.key)
            yield ScheduledAction(at=at, owner="system", action=action, reason=f"claim_{work.kind}")


class DoClawBackWork(Effect):
    """Do a step outside: in the ledger, or at the provider of the page on which a claim is paid."""

    kind: ClassVar = "claw_back_work"
    claim: str
    key: str

    def start(self, runner: EffectRunner) -> None:
        runner.start_claw_back_work(self.claim)
