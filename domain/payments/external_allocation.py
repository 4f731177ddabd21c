"""The tenders and units that a refund made in the storefront is about, of those that are not paid yet."""

from collections import Counter
from collections.abc import Iterable, Iterator

from domain.model.leg import Leg
from domain.model.quote import TenderShare
from domain.model.settlement import take_up_to
from domain.model.shipment import ExternalRefund, RefundedLine
from domain.model.state import JourneyState
from domain.payments.refundable import unrefunded_per_tender
from domain.units import Units, UnitsByLine, units_in


def allocate_tenders(state: JourneyState, refund: ExternalRefund) -> list[TenderShare]:
    """The refund's money per tender of the order: tenders of the same kind first, never more than is unrefunded."""
    left, moved = _captured(state), Counter[str]()
    for part in refund.parts:
        same_kind_first = sorted(left, key=lambda share: share.kind != part.kind)
        for share in take_up_to(same_kind_first, part.amount):
            moved[share.tender_id] += share.amount.minor
        left = less(_captured(state), list(_as_shares(state, moved)))
    return list(_as_shares(state, moved))


def _captured(state: JourneyState) -> list[TenderShare]:
    """What is unrefunded of the tenders that were paid."""
    return [share for share in unrefunded_per_tender(state) if share.captured]


def less(shares: list[TenderShare], taken: list[TenderShare]) -> list[TenderShare]:
    """The shares less what is taken. Shares with nothing left are omitted."""
    gone = Counter({share.tender_id: share.amount.minor for share in taken})
    rest = [share.of(share.amount.minor - gone[share.tender_id]) for share in shares]
    return [share for share in rest if share.amount]


def _as_shares(state: JourneyState, minors: Counter[str]) -> Iterator[TenderShare]:
    for share in unrefunded_per_tender(state):
        if minors[share.tender_id]:
            yield share.of(minors[share.tender_id])


def allocate_units(state: JourneyState, lines: Iterable[RefundedLine], *, with_money: bool) -> UnitsByLine:
    """The units that a refund took off the order, of those that are on it. The refund names lines and quantities only.

    Units that were removed, and those of an edit, are the ones that have not shipped; units that came back are ones that have.
    With money they are first those whose payment waits for a person, who may just have paid, or failed; then those on a return;
    without, those on no return, as a return here pays for its own.
    """
    owed = _owed(state) if with_money else set()
    gone = (_paid_units(state) | units_in([state.removed_units])) - owed
    returning = units_in(case.units for case in state.returns if case.live)
    waiting = units_in([state.unshipped(), state.uncollected()])
    allocated: UnitsByLine = {}
    for line in lines:
        unshipped_first = line.removed or not (with_money or line.taken_back)

        def rank(unit: int, line: RefundedLine = line, first: bool = unshipped_first) -> tuple[bool, ...]:
            has_left = (line.line_id, unit) not in waiting
            on_return = (line.line_id, unit) in returning
            not_owed = (line.line_id, unit) not in owed
            return not_owed, *((has_left, on_return) if first else (on_return != with_money, not has_left))

        left = _units_outside(state, line.line_id, gone | units_in([allocated]))
        if chosen := sorted(left, key=rank)[: line.quantity]:
            allocated.setdefault(line.line_id, []).extend(chosen)
    return allocated


def _paid_units(state: JourneyState) -> Units:
    """Units in a settlement. A return whose credit is taken back does not count."""
    reversed_ = {s.return_id for s in state.settlements if s.purpose == "reversal"}
    return units_in(s.units for s in state.settlements if s.return_id is None or s.return_id not in reversed_)


def _owed(state: JourneyState) -> Units:
    """Units whose payment waits for a person, was refused, or came back."""
    return units_in(s.units for s in state.settlements if any(_is_owed(leg) for leg in s.legs))


def _is_owed(leg: Leg) -> bool:
    return (leg.waits and leg.awaits == "person") or leg.status in ("failed", "reversed")


def _units_outside(state: JourneyState, line_id: str, taken: Units) -> list[int]:
    """The line's units that are not taken; none for a line that the order does not have."""
    line = state.order.line(line_id)
    return [unit for unit in range(line.quantity if line else 0) if (line_id, unit) not in taken]
