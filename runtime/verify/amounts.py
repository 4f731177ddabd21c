"""I4 and I4b: never more back than was taken, per order, tender and unit; bonuses as quoted, capped, named, once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from domain import keys
from domain.model.order import Order
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.terms import credit_bonus
from domain.money import Money, total
from domain.payments.refundable import value_of
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    order = Order.model_validate_json(records.row.body)
    yield from _tenders(records, order)
    yield from _at_the_provider(records, order, context)
    if records.state is not None:
        yield from _units(records.state)
        yield from _values(records.state)
        yield from _bonuses(records, records.state)


def _tenders(records: OrderRecords, order: Order) -> Iterator[BrokenInvariant]:
    """By the ledger: what was held or paid on each tender, reversals given back."""
    out: Counter[str] = Counter()
    for leg in records.legs:
        if leg.purpose == "reversal":
            out[leg.tender_id] -= leg.principal if leg.status == "settled" else 0
        elif leg.status != "released":
            out[leg.tender_id] += leg.principal
    captured = {tender.tender_id: tender.amount.minor for tender in order.tenders}
    for tender, minor in out.items():
        if minor > captured.get(tender, 0):
            back, taken = money(minor, order.currency), money(captured.get(tender, 0), order.currency)
            yield _broken(records.id, f"order {records.id} paid back {back} on tender {tender} of {taken}")
    if sum(out.values()) > order.captured.minor:
        back, taken = money(sum(out.values()), order.currency), money(order.captured.minor, order.currency)
        yield _broken(records.id, f"order {records.id} paid back {back} of {taken} captured")


def _at_the_provider(records: OrderRecords, order: Order, context: CheckContext) -> Iterator[BrokenInvariant]:
    """By the provider's own list, whatever our ledger says."""
    paid: Counter[str] = Counter()
    for leg in records.legs:
        for refund in context.refunds.get(keys.provider_refund(leg.merchant, leg.key), []):
            paid[refund.payment] += refund.amount
    captured: Counter[str] = Counter()
    for tender in order.tenders:
        captured[tender.payment or ""] += tender.amount.minor
    for payment, minor in paid.items():
        if minor > captured[payment]:
            back, taken = money(minor, order.currency), money(captured[payment], order.currency)
            yield _broken(records.id, f"the provider paid back {back} on payment {payment} of {taken}")


def _units(state: JourneyState) -> Iterator[BrokenInvariant]:
    """No unit has two settlements, or is on two live returns. What was reversed may be paid anew."""
    reversed_ = {s.return_id for s in state.settlements if s.purpose == "reversal"}
    paid = Counter(
        (line, unit)
        for s in state.settlements
        if s.purpose != "reversal" and not (s.return_id and s.return_id in reversed_)
        for line, units in s.units.items()
        for unit in units
    )
    claimed = Counter(
        (line, unit)
        for case in state.returns
        if case.live
        for line, units in case.units.items()
        for unit in units
    )
    for what, counts in (("in {} settlements", paid), ("on {} live returns", claimed)):
        for (line, unit), times in counts.items():
            if times > 1:
                yield _unit(state, line, unit, what.format(times))
    lost = {
        (line, unit)
        for s in state.settlements
        if s.return_id is None
        for line, units in s.units.items()
        for unit in units
    }
    for line, unit in sorted(lost & set(claimed)):
        yield _unit(state, line, unit, "on a live return and paid back for another reason")


def _values(state: JourneyState) -> Iterator[BrokenInvariant]:
    """A settlement pays what its units cost; a cancellation pays all that did not go back elsewhere."""
    for settlement in state.settlements:
        if settlement.purpose == "reversal" or not settlement.legs:
            continue
        if settlement.purpose == "external":
            continue  # somebody else decided what it pays
        worth = value_of(state, settlement.units)
        if settlement.occasion == keys.occasion_of_cancel(state.order.order):
            worth = _rest(state, worth + state.order.shipping)
        if worth < settlement.principal:
            paid, cost = money(settlement.principal.minor, worth.currency), money(worth.minor, worth.currency)
            yield _broken(
                settlement.occasion, f"settlement {settlement.occasion} pays {paid} for units of {cost}"
            )


def _rest(state: JourneyState, worth: Money) -> Money:
    """What a cancellation may give back: where money went back elsewhere, all the rest, also of units partly paid."""
    moved = [leg.principal for s in state.settlements if s.purpose == "external" for leg in s.legs]
    return state.order.captured - total(moved, state.order.currency) if moved else worth


def _bonuses(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    """By the order: what was promised on top. By the ledger: what was spent, each time naming the settlement."""
    promised = {s.occasion: _bonus(state, s) for s in state.settlements if s.purpose != "reversal"}
    for case in state.returns:
        of_case = sum(
            promised[s.occasion] for s in state.settlements_of(case.return_id) if s.occasion in promised
        )
        quoted = case.quote.credit_bonus.minor if case.resolution == "store_credit" else 0
        cap = credit_bonus(case.quote.refund, state.terms.policy.credit).minor
        if of_case > min(quoted, cap):
            more = money(of_case, state.order.currency)
            says = (
                f"return {case.return_id} gives a bonus of {more}, quoted were {quoted} and the cap is {cap}"
            )
            yield BrokenInvariant(invariant="I4b", subject=case.return_id, message=says)
    yield from _goodwill(state, promised)
    spent: dict[str, int] = defaultdict(int)
    for leg in records.legs:
        if leg.status == "settled" and leg.purpose != "reversal":
            spent[leg.occasion] += leg.bonus
    for occasion, minor in spent.items():
        if minor > promised.get(occasion, 0):
            says = f"occasion {occasion} was paid a bonus of {money(minor, state.order.currency)}, earned was less"
            yield BrokenInvariant(invariant="I4b", subject=occasion, message=says)


def _goodwill(state: JourneyState, promised: dict[str, int]) -> Iterator[BrokenInvariant]:
    """For a broken promise: once per order, where a parcel came late, at most the cap of its terms."""
    made = [s.occasion for s in state.settlements if s.purpose == "goodwill"]
    cap = state.terms.policy.goodwill.cap if state.terms.policy.goodwill else 0
    order = state.order.order
    if len(made) > 1:
        says = f"order {order} was made good {len(made)} times"
        yield BrokenInvariant(invariant="I4b", subject=order, message=says)
    for occasion in made:
        if promised[occasion] > cap:
            given = money(promised[occasion], state.order.currency)
            says = f"order {order} was made good with {given}, the cap is {cap}"
            yield BrokenInvariant(invariant="I4b", subject=occasion, message=says)


def _bonus(state: JourneyState, settlement: Settlement) -> int:
    return total(
        [leg.bonus for leg in settlement.legs if leg.status != "skipped"], state.order.currency
    ).minor


def _unit(state: JourneyState, line: str, unit: int, where: str) -> BrokenInvariant:
    order = state.order.order
    return _broken(order, f"unit {unit} of line {line} of order {order} is {where}")


def _broken(subject: str, says: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I4", subject=subject, message=says)
