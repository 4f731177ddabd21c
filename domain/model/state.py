"""The state of one order's journey."""

from datetime import datetime
from typing import Literal

from domain.actors import SYSTEM
from domain.model.claimable_units import unclaimed_units, unclaimed_units_of_parcel
from domain.model.notice import Notice, NoticeKind
from domain.model.open_questions import OpenQuestions
from domain.model.settlement import Settlement
from domain.model.shop_currency import give_shop_amounts
from domain.reasons import CommandResult

Stage = Literal["placed", "shipped", "delivered", "closed", "cancelled"]
MAX_COMMAND_RESULTS = 64  # kept for repeated commands; older results are in the API's idempotency table


class JourneyState(OpenQuestions):
    """One order's life.

    Only commands, external events and actions change it. Only the journey's commit writes it to the store.
    """

    @property
    def stage(self) -> Stage:
        if self.cancelled_at is not None:
            return "cancelled"
        if self.closed_at is not None and self.at_rest:
            return "closed"
        if self.delivered == "all":
            return "delivered"
        left = any(parcel.tracking.moved_at or parcel.delivered_at for parcel in self.parcels)
        left = left or any(not (parcel.tracked or parcel.void) for parcel in self.parcels)
        return "shipped" if left else "placed"

    @property
    def delivered(self) -> Literal["none", "some", "all"]:
        """All only when every unit is in a delivered parcel, was collected, or is digital (TRK-7)."""
        if not self.handed_over() and not any(parcel.delivered_at for parcel in self.parcels):
            return "none"
        underway = [p for p in self.parcels if not (p.delivered_at or p.void or p.resent)]
        return "some" if underway or self.unshipped() or self.uncollected() else "all"

    @property
    def awaits_goods(self) -> bool:
        """Whether the customer waits for more of the order."""
        under_way = any(
            not (one.void or one.resent or one.delivered_at or one.assumed_arrival or one.lost_at)
            for one in self.parcels
        )
        return under_way or bool(self.unshipped() or self.uncollected())

    @property
    def at_rest(self) -> bool:
        """Whether nothing about the order is open, so that the run may end. Its snapshot stays."""
        return (
            (self.closed_at is not None or self.cancelled_at is not None)
            and not self.attention
            and not self.planned_commands
            and not any(leg.open for leg in self.legs())
            and not any(case.exchange and case.exchange.open_steps for case in self.returns)
            and all(claim.at_rest for claim in self.claw_backs)
            and not any(unclaimed_units(self, case) for case in self.returns)
            and not any(unclaimed_units_of_parcel(self, parcel) for parcel in self.parcels)
            and all(case.goods_settled and not self.payable_units(case) for case in self.returns)
            and not any(self.unrefunded_units(parcel) for parcel in self.parcels)
            and not self.pending_notices
            and not any(promise.outcome == "open" for promise in self.date_promises)
        )

    def plan(self, settlement: Settlement, now: datetime) -> None:
        """Add a settlement. From the next commit on it is an intent that survives every crash."""
        give_shop_amounts(self.order, settlement, self.settlements)
        self.settlements.append(settlement)
        amount = settlement.principal.minor if settlement.legs else 0
        legs = len(settlement.legs)
        self.audit(now, SYSTEM, "payment_planned", settlement.occasion, principal=amount, legs=legs)

    def notify(self, now: datetime, key: str, kind: NoticeKind, subject: str, **details: str | int) -> None:
        """Add a notice to the customer; it leaves with the next commit, once per key."""
        self.pending_notices.append(Notice(key=key, kind=kind, subject=subject, at=now, details=details))

    def record_result(self, command_id: str, result: CommandResult) -> None:
        """Keep a result for the same command sent again. Update ids deduplicate within one run only."""
        self.command_results[command_id] = result
        while len(self.command_results) > MAX_COMMAND_RESULTS:
            self.command_results.pop(next(iter(self.command_results)))
