"""The whole page of an order for its customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.delays.news import presumed_lost_at
from domain.journey.customer_order import CustomerOrder, customer_order
from domain.journey.customer_page.arrival import PagePackage, first_awaited, packages
from domain.journey.customer_page.moments import PageMoment, moments, window_ends
from domain.journey.customer_page.steps import PageSteps, steps
from domain.model.order import TenderKind
from domain.model.quote import ReturnItem
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import Reason
from domain.returns.eligibility import ReturnableUnits, some_reason, violations
from domain.returns.withdrawal_rules import withdrawal_offer

StayReason = Literal["not_returnable", "final_sale", "policy_denies", "outside_window"]
_LASTING: Mapping[Reason, StayReason] = {  # a later day changes none of them; the first counts
    Reason.NOT_RETURNABLE: "not_returnable",
    Reason.FINAL_SALE: "final_sale",
    Reason.POLICY_DENIES: "policy_denies",
    Reason.OUTSIDE_WINDOW: "outside_window",
}


class PageSums(Frozen):
    """What the order cost and how it was paid."""

    goods: Money
    """All lines after their discounts, with duty."""
    shipping: Money
    """The delivery."""
    tip: Money | None
    """The tip; null where there was none."""
    total: Money
    """What the order costs in all."""
    paid: Money
    """What was paid of it."""
    refunded: Money
    """What was paid back, without bonus."""


class CustomerPage(Frozen):
    """What the page of an order shows its customer: every sentence on it is made of this."""

    details: CustomerOrder
    """The order, as `GET /v1/orders/{order}` answers its customer."""
    zone: str
    """The time zone of the destination: days and hours on the page are those of its clocks."""
    locale: str
    """The customer's language, as BCP 47."""
    package: PagePackage | None
    """The package that the page is about; null where the order has none."""
    packages: tuple[PagePackage, ...]
    """All packages; what is in no parcel yet is the last one."""
    steps: PageSteps
    """What happens now, what comes next, and what the customer has to do."""
    timeline: tuple[PageMoment, ...]
    """What is planned and what happened, the newest first."""
    called_lost_at: Instant | None
    """When the package is called lost if it is not scanned until then; null unless it is late."""
    window_ends_at: Instant | None
    """Until when something that arrived can be sent back; null where nothing can."""
    staying: dict[str, StayReason]
    """Per line that arrived and cannot be sent back, why; empty for what is not here yet or is on a return."""
    sums: PageSums
    """What it cost and what was paid."""
    paid_with: TenderKind | None = None
    """The one kind of payment that the order was paid with; null where there are several."""
    withdrawal: bool = False
    """Whether the customer may withdraw from the contract now."""


def customer_page(state: JourneyState, now: datetime, parcel: str = "") -> CustomerPage:
    """The page at that business time. parcel: the package that it is about; by default the one that comes next."""
    order, found = customer_order(state, now), packages(state, now)
    chosen = next((one for one in found if parcel and one.parcel == parcel), None) or first_awaited(found)
    timeline = moments(state, order, found)
    return CustomerPage(
        details=order,
        zone=state.zone,
        locale=state.order.customer.locale,
        package=chosen,
        packages=found,
        steps=steps(order, chosen, timeline),
        timeline=timeline,
        called_lost_at=_called_lost_at(state, chosen, now),
        window_ends_at=window_ends(state, now),
        staying=_staying(state, now),
        sums=_sums(state, order),
        paid_with=_paid_with(state),
        withdrawal=withdrawal_offer(state, now).offered,
    )


def _paid_with(state: JourneyState) -> TenderKind | None:
    kinds = {tender.kind for tender in state.order.tenders if tender.captured}
    return kinds.pop() if len(kinds) == 1 else None


def _staying(state: JourneyState, now: datetime) -> dict[str, StayReason]:
    """By the rules of quotes, so that what is denied here is refused for the same reason."""
    units, found = ReturnableUnits(state, now), dict[str, StayReason]()
    for line in state.order.lines:
        if units.units(line.line_id):
            reason = some_reason(state, line.line_id, now)
            item = ReturnItem(line_id=line.line_id, quantity=1, reason=reason)
            codes = {one.code for one in violations(state, [item], now)}
            why = next((stays for code, stays in _LASTING.items() if code in codes), None)
            if why is not None:
                found[line.line_id] = why
    return found


def _called_lost_at(state: JourneyState, package: PagePackage | None, now: datetime) -> datetime | None:
    parcel = state.parcel(package.parcel) if package and package.delay else None
    if parcel is None or not parcel.under_way:
        return None
    at = presumed_lost_at(parcel, state.terms.policy.lost_days)
    return at if at > now else None


def _sums(state: JourneyState, order: CustomerOrder) -> PageSums:
    bought = state.order
    goods = sum(line.charged_minor for line in bought.lines)
    return PageSums(
        goods=Money(minor=goods, currency=bought.currency),
        shipping=bought.shipping,
        tip=bought.tip,
        total=bought.bill,
        paid=order.paid,
        refunded=order.refunded,
    )
