"""I4: no order, tender or unit is refunded more than was captured."""

from collections import Counter
from collections.abc import Iterable, Iterator

from domain import payment_keys
from domain.model.order import Order
from domain.model.payment import MOVED_OUTSIDE, TAKES_BACK
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money, total, zero
from domain.payments.refundable import value_of
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order against its tenders, the provider, its units and their values."""
    yield from _tenders(records, records.order)
    yield from _at_the_provider(records, records.order)
    yield from _taken(records)
    if records.state is not None:
        yield from _units(records.state)
        yield from _values(records.state)


def _tenders(records: OrderRecords, order: Order) -> Iterator[BrokenInvariant]:
    """By the ledger: what is reserved or paid on each tender, less what reversals gave back."""
    out: Counter[str] = Counter()
    for leg in (one for one in records.legs if one.purpose != "claim_refund"):
        if leg.purpose in TAKES_BACK:
            out[leg.tender_id] -= leg.principal if leg.status == "settled" else 0
        elif leg.status != "released":
            out[leg.tender_id] += leg.principal
    captured = {tender.tender_id: tender.amount.minor for tender in order.tenders}
    for tender, minor in out.items():
        if minor > captured.get(tender, 0):
            paid, limit = money(minor, order.currency), money(captured.get(tender, 0), order.currency)
            yield _broken(records.id, f"order {records.id} paid back {paid} on tender {tender} of {limit}")
    if sum(out.values()) > order.captured.minor:
        paid, limit = money(sum(out.values()), order.currency), money(order.captured.minor, order.currency)
        yield _broken(records.id, f"order {records.id} paid back {paid} of {limit} captured")


def _at_the_provider(records: OrderRecords, order: Order) -> Iterator[BrokenInvariant]:
    """By the provider's own list, whatever our ledger has. Refunds that the shop made there itself count."""
    refunded: Counter[str] = Counter()
    for refunds in records.refunds.values():
        for refund in (one for one in refunds if one.status != "failed"):
            refunded[refund.payment] += refund.amount
    captured: Counter[str] = Counter()
    for tender in order.tenders:
        captured[tender.payment or ""] += tender.amount.minor
    for payment, minor in refunded.items():
        if minor > captured[payment]:
            paid, limit = money(minor, order.currency), money(captured[payment], order.currency)
            yield _broken(records.id, f"the provider paid back {paid} on payment {payment} of {limit}")


def _taken(records: OrderRecords) -> Iterator[BrokenInvariant]:
    """The order was not booked with more than the provider took, and not more than that went back in all.

    What went back in all: our payments on the tender, and the refunds that the storefront reported.
    A tender whose amount the storefront did not state is booked with the order's: only what went back can be wrong.
    """
    for tender in records.order.tenders:
        payment = records.taken.get(tender.payment or "")
        if payment is None:
            continue
        booked, took = tender.amount, money(payment.amount, payment.currency)
        is_more = booked.minor > payment.amount and tender.tender_id not in records.order.guessed_tenders
        if is_more or booked.currency != payment.currency:
            has = money(booked.minor, booked.currency)
            yield _broken(
                records.id,
                f"order {records.id} was booked with {has} on payment {payment.id}, of which the provider took {took}",
            )
        back = _paid_back(records, tender.tender_id)
        if back > payment.amount:
            all_back = money(back, booked.currency)
            yield _broken(
                records.id,
                f"order {records.id} paid back {all_back} on payment {payment.id}, of which the provider took {took}",
            )


def _paid_back(records: OrderRecords, tender: str) -> int:
    """What left on the tender by the ledger, here and in the storefront."""
    return sum(
        leg.principal
        for leg in records.legs
        if leg.tender_id == tender and leg.status != "released" and leg.purpose not in TAKES_BACK
    ) - sum(
        leg.principal
        for leg in records.legs
        if leg.tender_id == tender and leg.status == "settled" and leg.purpose in TAKES_BACK
    )


def _units(state: JourneyState) -> Iterator[BrokenInvariant]:
    """No unit has two settlements or is on two live returns. A unit whose credit was taken back may be paid again."""
    reversed_ = {s.return_id for s in state.settlements if s.purpose == "reversal"}
    paid = _count_units(
        s.units
        for s in state.settlements
        if not s.takes_back and not (s.return_id and s.return_id in reversed_)
    )
    returning = _count_units(case.units for case in state.returns if case.live)
    for where, counts in (("in {} settlements", paid), ("on {} live returns", returning)):
        for (line, unit), times in counts.items():
            if times > 1:
                yield _unit(state, line, unit, where.format(times))
    without_return = _count_units(s.units for s in state.settlements if s.return_id is None)
    for line, unit in sorted(set(without_return) & set(returning)):
        yield _unit(state, line, unit, "on a live return and paid back for another reason")


def _count_units(claims: Iterable[dict[str, list[int]]]) -> Counter[tuple[str, int]]:
    """How often each unit, as line and number, is in these claims."""
    return Counter((line, unit) for units in claims for line, numbers in units.items() for unit in numbers)


def _values(state: JourneyState) -> Iterator[BrokenInvariant]:
    """A settlement pays the value of its units; a cancellation pays everything that was not refunded in the storefront."""
    for settlement in state.settlements:
        if settlement.takes_back or not settlement.legs:
            continue
        if settlement.purpose in MOVED_OUTSIDE or settlement.purpose == "claim_refund":
            continue  # decided in the storefront or by a bank, or what a customer had paid for a claim
        value = value_of(state, settlement.units) + _extras(state, settlement)
        if payment_keys.is_part_of(settlement.occasion, payment_keys.occasion_of_cancel(state.order.order)):
            value = _rest(state, value_of(state, settlement.units) + _shipping_and_tip(state))
        if value < settlement.principal:
            paid, cost = money(settlement.principal.minor, value.currency), money(value.minor, value.currency)
            yield _broken(
                settlement.occasion, f"settlement {settlement.occasion} pays {paid} for units of {cost}"
            )


def _shipping_and_tip(state: JourneyState) -> Money:
    return state.order.shipping + (state.order.tip or zero(state.order.currency))


def _extras(state: JourneyState, settlement: Settlement) -> Money:
    """The shipping and the tip that a settlement pays beside its units, at most what the order had of them."""
    paid = [part.amount for part in settlement.parts if part.kind in ("shipping", "tip")]
    on_top = [part.amount for part in settlement.parts if part.kind == "paid_on_top"]
    return min(total(paid, state.order.currency), _shipping_and_tip(state)) + total(
        on_top, state.order.currency
    )


def _rest(state: JourneyState, value: Money) -> Money:
    """What a cancellation may pay. After refunds in the storefront it is all that is left, also of units partly paid.

    A payment that came after the cancellation is paid back whole.
    """
    first = payment_keys.occasion_of_cancel(state.order.order)
    if any(s.occasion != first and payment_keys.is_part_of(s.occasion, first) for s in state.settlements):
        return state.order.captured
    moved = [leg.principal for s in state.settlements if s.purpose in MOVED_OUTSIDE for leg in s.legs]
    return state.order.captured - total(moved, state.order.currency) if moved else value


def _unit(state: JourneyState, line: str, unit: int, where: str) -> BrokenInvariant:
    order = state.order.order
    return _broken(order, f"unit {unit} of line {line} of order {order} is {where}")


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I4", subject=subject, message=message)
