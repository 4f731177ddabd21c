"""Money that went back in the storefront: it has moved, so it is entered in the books and never paid again."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from domain import keys
from domain.actors import Actor, Role
from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement, legs_for, take_up_to
from domain.model.shipment import ExternalRefund, ExternalRefundRecord, RefundedLine
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.refundable import unrefunded_per_tender, value_of
from domain.units import units_in, without

MAX_EXTERNAL_REFUNDS = 200  # of one order, made elsewhere


def apply_external_refund(state: JourneyState, refund: ExternalRefund, now: datetime) -> bool:
    """Take the refund in once; false when we know it as it is, also as one that we made ourselves.

    A refund is told again as its payments go on: what was not money at first counts when it is. One that counted and is
    told otherwise asks finance: it failed after all, or became more.
    """
    amount = total([part.amount for part in refund.parts], state.order.currency)
    known = next((one for one in state.external_refunds if one.refund == refund.refund), None)
    ours = any(leg.reference == refund.refund for leg in state.legs())
    if ours or (known and known.reported_minor == amount.minor):
        return False
    actor = Actor(role=Role.STOREFRONT, name=refund.storefront)
    state.audit(now, actor, "external_refund", refund.refund, amount=amount.minor)
    if known is None and len(state.external_refunds) >= MAX_EXTERNAL_REFUNDS:
        state.open_question("refund_mismatch", refund.refund, now)
        return True
    counted = bool(known and known.counted)
    _record_refund(state, refund.refund, amount.minor, counted or bool(amount))
    if counted:
        state.open_question("refund_mismatch", refund.refund, now)
        return True
    units = _units(state, refund)
    if known is None:
        for line in refund.lines:
            if line.removed:
                _remove_unshipped(state, line, units, now)
    if amount:
        _apply_amount(state, refund, units, amount, now)
    return True


def _record_refund(state: JourneyState, refund: str, reported_minor: int, counted: bool) -> None:
    one = ExternalRefundRecord(refund=refund, reported_minor=reported_minor, counted=counted)
    state.external_refunds = [known for known in state.external_refunds if known.refund != refund] + [one]


def _apply_amount(
    state: JourneyState, refund: ExternalRefund, units: dict[str, list[int]], amount: Money, now: datetime
) -> None:
    """Its units are paid: those on a return settle that return as far as they go. Money beyond what is left asks finance."""
    moved = _shares(state, refund)
    beyond = amount - total([share.amount for share in moved], amount.currency)
    if _skip_failed_legs(state, beyond, units):
        moved = _shares(state, refund)
        beyond = amount - total([share.amount for share in moved], amount.currency)
    _add_settlements(state, refund, units, moved, now)
    if beyond:
        state.open_question("refund_mismatch", refund.refund, now)


def _skip_failed_legs(state: JourneyState, beyond: Money, units: dict[str, list[int]]) -> bool:
    """A payment of ours that the provider refused, and that was made in the storefront instead, is not tried again.

    It was instead of ours when it paid for the same units, or where it names none, exactly as much.
    """
    given_up = False
    for settlement in state.settlements:
        same = not units_in([units]).isdisjoint(units_in([settlement.units]))
        for leg in settlement.legs if settlement.purpose in ("refund", "store_credit") else ():
            instead = leg.principal <= beyond if same else not units and leg.principal == beyond
            if leg.status == "failed" and leg.principal and instead:
                leg.skip()
                beyond, given_up = beyond - leg.principal, True
                state.settle_question("payment_failed", leg.key)
    return given_up


def _add_settlements(
    state: JourneyState,
    refund: ExternalRefund,
    units: dict[str, list[int]],
    moved: list[TenderShare],
    now: datetime,
) -> None:
    """Settlements of what moved: one for each return that it pays, the rest for the order itself."""
    for case in [case for case in state.returns if case.live]:
        of_case = _both(units, case.units)
        if of_case:
            taken = take_up_to(moved, value_of(state, of_case))
            moved, units = _less(moved, taken), without(units, units_in([of_case]))
            _add_settlement(state, refund, case, of_case, taken, now)
    if units or moved:
        _add_settlement(state, refund, None, units, moved, now)


def _both(some: dict[str, list[int]], others: dict[str, list[int]]) -> dict[str, list[int]]:
    """The units that are in both."""
    return without(some, units_in([some]) - units_in([others]))


def _add_settlement(
    state: JourneyState,
    refund: ExternalRefund,
    case: ReturnCase | None,
    units: dict[str, list[int]],
    shares: list[TenderShare],
    now: datetime,
) -> None:
    occasion = keys.next_part(
        keys.occasion_of_external_refund(state.order.order, refund.refund),
        [s.occasion for s in state.settlements],
    )
    legs = legs_for(occasion, "external", shares, now)
    return_id = case.return_id if case else None
    state.plan(
        Settlement(occasion=occasion, return_id=return_id, purpose="external", units=units, legs=legs), now
    )


def _shares(state: JourneyState, refund: ExternalRefund) -> list[TenderShare]:
    """Which tenders it went back to: those of its kind first; never more than was not paid back yet."""
    left, moved = unrefunded_per_tender(state), Counter[str]()
    for part in refund.parts:
        alike_first = sorted(left, key=lambda share: share.kind != part.kind)
        for share in take_up_to(alike_first, part.amount):
            moved[share.tender_id] += share.amount.minor
        left = _less(unrefunded_per_tender(state), list(_as_shares(state, moved)))
    return list(_as_shares(state, moved))


def _as_shares(state: JourneyState, minors: Counter[str]) -> Iterator[TenderShare]:
    for share in unrefunded_per_tender(state):
        if minors[share.tender_id]:
            yield share.of(minors[share.tender_id])


def _less(shares: list[TenderShare], taken: list[TenderShare]) -> list[TenderShare]:
    gone = Counter({share.tender_id: share.amount.minor for share in taken})
    rest = [share.of(share.amount.minor - gone[share.tender_id]) for share in shares]
    return [share for share in rest if share.amount]


def _units(state: JourneyState, refund: ExternalRefund) -> dict[str, list[int]]:
    """The very units it paid for, as far as the order has such that nobody paid for yet.

    What was taken out of the order is what has not shipped; else what is on a return, then what arrived or left.
    """
    back = {s.return_id for s in state.settlements if s.purpose == "reversal"}
    paid = units_in(s.units for s in state.settlements if s.return_id is None or s.return_id not in back)
    returning = units_in(case.units for case in state.returns if case.live)
    packed = units_in(parcel.units for parcel in state.parcels if not parcel.void)
    found: dict[str, list[int]] = {}
    for line in refund.lines:
        ordered = state.order.line(line.line_id)
        known = units_in([found])
        free = [
            unit
            for unit in range(ordered.quantity if ordered else 0)
            if (line.line_id, unit) not in paid and (line.line_id, unit) not in known
        ]

        def rank(unit: int, line: RefundedLine = line) -> tuple[bool, bool]:
            here = (line.line_id, unit) not in packed
            return (not here, False) if line.removed else ((line.line_id, unit) not in returning, here)

        if chosen := sorted(free, key=rank)[: line.quantity]:
            found.setdefault(line.line_id, []).extend(chosen)
    return found


def _remove_unshipped(
    state: JourneyState, line: RefundedLine, units: dict[str, list[int]], now: datetime
) -> None:
    """What has not left will not: nobody waits for it to be shipped."""
    still_here = _both({line.line_id: units.get(line.line_id, [])}, state.unshipped())
    for line_id, gone in still_here.items():
        state.removed_units.setdefault(line_id, []).extend(gone)
        state.removed_at = now
        state.settle_questions_about_shipping()
