"""Refunds made in the storefront: what moved is entered in the ledger and never paid again.

A storefront also reports edits and exchanges as refunds, without money: their units are on the order no more.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from domain import payment_keys
from domain.actors import Actor, Role
from domain.model.leg import Leg
from domain.model.settlement import Settlement, legs_for
from domain.model.shipment import ExternalRefund, ExternalRefundRecord, RefundedLine
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments import failed_refunds, seen_twice
from domain.payments.external_allocation import allocate_tenders, allocate_units
from domain.payments.settled_parts import SettledPart, split_by_return
from domain.units import Units, UnitsByLine, both, units_in, without

_OWED = ("refund", "store_credit")
MAX_EXTERNAL_REFUNDS = 200  # of one order


def apply_external_refund(state: JourneyState, refund: ExternalRefund, now: datetime) -> bool:
    """Enter the refund once. False when nothing is new, also when the refund is one of our own.

    A storefront reports a refund again while its payments go on. A refund counts as soon as its amount is not zero.
    When a refund that counted is reported with another amount, it failed later or grew, and finance gets a question.
    """
    refund = refund.in_currency(state.order.currency)
    amount = total([part.amount for part in refund.parts], state.order.currency)
    earlier = next((record for record in state.external_refunds if record.refund == refund.refund), None)
    if _is_ours(state, refund) or (earlier and _is_known(earlier, refund, amount)):
        return False
    if earlier is None and amount and _is_seen_twice(state, refund, amount, now):
        return True
    actor = Actor(role=Role.STOREFRONT, name=refund.storefront)
    state.audit(now, actor, "external_refund", refund.refund, amount=amount.minor)
    if earlier is None and len(state.external_refunds) >= MAX_EXTERNAL_REFUNDS:
        state.open_question("refund_mismatch", refund.refund, now)
        return True
    units = _units(state, refund, earlier.units if earlier else {})
    _record_refund(state, refund, amount, units)
    if earlier and earlier.counted:
        failed_refunds.raise_or_settle(state, refund.refund, earlier.reported_minor, now)
        return True
    _stop_waiting(state, units, now)
    _settle(state, refund, units, amount, now)
    seen_twice.check_unmatched(state, now)
    return True


def _is_seen_twice(state: JourneyState, refund: ExternalRefund, amount: Money, now: datetime) -> bool:
    """Whether its money is in the books already: it is the shop's record of a payment of ours, or another's report of it.

    The units that it names, where the first report names none, are paid all the same.
    """
    if seen_twice.is_record(state, refund, amount):
        _note_again(state, refund, amount, {}, records=refund.records)
        return True
    twin = seen_twice.twin_of(state, refund, amount)
    if not twin or len(state.external_refunds) >= MAX_EXTERNAL_REFUNDS:
        return False
    first = next((one for one in state.external_refunds if one.refund == twin), None)
    units = _units(state, refund, {}) if first is not None and not first.units else {}
    actor = Actor(role=Role.STOREFRONT, name=refund.storefront)
    state.audit(now, actor, "external_refund_again", refund.refund, amount=amount.minor, same_as=twin)
    _note_again(state, refund, amount, units, same_as=twin)
    _stop_waiting(state, units, now)
    for part in split_by_return(state, without(units, _settled(state)), []):
        state.plan(_settlement(state, refund, part, now), now)
    seen_twice.check_unmatched(state, now)
    return True


def _note_again(
    state: JourneyState, refund: ExternalRefund, amount: Money, units: UnitsByLine, **what: str
) -> None:
    record = ExternalRefundRecord(
        refund=refund.refund,
        reported_minor=amount.minor,
        counted=False,
        units=units,
        source=refund.storefront,
        at=refund.at,
        records=what.get("records", ""),
        same_as=what.get("same_as", ""),
    )
    state.external_refunds = [*state.external_refunds, record]


def _is_ours(state: JourneyState, refund: ExternalRefund) -> bool:
    """Whether a leg paid it: by its reference, or by its key while the leg has no reference yet.

    The report may come before the provider's answer. A copy of our note on another refund does not make it ours.
    """
    merchant, key = payment_keys.leg_of_provider_refund(refund.key)
    is_named = merchant == state.order.merchant
    names = {refund.refund, *refund.transactions}
    return any(
        leg.reference in names or (is_named and not leg.reference and leg.key == key) for leg in state.legs()
    )


def _is_known(earlier: ExternalRefundRecord, refund: ExternalRefund, amount: Money) -> bool:
    """Whether the report says nothing new; one that cannot be read adds nothing to an amount that is in the books.

    Of money that was reported by two, the first report counts.
    """
    if earlier.records or earlier.same_as:
        return True
    if refund.amount_unknown:
        return earlier.counted or earlier.amount_unknown
    return not earlier.amount_unknown and earlier.reported_minor == amount.minor


def _units(state: JourneyState, refund: ExternalRefund, earlier: UnitsByLine) -> UnitsByLine:
    """The units that left the order by this refund: those of an earlier report, and what it did not take yet.

    A refund that failed took only those that were not to be shipped any more.
    """
    if refund.refund in state.order.included_refunds:
        return {}
    lines = [line for line in refund.lines if line.removed or not refund.failed]
    known = Counter({line: len(units) for line, units in earlier.items()})
    units = {line: [*numbers] for line, numbers in earlier.items()}
    more = allocate_units(state, _more(lines, known), with_money=bool(refund.parts) or refund.amount_unknown)
    for line, numbers in more.items():
        units.setdefault(line, []).extend(numbers)
    return units


def _more(lines: list[RefundedLine], known: Counter[str]) -> Iterator[RefundedLine]:
    """The lines with what is not known yet of their quantities."""
    for line in lines:
        seen = min(known[line.line_id], line.quantity)
        known[line.line_id] -= seen
        if line.quantity > seen:
            yield line.model_copy(update={"quantity": line.quantity - seen})


def _record_refund(state: JourneyState, refund: ExternalRefund, amount: Money, units: UnitsByLine) -> None:
    others = [other for other in state.external_refunds if other.refund != refund.refund]
    counted = any(other.refund == refund.refund and other.counted for other in state.external_refunds)
    record = ExternalRefundRecord(
        refund=refund.refund,
        reported_minor=amount.minor,
        counted=counted or bool(amount),
        units=units,
        amount_unknown=refund.amount_unknown,
        source=refund.storefront,
        at=refund.at,
    )
    state.external_refunds = [*others, record]


def _settle(
    state: JourneyState, refund: ExternalRefund, units: UnitsByLine, amount: Money, now: datetime
) -> None:
    """Plan settlements of the units that left the order, so that nothing is paid for them again.

    Units that came back without money have settlements without legs. So have those of an unknown amount: finance
    gets a question.
    """
    state.settlements = [s for s in state.settlements if s.legs or not _is_of(state, refund, s)]
    if amount:
        state.settle_question("refund_amount_unknown", refund.refund)
        _apply_amount(state, refund, units, amount, now)
        return
    if refund.amount_unknown:
        state.open_question("refund_amount_unknown", refund.refund, now)
    elif refund.failed:
        return
    else:
        units = without(units, units_in([state.removed_units]))
    for part in split_by_return(state, without(units, _settled(state)), []):
        state.plan(_settlement(state, refund, part, now), now)
        if part.return_id and not refund.amount_unknown:
            state.open_question("refund_mismatch", refund.refund, now)


def _settled(state: JourneyState) -> Units:
    """Units that have a settlement: no unit has two."""
    return units_in(settlement.units for settlement in state.settlements)


def _is_of(state: JourneyState, refund: ExternalRefund, settlement: Settlement) -> bool:
    occasion = payment_keys.occasion_of_external_refund(state.order.order, refund.refund)
    return payment_keys.is_part_of(settlement.occasion, occasion)


def _apply_amount(
    state: JourneyState, refund: ExternalRefund, units: UnitsByLine, amount: Money, now: datetime
) -> None:
    """Plan settlements of the money that moved. Finance gets a question about money that exceeds the tenders."""
    refund = refund.model_copy(update={"parts": failed_refunds.without_replaced(state, refund.parts)})
    amount = total([part.amount for part in refund.parts], amount.currency)
    _skip_legs_paid_by_hand(state, amount, units)
    replaced = _leave_to_shop(state, amount, units, now)
    moved = allocate_tenders(state, refund)
    excess = amount - total([share.amount for share in moved], amount.currency)
    if _skip_failed_legs(state, excess, units):
        moved = allocate_tenders(state, refund)
        excess = amount - total([share.amount for share in moved], amount.currency)
    for part in split_by_return(state, without(units, _settled(state)), moved):
        settlement = _settlement(state, refund, part, now)
        for leg in settlement.legs:
            leg.take_over(replaced.pop(leg.tender_id, ""))
        state.plan(settlement, now)
    failed_refunds.settle_mended(state)
    if excess:
        state.open_question("refund_mismatch", refund.refund, now)


def _skip_legs_paid_by_hand(state: JourneyState, amount: Money, units: UnitsByLine) -> None:
    """Skip payments that wait for a person and that this refund is: people pay them in the storefront, which reports it.

    Else finance would pay the same money twice. After a smaller refund finance still owes the rest.
    """
    waiting = [(s, leg) for s in state.settlements for leg in s.legs if leg.waits and leg.awaits == "person"]
    for settlement, leg in waiting:
        if _replaces(settlement, leg, amount, units):
            leg.skip()
            amount = amount - leg.principal
            state.settle_question("refund_by_hand", leg.key)
        elif amount and _same_units(settlement, units):
            leg.lower_by(amount)
            return


def _leave_to_shop(state: JourneyState, amount: Money, units: UnitsByLine, now: datetime) -> dict[str, str]:
    """Pay no more what was refused or came back and this refund pays: the customer could still choose another way.

    By tender, the key of what came back, whose money is reserved in the ledger.
    """
    replaced: dict[str, str] = {}
    owed = [(s, leg) for s in state.settlements if s.purpose in _OWED for leg in s.legs]
    for settlement, leg in owed:
        returned = leg.status == "reversed" and leg.tender_id not in replaced
        if (
            (leg.status == "failed" or returned)
            and leg.principal
            and _replaces(settlement, leg, amount, units)
        ):
            for kind in ("payment_failed", "refund_returned"):
                state.settle_question(kind, leg.key)
            leg.leave_to_shop(now)
            amount = amount - leg.principal
            replaced |= {leg.tender_id: leg.replaces} if returned else {}
    return replaced


def _replaces(settlement: Settlement, leg: Leg, amount: Money, units: UnitsByLine) -> bool:
    """A refund replaces a payment for the same units. A refund that names no units replaces a payment of the same amount."""
    if _same_units(settlement, units):
        return leg.principal <= amount
    return not units and leg.principal == amount


def _same_units(settlement: Settlement, units: UnitsByLine) -> bool:
    return not units_in([units]).isdisjoint(units_in([settlement.units]))


def _skip_failed_legs(state: JourneyState, excess: Money, units: UnitsByLine) -> bool:
    """Skip payments that our provider refused and that the refund replaces. True when there is one."""
    any_skipped = False
    for settlement in state.settlements:
        for leg in settlement.legs if settlement.purpose in _OWED else ():
            if leg.status == "failed" and leg.principal and _replaces(settlement, leg, excess, units):
                leg.skip()
                excess, any_skipped = excess - leg.principal, True
                state.settle_question("payment_failed", leg.key)
    return any_skipped


def _settlement(state: JourneyState, refund: ExternalRefund, part: SettledPart, now: datetime) -> Settlement:
    occasion = payment_keys.next_part(
        payment_keys.occasion_of_external_refund(state.order.order, refund.refund),
        [settlement.occasion for settlement in state.settlements],
    )
    legs = legs_for(occasion, "external", part.shares, now)
    return Settlement(
        occasion=occasion, return_id=part.return_id, purpose="external", units=part.units, legs=legs
    )


def _stop_waiting(state: JourneyState, units: UnitsByLine, now: datetime) -> None:
    """Record the units that left the order before they shipped: the journey does not wait for them, whatever was paid."""
    for line_id, removed in both(units, {**state.unshipped(), **state.uncollected()}).items():
        state.removed_units.setdefault(line_id, []).extend(removed)
        state.removed_at = now
        state.settle_questions_about_shipping()
