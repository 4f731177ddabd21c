"""What the storefront of an order is to be told, by the order's state. Each update is sent once, by its key."""

from collections.abc import Iterator
from datetime import datetime

from domain.model.leg import Leg
from domain.model.order import Order, Tender
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.storefront_update import StorefrontUpdate, UpdateKind, shop_order
from domain.money import Money
from domain.units import UnitsByLine, units_in

_TOLD_PURPOSES = ("refund", "store_credit")
_ENDS: dict[str, UpdateKind] = {
    "refused": "return_refused", "cancelled": "return_cancelled", "expired": "return_expired",
}  # fmt: skip


def storefront_updates(state: JourneyState, now: datetime) -> list[StorefrontUpdate]:
    """All updates that the state implies, in the order of its life; those that were sent are among them."""
    ours = state.exchanged_lines()
    returns = [case for case in state.returns if not ours.issuperset(case.units)]
    found = [update for case in returns for update in _opening(case, now)]
    found += [
        update
        for settlement in state.settlements
        if settlement.purpose in _TOLD_PURPOSES
        for leg in settlement.legs
        for update in _money(state, settlement, leg, now)
    ]
    found += [update for case in returns for update in _end(state, case, now)]
    return [_without(update, ours) for update in found]


def _without(update: StorefrontUpdate, lines: frozenset[str]) -> StorefrontUpdate:
    """The update without units of lines that the storefront does not have: goods that left in exchange for others."""
    if lines.isdisjoint(update.units):
        return update
    known = {line: count for line, count in update.units.items() if line not in lines}
    return update.model_copy(update={"units": known})


def _about(case: ReturnCase, kind: UpdateKind, at: datetime, part: str = "") -> StorefrontUpdate:
    units = case.received if kind == "return_received" else case.units
    return StorefrontUpdate(
        kind=kind,
        subject=case.return_id,
        part=part,
        return_id=case.return_id,
        number=case.number,
        units=_counts(units),
        amount=case.quote.refund,
        at=at,
    )


def _opening(case: ReturnCase, now: datetime) -> Iterator[StorefrontUpdate]:
    if case.authorized_at is None:
        yield _about(case, "return_requested", case.opened_at)
    else:
        yield _about(case, "return_opened", case.opened_at)
    if case.revision > 1 and case.decision == "authorized":
        yield _about(case, "return_reopened", now, str(case.revision))
    if case.received:
        yield _about(case, "return_received", case.received_at or now, str(_count(case.received)))


def _end(state: JourneyState, case: ReturnCase, now: datetime) -> Iterator[StorefrontUpdate]:
    revision = str(case.revision)
    if case.decision in _ENDS:
        yield _about(case, _ENDS[case.decision], now, revision)
    elif case.decision == "authorized" and case.goods_settled and not _is_money_open(state, case):
        yield _about(case, "return_closed", now, revision)


def _is_money_open(state: JourneyState, case: ReturnCase) -> bool:
    legs = [leg for settlement in state.settlements_of(case.return_id) for leg in settlement.legs]
    return bool(state.payable_units(case)) or any(leg.open and leg.status != "accepted" for leg in legs)


def _money(
    state: JourneyState, settlement: Settlement, leg: Leg, now: datetime
) -> Iterator[StorefrontUpdate]:
    """A payment that is on its way; of one that was, under an earlier key or this one, that it came back."""
    case = state.case(settlement.return_id) if settlement.return_id else None
    if leg.on_its_way or leg.status == "reversed":
        yield _payment(state.order, settlement, leg, case, now)
    failed = {choice.leg for choice in (leg.choice,) if choice and choice.came_back} | ({leg.replaces} - {""})
    if leg.status == "reversed" or (leg.status == "failed" and leg.accepted_at):
        failed.add(leg.key)
    for key in sorted(failed):
        yield _payment(state.order, settlement, leg, case, now).model_copy(
            update={"kind": "refund_failed", "subject": key, "reference": ""}
        )


def _payment(
    order: Order, settlement: Settlement, leg: Leg, case: ReturnCase | None, now: datetime
) -> StorefrontUpdate:
    here = units_in([case.received]) if case else frozenset()
    tender = order.tender(leg.tender_id)
    return StorefrontUpdate(
        kind="refunded",
        subject=leg.key,
        return_id=settlement.return_id or "",
        number=case.number if case else "",
        units=_counts(settlement.units) if leg is settlement.legs[0] else {},
        amount=leg.principal,
        paid_by=(tender.provider or "" if tender else "") if leg.to == "provider" else leg.to,
        reference=leg.reference,
        keep_free=_shops_own(order, tender),
        goods_are_here=bool(case) and units_in([settlement.units]) <= here,
        at=leg.settled_at or leg.accepted_at or now,
    )


def _shops_own(order: Order, tender: Tender | None) -> Money | None:
    """What the storefront took itself, where the tender is another one's."""
    there = shop_order(order)
    if there is None or not there.pays or (tender is not None and tender.provider == there.storefront):
        return None
    own = (one.amount.minor for one in order.tenders if one.provider == there.storefront)
    return Money(minor=sum(own), currency=order.currency)


def _counts(units: UnitsByLine) -> dict[str, int]:
    return {line: len(numbers) for line, numbers in units.items() if numbers}


def _count(units: UnitsByLine) -> int:
    return sum(len(numbers) for numbers in units.values())
