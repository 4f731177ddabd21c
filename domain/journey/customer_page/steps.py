"""What happens now, what comes next, and what the customer has to do: who acts, and by when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.customer_order import CustomerOrder
from domain.journey.customer_page.arrival import Arrival, PagePackage
from domain.journey.customer_page.moments import MomentKind, PageMoment, all_money
from domain.model.scan import ParcelStatus
from domain.returns.customer_return import CustomerReturn, CustomerReturnStatus
from domain.tracking.customer_parcel import ExpectedDelivery

Party = Literal["shop", "carrier", "customer", "bank", "none"]
PresentStep = Literal[
    "in_preparation", "handed_to_carrier", "on_its_way", "out_for_delivery", "delivery_failed", "carrier_problem",
    "waits_for_collection", "arrived", "comes_back_to_us", "lost", "sent_again", "cancelled", "return_in_review",
    "return_open", "return_approved", "return_refused", "return_with_carrier", "return_received", "money_on_its_way",
]  # fmt: skip
CustomerTask = Literal["answer", "collect", "hand_in_return", "nothing"]


class PresentState(Frozen):
    """What happens now."""

    what: PresentStep
    """What it is."""
    who: Party
    """Who acts."""
    since: Instant | None
    """Since when; null where that is not known."""
    place: str
    """Where, in the carrier's words; empty where it is not known."""


class NextState(Frozen):
    """What comes next."""

    what: MomentKind | None
    """What it is; null where nothing is planned."""
    who: Party
    """Who acts."""
    by: Instant | None
    """By when."""
    expected: ExpectedDelivery | None
    """The date to show where it is a day or a window."""


class CustomerPart(Frozen):
    """What the customer has to do."""

    what: CustomerTask
    """What it is."""
    by: Instant | None
    """Until when; null where nothing is to be done, or at any time."""
    about: str
    """The question, parcel or return that it is about; empty where there is none."""


class PageSteps(Frozen):
    """Three answers that every state of an order has."""

    present: PresentState
    """What happens now."""
    upcoming: NextState
    """What comes next."""
    yours: CustomerPart
    """What the customer has to do."""


_BY_STATUS: Mapping[ParcelStatus, tuple[PresentStep, Party]] = {
    ParcelStatus.PRE_TRANSIT: ("handed_to_carrier", "carrier"),
    ParcelStatus.UNKNOWN: ("handed_to_carrier", "carrier"),
    ParcelStatus.PICKED_UP: ("on_its_way", "carrier"),
    ParcelStatus.IN_TRANSIT: ("on_its_way", "carrier"),
    ParcelStatus.OUT_FOR_DELIVERY: ("out_for_delivery", "carrier"),
    ParcelStatus.ATTEMPT_FAILED: ("delivery_failed", "carrier"),
    ParcelStatus.EXCEPTION: ("carrier_problem", "carrier"),
    ParcelStatus.EXPIRED: ("carrier_problem", "shop"),
    ParcelStatus.CANCELLED: ("carrier_problem", "shop"),
}
_BY_ARRIVAL: Mapping[Arrival, tuple[PresentStep, Party]] = {
    "arrived": ("arrived", "none"),
    "ready_to_collect": ("waits_for_collection", "customer"),
    "returning": ("comes_back_to_us", "carrier"),
    "lost": ("lost", "shop"),
    "sent_again": ("sent_again", "shop"),
    "cancelled": ("cancelled", "shop"),
}
_BY_RETURN: Mapping[CustomerReturnStatus, tuple[PresentStep, Party]] = {
    "in_review": ("return_in_review", "shop"),
    "authorized": ("return_open", "customer"),
    "dropped_off": ("return_with_carrier", "carrier"),
    "received": ("return_received", "shop"),
}
_ACTS: Mapping[MomentKind, Party] = {
    "arrives": "carrier", "next_message": "shop", "answer_until": "customer", "search_ends": "shop",
    "decision_by": "shop", "return_code_ends": "customer", "money_leaves": "shop", "money_arrives": "bank",
    "return_window_ends": "customer",
}  # fmt: skip


def steps(order: CustomerOrder, package: PagePackage | None, planned: tuple[PageMoment, ...]) -> PageSteps:
    """package: the one that the page is about. planned: the timeline."""
    return PageSteps(
        present=_present(order, package, planned),
        upcoming=_upcoming(package, planned),
        yours=_task(order, package),
    )


def _present(
    order: CustomerOrder, package: PagePackage | None, timeline: tuple[PageMoment, ...]
) -> PresentState:
    arrived = package is None or package.arrival in ("arrived", "cancelled", "lost")
    money = [paid for paid in all_money(order) if paid.paid_at is None]
    case = _open_return(order)
    if arrived and case is not None:
        return _of_return(case, timeline)
    if arrived and money:
        way: Party = "bank" if any(paid.status == "accepted" for paid in money) else "shop"
        return _state("money_on_its_way", way)
    if arrived and order.returns and order.returns[-1].status == "refused":
        return _state("return_refused", "none", since=_decided_at(order.returns[-1], timeline))
    if order.stage == "cancelled":
        return _state("cancelled", "none")
    if package is None:
        return _state(
            "arrived" if order.stage == "arrived" else "in_preparation",
            "none" if order.stage == "arrived" else "shop",
        )
    return _of_package(order, package)


def _of_return(case: CustomerReturn, timeline: tuple[PageMoment, ...]) -> PresentState:
    approved = _decided_at(case, timeline)
    if case.status == "authorized" and approved is not None:
        return _state("return_approved", "customer", since=approved)
    return _state(*_BY_RETURN[case.status], since=case.dropped_off_at or case.opened_at)


def _decided_at(case: CustomerReturn, timeline: tuple[PageMoment, ...]) -> datetime | None:
    """When a review of it ended; None where it was never reviewed."""
    decided = ("return_approved", "return_refused")
    return next((one.at for one in timeline if one.kind in decided and one.about == case.number), None)


def _of_package(order: CustomerOrder, package: PagePackage) -> PresentState:
    if package.arrival in _BY_ARRIVAL:
        return _state(*_BY_ARRIVAL[package.arrival], since=package.arrived_at, place=_place(order, package))
    if package.status is None:
        return _state("in_preparation", "shop", since=order.placed_at)
    scans = next((one.scans for one in order.parcels if one.parcel == package.parcel), ())
    exact = scans[-1].at if scans and scans[-1].precision == "instant" else None
    return _state(*_BY_STATUS[package.status], since=exact, place=_place(order, package))


def _place(order: CustomerOrder, package: PagePackage) -> str:
    scans = next((one.scans for one in order.parcels if one.parcel == package.parcel), ())
    return next((scan.location for scan in reversed(scans) if scan.location), "")


def _open_return(order: CustomerOrder) -> CustomerReturn | None:
    return next((case for case in reversed(order.returns) if case.status in _BY_RETURN), None)


def _upcoming(package: PagePackage | None, planned: tuple[PageMoment, ...]) -> NextState:
    """The earliest of what is planned; the end of the window only where there is nothing else."""
    ahead = [one for one in planned if one.tense == "future"]
    first = min(ahead, key=lambda one: (one.kind == "return_window_ends", one.at), default=None)
    if first is None:
        return NextState(what=None, who="none", by=None, expected=None)
    unpacked = first.kind == "arrives" and not first.about
    who: Party = "shop" if unpacked else _ACTS[first.kind]
    return NextState(what=first.kind, who=who, by=first.at, expected=first.expected)


def _task(order: CustomerOrder, package: PagePackage | None) -> CustomerPart:
    """The first thing that waits for the customer."""
    asked = min(order.questions, key=lambda one: one.until, default=None)
    if asked is not None:
        return CustomerPart(what="answer", by=asked.until, about=asked.subject)
    if package is not None and package.arrival == "ready_to_collect":
        return CustomerPart(what="collect", by=None, about=package.parcel)
    case = _open_return(order)
    if case is not None and case.status == "authorized" and case.code_state == "valid":
        return CustomerPart(what="hand_in_return", by=case.code_expires_at, about=case.number)
    return CustomerPart(what="nothing", by=None, about="")


def _state(what: PresentStep, who: Party, since: datetime | None = None, place: str = "") -> PresentState:
    return PresentState(what=what, who=who, since=since, place=place)
