"""A lost dispute is a settlement: the bank has paid the customer, so what is left shrinks, and nothing is paid twice.

Which units the bank has paid for is decided by the amount alone, where only one answer fits; else a person decides.
"""

from collections.abc import Iterator
from datetime import datetime

from domain import payment_keys
from domain.actors import SYSTEM, Actor
from domain.model.dispute import Dispute
from domain.model.leg import Leg
from domain.model.quote import TenderShare
from domain.model.settlement import Settlement, legs_for
from domain.model.state import JourneyState
from domain.money import Money, total, zero
from domain.payments.bonuses import earns_bonus
from domain.payments.disputes.holds import claim_payment
from domain.payments.fast_return import FAST_RETURN_TENDER
from domain.payments.refund_amounts import value_of_units
from domain.payments.refundable import committed_legs, unrefunded_per_tender
from domain.payments.settled_parts import split_by_return
from domain.units import UnitsByLine, units_in, without


def covered(state: JourneyState, dispute: Dispute) -> Money:
    """What of the lost amount is in settlements: the customer has it of what the order still owed or could owe."""
    return total([leg.principal for leg in _bank_legs(state, dispute)], state.order.currency)


def assign_by_amount(state: JourneyState, dispute: Dispute, now: datetime) -> None:
    """Settle the loss where the amount leaves one answer; else it stays unassigned, and everything waits."""
    amount, share = dispute.amount, _share(state, dispute)
    if amount is None or share is None or amount.currency != state.order.currency:
        return
    waiting = waiting_legs(state, dispute)
    left = share.amount + total([leg.principal for leg in waiting], amount.currency)
    if left <= amount and not dispute.of_claim and _is_all(state, dispute.tender_id):
        assign(state, dispute, waiting, open_units(state), now, SYSTEM)
        return
    fitting = [leg for leg in waiting if leg.principal == amount]
    may_be_units = amount <= share.amount and not dispute.of_claim
    units = list(_units_of(state, amount.minor)) if may_be_units else []
    if len(fitting) + len(units) == 1:
        assign(state, dispute, fitting, units[0] if units else {}, now, SYSTEM)


def assign(
    state: JourneyState, dispute: Dispute, instead: list[Leg], units: UnitsByLine, now: datetime, actor: Actor
) -> None:
    """The bank has paid for these units, and instead of these payments."""
    replaced = [leg for leg in instead if _stop(state, leg, now)]
    dispute.assigned_at = now
    state.settle_question("dispute_units", dispute.dispute)
    state.audit(now, actor, "dispute_assigned", dispute.dispute, payments=len(instead))
    for leg in replaced:  # its reservation is taken over
        _settle(state, dispute, leg.principal, {}, now, leg.replaces)
    _settle(state, dispute, free_for(state, dispute), units, now)
    cover_rest(state, dispute, now)


def cover_rest(state: JourneyState, dispute: Dispute, now: datetime) -> None:
    """Settle more of the loss: by what of its tender is free, then by payments that have not left.

    What is under way when a dispute is lost may be refused later. A bonus ends with the payments to which it is added.
    """
    _cover(state, dispute, now)
    for bonus in _bonuses_left_over(state):
        _stop(state, bonus, now)


def _cover(state: JourneyState, dispute: Dispute, now: datetime) -> None:
    _settle(state, dispute, free_for(state, dispute), {}, now)
    for leg in waiting_legs(state, dispute):
        rest = uncovered(state, dispute)
        if not rest:
            return
        if leg.principal <= rest:
            replaces = leg.replaces if _stop(state, leg, now) else ""
            _settle(state, dispute, leg.principal, {}, now, replaces)
        else:
            leg.leave_part_to_bank(rest, now)
            _settle(state, dispute, rest, {}, now)


def _bonuses_left_over(state: JourneyState) -> list[Leg]:
    """The fast-return bonuses that have not left, and of which a bank has paid everything that earned them."""
    return [
        leg
        for settlement in state.settlements
        for leg in settlement.legs
        if leg.tender_id == FAST_RETURN_TENDER
        and (leg.status == "failed" or (leg.status == "planned" and leg.sent_at is None))
        and all(one.decline == "paid_by_bank" for one in _earning(state, settlement))
    ]


def _earning(state: JourneyState, settlement: Settlement) -> list[Leg]:
    credit = state.terms.policy.credit
    return [leg for leg in settlement.legs if earns_bonus(state.order, credit, leg.tender_id)]


def uncovered(state: JourneyState, dispute: Dispute) -> Money:
    """What of the lost amount no settlement has: the customer had it before, or it is in a currency that no tender has."""
    nothing = zero(state.order.currency)
    if dispute.amount is None or dispute.amount.currency != state.order.currency:
        return nothing
    return max(nothing, dispute.amount - covered(state, dispute))


def free_for(state: JourneyState, dispute: Dispute) -> Money:
    """What of it its tender could still settle, as no payment has it or will have it."""
    share = _share(state, dispute)
    return min(uncovered(state, dispute), share.amount) if share else zero(state.order.currency)


def losses_due(state: JourneyState) -> Iterator[Dispute]:
    """The lost disputes of which more can be settled."""
    for dispute in state.disputes:
        assigned = dispute.state == "lost" and dispute.assigned_at is not None
        if (
            assigned
            and uncovered(state, dispute)
            and (free_for(state, dispute) or waiting_legs(state, dispute))
        ):
            yield dispute


def waiting_legs(state: JourneyState, dispute: Dispute) -> list[Leg]:
    """The payments that give the disputed payment back and have surely not left: they wait, failed, or came back."""
    return [leg for leg in _not_left(state) if dispute.is_of(leg)]


def _not_left(state: JourneyState) -> list[Leg]:
    return [
        leg
        for leg in committed_legs(state)
        if leg.principal
        and leg.to not in ("external", "bank")
        and (leg.status in ("failed", "reversed") or (leg.status == "planned" and leg.sent_at is None))
    ]


def _stop(state: JourneyState, leg: Leg, now: datetime) -> bool:
    """Pay it no more: the bank has. True where money is still reserved for it in the ledger."""
    for kind in ("payment_failed", "refund_returned", "refund_by_hand", "payment_not_captured"):
        state.settle_question(kind, leg.key)
    if leg.status == "reversed":
        leg.retry(now)
    leg.leave_to_bank()
    state.audit(now, SYSTEM, "payment_left_to_bank", leg.key, amount=leg.principal.minor)
    return bool(leg.replaces)


def _settle(
    state: JourneyState,
    dispute: Dispute,
    amount: Money,
    units: UnitsByLine,
    now: datetime,
    replaces: str = "",
) -> None:
    """Plan what the bank paid as settlements of these units: one for each return that has some, one for the rest."""
    share = _share(state, dispute)
    moved = [share.of(amount.minor)] if share and amount else []
    for part in split_by_return(state, units, moved):
        occasion = payment_keys.next_part(
            payment_keys.occasion_of_dispute(state.order.order, dispute.dispute),
            [s.occasion for s in state.settlements],
        )
        legs = legs_for(occasion, "dispute", part.shares, now)
        for leg in legs:
            leg.take_over(replaces)
            leg.payment = dispute.payment if dispute.of_claim else ""
        state.plan(
            Settlement(
                occasion=occasion, return_id=part.return_id, purpose="dispute", units=part.units, legs=legs
            ),
            now,
        )


def _bank_legs(state: JourneyState, dispute: Dispute) -> list[Leg]:
    occasion = payment_keys.occasion_of_dispute(state.order.order, dispute.dispute)
    return [
        leg
        for settlement in state.settlements
        if payment_keys.is_part_of(settlement.occasion, occasion)
        for leg in settlement.legs
        if leg.status != "skipped"
    ]


def _share(state: JourneyState, dispute: Dispute) -> TenderShare | None:
    """Its tender with what no payment has or will have; None where the tender is not known.

    Of what a claim was paid with it is what goes back to the customer and no payment has.
    """
    if dispute.of_claim:
        return TenderShare(tender_id=dispute.tender_id, kind="card", amount=_given_back(state, dispute))
    return next((one for one in unrefunded_per_tender(state) if one.tender_id == dispute.tender_id), None)


def _given_back(state: JourneyState, dispute: Dispute) -> Money:
    payment, nothing = claim_payment(state, dispute), zero(state.order.currency)
    if payment is None:
        return nothing
    taken = total([leg.principal for leg in committed_legs(state) if dispute.is_of(leg)], nothing.currency)
    return max(nothing, payment.amount - payment.kept - taken)


def _is_all(state: JourneyState, tender_id: str) -> bool:
    """Whether no other tender holds anything or owes anything: all that is left of the order's money is this tender's."""
    others = any(share.amount for share in unrefunded_per_tender(state) if share.tender_id != tender_id)
    tenders = {one.tender_id for one in state.order.tenders} - {tender_id}
    owed = any(leg.tender_id in tenders for leg in _not_left(state))
    return not (others or owed)


def open_units(state: JourneyState) -> UnitsByLine:
    """The units that have no settlement."""
    whole = {line.line_id: list(range(line.quantity)) for line in state.order.lines}
    return without(whole, units_in([state.removed_units, *(s.units for s in state.settlements)]))


def _units_of(state: JourneyState, minor: int) -> Iterator[UnitsByLine]:
    """Each way in which units of one line, or all that is open, cost exactly that; units of one line are alike."""
    whole = open_units(state)
    for line, units in whole.items():
        for count in range(1, len(units) + 1):
            some = {line: units[:count]}
            if value_of_units(state.order, some) == minor and some != whole:
                yield some
    if whole and value_of_units(state.order, whole) == minor:
        yield whole
