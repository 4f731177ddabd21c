"""The status of an order: one schema for the stored snapshot and the live journey."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.journey.order_lines import LineView, line_views
from domain.journey.order_money import OrderTotals, TenderView, order_totals, tender_views
from domain.model.attention import AttentionItem
from domain.model.consent import Consent
from domain.model.order import Destination
from domain.model.promise import DelayNotice, FollowUp, LeadTimeTrial, Promise
from domain.model.state import JourneyState, Stage
from domain.money import Money
from domain.payments.views import SettlementView, settlement_view
from domain.returns.views import ReturnView, return_view
from domain.tracking.views import ParcelView, parcel_view


class NextAction(Frozen):
    """The next automatic action.

    owner: the role that may act before it.
    at: when the journey does it.
    """

    action: str
    reason: str
    owner: str
    at: Instant


class HandoverView(Frozen):
    """Goods without a parcel: since when they can be collected, and when the customer got them. units: per line."""

    handover: str
    units: dict[str, int]
    ready_at: Instant | None
    handed_over_at: Instant | None


class CustomerContact(Frozen):
    """The customer in clear, for staff and the storefront. Every text is "erased person" once they were erased.

    customer: our pseudonym of the customer.
    locale: the language in which they get letters, as BCP 47.
    phone: in E.164.
    """

    customer: str
    name: str
    email: str
    phone: str | None
    locale: str


class OrderView(Frozen):
    """The status of an order, for the merchant's staff and systems. Customers get `CustomerOrder`.

    number: the name by which the customer knows the order.
    destination: where it goes. The address is not held.
    tenders: how it was paid, and what went back to each means of payment.
    customer: only with `include=customer`.
    as_of: the business time at which it was true.
    seq: the version of the state.
    next_updates: the times by which notices promised the customer another update, per parcel, and what became of them.
    lead_time_trials: when other lead times would have sent a delay notice, where the policy tries some
        (`delays.lead_time_trials`).
    """

    order: str
    order_id: str
    number: str
    stage: Stage
    delivered: Literal["none", "some", "all"]
    promise: Promise
    service: str | None
    due: Instant
    destination: Destination
    lines: tuple[LineView, ...]
    parcels: tuple[ParcelView, ...]
    handovers: tuple[HandoverView, ...] = ()
    delay_notices: tuple[DelayNotice, ...]
    next_updates: tuple[FollowUp, ...] = ()
    lead_time_trials: tuple[LeadTimeTrial, ...] = ()
    returns: tuple[ReturnView, ...]
    settlements: tuple[SettlementView, ...]
    tenders: tuple[TenderView, ...]
    totals: OrderTotals
    captured: Money
    refunded: Money
    attention: tuple[AttentionItem, ...]
    consents: tuple[Consent, ...]
    next: NextAction | None
    terms: str
    placed_at: Instant
    as_of: Instant
    seq: int
    customer: CustomerContact | None = None


def order_view(state: JourneyState, as_of: datetime) -> OrderView:
    """The order as staff and the merchant's systems see it, without personal data."""
    waiting, totals = agenda.next_visible_action(state), order_totals(state)
    return OrderView(
        order=state.order.order,
        order_id=state.order.order_id,
        number=state.order.number or state.order.order_id,
        stage=state.stage,
        delivered=state.delivered,
        promise=state.order.promise,
        service=state.order.service,
        due=state.due,
        destination=state.order.destination,
        lines=line_views(state),
        parcels=tuple(parcel_view(state, parcel) for parcel in state.parcels),
        handovers=tuple(
            HandoverView(
                handover=one.handover_id,
                units={line: len(units) for line, units in one.units.items()},
                ready_at=one.ready_at,
                handed_over_at=one.handed_over_at,
            )
            for one in state.handovers
        ),
        delay_notices=tuple(state.delay_notices),
        next_updates=tuple(state.follow_ups),
        lead_time_trials=tuple(state.lead_time_trials),
        returns=tuple(return_view(state, case) for case in state.returns),
        settlements=tuple(settlement_view(s) for s in state.settlements if s.return_id is None),
        tenders=tender_views(state),
        totals=totals,
        captured=totals.captured,
        refunded=totals.refunded,
        attention=tuple(state.attention),
        consents=tuple(state.consents),
        next=waiting
        and NextAction(action=waiting.action.kind, reason=waiting.reason, owner=waiting.owner, at=waiting.at),
        terms=state.terms.hash,
        placed_at=state.order.placed_at,
        as_of=as_of,
        seq=state.seq,
    )
