"""The status of an order: one schema for the stored snapshot and the live journey."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.journey.order_lines import LineView, line_views
from domain.journey.order_money import OrderTotals, TenderView, order_totals, tender_views
from domain.journey.plannable import command_name, read_command
from domain.model.attention import AttentionItem
from domain.model.consent import Consent
from domain.model.date_promise import DatePromise
from domain.model.order import Destination
from domain.model.planned_command import PlannedCommand
from domain.model.promise import DelayNotice, FollowUp, LeadTimeTrial, Promise
from domain.model.state import JourneyState, Stage
from domain.money import Money
from domain.payments.claw_backs.views import ClawBackView, claw_back_views
from domain.payments.disputes.views import DisputeView, dispute_view
from domain.payments.views import SettlementView, settlement_view
from domain.returns.views import ReturnView, return_view
from domain.tracking.views import ParcelView, parcel_view


class NextAction(Frozen):
    """The next automatic action."""

    action: str
    """What the journey does."""
    reason: str
    """Why."""
    owner: str
    """The role that may act before it."""
    at: Instant
    """When the journey does it."""


class HandoverView(Frozen):
    """Goods that reach the customer without a parcel."""

    handover: str
    """Its id within the order."""
    units: dict[str, int]
    """How many units of each line."""
    ready_at: Instant | None
    """Since when they can be collected."""
    handed_over_at: Instant | None
    """When the customer got them."""


class PlannedView(Frozen):
    """A command of a person that can be taken back until its time has come."""

    plan: str
    """Its id, by which it is undone or done at once."""
    command: str
    """What it does: the override, or the name of the command."""
    subject: str
    """The return, parcel, payment or question that it is about; empty for the order as a whole."""
    role: str
    """The role of who gave it."""
    name: str
    """The id of who gave it."""
    planned_at: Instant
    """When it was given."""
    due_at: Instant
    """When it has its effect."""


class CustomerContact(Frozen):
    """The customer in clear, for staff and the storefront. Every text is "erased person" once they were erased."""

    customer: str
    """Our pseudonym of the customer."""
    name: str
    """The name."""
    email: str | None
    """The e-mail address; null where the shop has none."""
    phone: str | None
    """In E.164."""
    locale: str
    """The language that the storefront sent, as BCP 47; one that they chose since is in their preferences."""
    erased: bool
    """Whether they were erased."""


class OrderView(Frozen):
    """The status of an order, for the merchant's staff and systems. Customers get `CustomerOrder`."""

    order: str
    """Our id of the order."""
    order_id: str
    """The shop's own order id."""
    number: str
    """The name by which the customer knows the order."""
    stage: Stage
    """Where the order stands as a whole."""
    delivered: Literal["none", "some", "all"]
    """How much of it has arrived."""
    promise: Promise
    """What the customer was promised."""
    service: str | None
    """The delivery service that was chosen; null if none was named."""
    due: Instant
    """The instant at which the promise breaks."""
    destination: Destination
    """Where it goes. The address is not held."""
    lines: tuple[LineView, ...]
    """What was bought, and where its units are."""
    parcels: tuple[ParcelView, ...]
    """The parcels, in the order of their registration."""
    handovers: tuple[HandoverView, ...] = ()
    """Goods that reach the customer without a parcel."""
    delay_notices: tuple[DelayNotice, ...]
    """The delays of which the customer was notified."""
    next_updates: tuple[FollowUp, ...] = ()
    """The times by which notices promised the customer another update, and what became of them."""
    date_promises: tuple[DatePromise, ...] = ()
    """The dates about money and answers that the customer was told, and what became of them."""
    lead_time_trials: tuple[LeadTimeTrial, ...] = ()
    """When other lead times would have sent a delay notice, where the policy tries some."""
    returns: tuple[ReturnView, ...]
    """The returns."""
    claw_backs: tuple[ClawBackView, ...] = ()
    """Money that was asked back from the customer; that of a return is listed there too."""
    settlements: tuple[SettlementView, ...]
    """The payments to the customer, by occasion."""
    disputes: tuple[DisputeView, ...] = ()
    """The payments that a bank asks back, or asks about."""
    tenders: tuple[TenderView, ...]
    """How it was paid, and what went back to each means of payment."""
    totals: OrderTotals
    """The sums of the order."""
    captured: Money
    """What the customer paid."""
    refunded: Money
    """What was paid back, without bonus."""
    attention: tuple[AttentionItem, ...]
    """The questions that wait for a person."""
    consents: tuple[Consent, ...]
    """The questions to the customer about a later date."""
    planned: tuple[PlannedView, ...] = ()
    """What people have planned and can still take back."""
    next: NextAction | None
    """The next automatic action; null if nothing is planned."""
    terms: str
    """The hash of the order's terms."""
    placed_at: Instant
    """When the customer ordered."""
    as_of: Instant
    """The business time at which all of this was true."""
    seq: int
    """The version of the order; it rises with every change."""
    customer: CustomerContact | None = None
    """The customer in clear; only with `include=customer`."""


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
        date_promises=tuple(state.date_promises),
        lead_time_trials=tuple(state.lead_time_trials),
        returns=tuple(return_view(state, case) for case in state.returns),
        claw_backs=claw_back_views(state),
        settlements=tuple(settlement_view(state, s) for s in state.settlements if s.return_id is None),
        disputes=tuple(dispute_view(state, one) for one in state.disputes),
        tenders=tender_views(state),
        totals=totals,
        captured=totals.captured,
        refunded=totals.refunded,
        attention=tuple(state.attention),
        consents=tuple(state.consents),
        planned=tuple(planned_view(one) for one in state.planned_commands),
        next=waiting
        and NextAction(action=waiting.action.kind, reason=waiting.reason, owner=waiting.owner, at=waiting.at),
        terms=state.terms.hash,
        placed_at=state.order.placed_at,
        as_of=as_of,
        seq=state.seq,
    )


def planned_view(planned: PlannedCommand) -> PlannedView:
    """The planned command as staff see it, without what its person wrote."""
    return PlannedView(
        plan=planned.plan,
        command=command_name(read_command(planned.command, planned.body)),
        subject=planned.subject,
        role=planned.by.role,
        name=planned.by.name,
        planned_at=planned.planned_at,
        due_at=planned.due_at,
    )
