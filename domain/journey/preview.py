"""Previews: what a command would change, found by giving it to a copy of the state. Nothing is written or sent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.journey.ahead import shown_waits
from domain.journey.order_lines import LineUnits
from domain.journey.order_view import NextAction, OrderView, order_view
from domain.model.attention import AttentionItem
from domain.model.command import Command
from domain.model.leg import Leg
from domain.model.leg_data import Awaited
from domain.model.notice import Notice
from domain.model.payment import PaidTo, Purpose
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.disputes.holds import dispute_that_holds
from domain.reasons import CommandResult, refused

MAX_ROUNDS = 20
"""So often changes that are due follow each other in a preview; then it shows what it has."""


class StatusChange(Frozen):
    """What would have another status. `before` is empty for what would be new."""

    what: Literal["order", "parcel", "return"]
    """What it is."""
    subject: str
    """Its id."""
    before: str
    """The status now."""
    after: str
    """The status that it would have."""


class UnitsChange(Frozen):
    """Units of a line that would be elsewhere."""

    line_id: str
    """The shop's own id of the line."""
    title: str
    """What it is called."""
    place: str
    """The name of the count, as in `units` of the line."""
    before: int
    """How many are there now."""
    after: int
    """How many would be there."""


class SumChange(Frozen):
    """A sum of the order now, and as it would be."""

    what: Literal["refunded", "owed", "kept", "bonuses", "in_question", "after_goods"]
    """`owed` is planned and not paid; `kept` is what is left of what was captured when all of that is paid; `in_question` is
    what returns in review would pay; `after_goods` is what authorized ones pay once their goods are handed over or received."""
    before: Money
    """The sum now."""
    after: Money
    """The sum that it would be."""


class PaymentAhead(Frozen):
    """A payment that the command would plan, or that it would have leave."""

    leg: str
    """Its key within the order."""
    purpose: Purpose
    """What it is for."""
    to: PaidTo
    """Where the money goes."""
    tender_id: str
    """The payment of the customer that it belongs to."""
    principal: Money
    """What is paid back."""
    bonus: Money
    """What is added to it."""
    awaits: Awaited | Literal["dispute", "hold"]
    """What must happen before it leaves; `nothing` if it would leave at once."""


class LetterAhead(Frozen):
    """A letter that would be written to the customer; one that is no longer true when it would leave is dropped."""

    kind: str
    """The kind of the notice."""
    subject: str
    """What it is about."""
    text: str = ""
    """Of a refusal, what the customer is told in the shop's words."""


class CommandPreview(Frozen):
    """What a command would change, if it were given now. Empty lists: nothing of that kind changes."""

    seq: int
    """The version of the order that was looked at."""
    at: Instant
    """The business time for which it is true."""
    statuses: tuple[StatusChange, ...]
    """Orders, parcels and returns with another status."""
    goods: tuple[UnitsChange, ...]
    """Units that would be elsewhere."""
    sums: tuple[SumChange, ...]
    """The sums of the order that would change."""
    payments: tuple[PaymentAhead, ...]
    """Payments that would be planned, or leave."""
    payments_ended: tuple[PaymentAhead, ...]
    """Planned payments that would no longer be made."""
    letters: tuple[LetterAhead, ...]
    """Letters that would be written to the customer."""
    questions_closed: tuple[AttentionItem, ...]
    """Questions that would no longer wait for a person."""
    questions_opened: tuple[AttentionItem, ...]
    """Questions that would wait for a person."""
    waits_ended: tuple[NextAction, ...]
    """What the order would no longer wait for."""
    waits_begun: tuple[NextAction, ...]
    """What the order would wait for."""

    @property
    def changes_something(self) -> bool:
        """Whether anything of it would be another than now."""
        same = ("seq", "at")
        return any(getattr(self, name) for name in type(self).model_fields if name not in same)

    @property
    def pays(self) -> bool:
        """Whether money would leave at once."""
        return any(payment.awaits == "nothing" for payment in self.payments)

    @property
    def amount(self) -> Money | None:
        """What the payments to the customer come to; None without one."""
        sums = [payment.principal + payment.bonus for payment in self.payments]
        return total(sums, sums[0].currency) if sums else None


def preview(
    state: JourneyState, command: Command, now: datetime
) -> tuple[CommandResult, CommandPreview | None]:
    """What the journey would answer, and what would change then; None where it would refuse."""
    violations = command.violations(state, now)
    if violations:
        return refused(*violations), None
    after = state.model_copy(deep=True)
    result = command.execute(after, now)
    _do_what_is_due(after, now)
    return result, _compared(state, after, now)


def _do_what_is_due(state: JourneyState, now: datetime) -> None:
    for _ in range(MAX_ROUNDS):
        changes = agenda.changes_due(state, now)
        if not changes:
            return
        for change in changes:
            change.apply(state, now)


def _compared(before: JourneyState, after: JourneyState, now: datetime) -> CommandPreview:
    old, new = order_view(before, now), order_view(after, now)
    waits, planned = _waits(before), _waits(after)
    payments, paid = _payments(before), _payments(after)
    asked, asks = before.attention, after.attention
    return CommandPreview(
        seq=before.seq,
        at=now,
        statuses=tuple(_statuses(old, new)),
        goods=tuple(_moved_units(old, new)),
        sums=tuple(_sums(before, after)),
        payments=tuple(one for one in paid if one not in payments),
        payments_ended=tuple(one for one in payments if one.leg not in {two.leg for two in paid}),
        letters=tuple(
            LetterAhead(kind=notice.kind, subject=notice.subject, text=_text_of(notice))
            for notice in after.pending_notices[len(before.pending_notices) :]
        ),
        questions_closed=tuple(item for item in asked if item not in asks),
        questions_opened=tuple(item for item in asks if item not in asked),
        waits_ended=tuple(wait for wait in waits if wait not in planned),
        waits_begun=tuple(wait for wait in planned if wait not in waits),
    )


def _text_of(notice: Notice) -> str:
    """Sealed, as the command has it. An answer to the customer is a letter as a whole, and is known to who writes it."""
    return "" if notice.kind == "reply" else str(notice.details.get("text", ""))


def _waits(state: JourneyState) -> list[NextAction]:
    return [
        NextAction(action=wait.action.kind, reason=wait.reason, owner=wait.owner, at=wait.at)
        for wait in sorted(shown_waits(state), key=lambda wait: wait.at)
    ]


def _statuses(old: OrderView, new: OrderView) -> Iterator[StatusChange]:
    if old.stage != new.stage:
        yield StatusChange(what="order", subject=new.order, before=old.stage, after=new.stage)
    parcels = {parcel.parcel: parcel for parcel in old.parcels}
    for parcel in new.parcels:
        was = parcels.get(parcel.parcel)
        was_status = _parcel_status(was.status, was.lost_at) if was else ""
        status = _parcel_status(parcel.status, parcel.lost_at)
        if was_status != status:
            yield StatusChange(what="parcel", subject=parcel.parcel, before=was_status, after=status)
    returns = {one.return_id: one.status for one in old.returns}
    for one in new.returns:
        if returns.get(one.return_id, "") != one.status:
            before = returns.get(one.return_id, "")
            yield StatusChange(what="return", subject=one.number, before=before, after=one.status)


def _parcel_status(status: str, lost_at: datetime | None) -> str:
    return "lost" if lost_at is not None else str(status)


def _moved_units(old: OrderView, new: OrderView) -> Iterator[UnitsChange]:
    lines = {line.line_id: line.units for line in old.lines}
    for line in new.lines:
        was = lines.get(line.line_id)
        for place in LineUnits.model_fields:
            before, after = (getattr(was, place) if was else 0), getattr(line.units, place)
            if before != after:
                yield UnitsChange(
                    line_id=line.line_id, title=line.title, place=place, before=before, after=after
                )


def _sums(before: JourneyState, after: JourneyState) -> Iterator[SumChange]:
    old, new = order_sums(before), order_sums(after)
    for what, sum_ in old.items():
        if new[what] != sum_:
            yield SumChange(what=what, before=sum_, after=new[what])


SumName = Literal["refunded", "owed", "kept", "bonuses", "in_question", "after_goods"]


def order_sums(state: JourneyState) -> dict[SumName, Money]:
    """The sums by which people follow the money of an order."""
    view = order_view(state, state.order.placed_at)
    currency = state.order.currency
    owed = total([tender.pending for tender in view.tenders], currency)
    cases = [case for case in state.returns if case.live and not state.settlements_of(case.return_id)]
    return {
        "refunded": view.refunded,
        "owed": owed,
        "kept": view.captured - view.refunded - owed,
        "bonuses": view.totals.bonuses,
        "in_question": total([c.quote.refund for c in cases if c.decision == "in_review"], currency),
        "after_goods": total([c.quote.refund for c in cases if c.decision == "authorized"], currency),
    }


def _payments(state: JourneyState) -> list[PaymentAhead]:
    """The payments that are planned and have not left."""
    return [
        PaymentAhead(
            leg=leg.key,
            purpose=settlement.purpose,
            to=leg.to,
            tender_id=leg.tender_id,
            principal=leg.principal,
            bonus=leg.bonus,
            awaits=_awaits(
                state, settlement.return_id, leg, dispute_that_holds(state, settlement, leg) is not None
            ),
        )
        for settlement in state.settlements
        for leg in settlement.legs
        if leg.status == "planned"
    ]


def _awaits(
    state: JourneyState, return_id: str | None, leg: Leg, disputed: bool
) -> Awaited | Literal["dispute", "hold"]:
    if disputed:
        return "dispute"
    case = state.case(return_id) if return_id else None
    if case is not None and case.held_until is not None:
        return "hold"
    return leg.awaits if leg.waits else "nothing"
