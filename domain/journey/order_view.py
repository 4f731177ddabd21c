"""The status of an order: one schema for the stored snapshot and the live journey."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.model.attention import AttentionItem
from domain.model.consent import Consent
from domain.model.promise import DelayNotice, FollowUp, LeadTimeTrial, Promise
from domain.model.state import JourneyState, Stage
from domain.money import Money
from domain.payments.views import SettlementView, refunded_total, settlement_view
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


class OrderView(Frozen):
    """The status of an order.

    as_of: the business time at which it was true.
    seq: the version of the state.
    next_updates: the times by which notices promised the customer another update, per parcel, and what became of them.
    lead_time_trials: when other lead times would have sent a delay notice, where the policy tries some
        (`delays.lead_time_trials`).
    """

    order: str
    order_id: str
    stage: Stage
    delivered: Literal["none", "some", "all"]
    promise: Promise
    service: str | None
    due: Instant
    parcels: tuple[ParcelView, ...]
    delay_notices: tuple[DelayNotice, ...]
    next_updates: tuple[FollowUp, ...] = ()
    lead_time_trials: tuple[LeadTimeTrial, ...] = ()
    returns: tuple[ReturnView, ...]
    settlements: tuple[SettlementView, ...]
    captured: Money
    refunded: Money
    attention: tuple[AttentionItem, ...]
    consents: tuple[Consent, ...]
    next: NextAction | None
    terms: str
    placed_at: Instant
    as_of: Instant
    seq: int


def order_view(state: JourneyState, as_of: datetime) -> OrderView:
    """The order as anyone may see it who may see the order at all; personal data are not part of it."""
    waiting = agenda.next_visible_action(state)
    return OrderView(
        order=state.order.order,
        order_id=state.order.order_id,
        stage=state.stage,
        delivered=state.delivered,
        promise=state.order.promise,
        service=state.order.service,
        due=state.due,
        parcels=tuple(parcel_view(state, parcel) for parcel in state.parcels),
        delay_notices=tuple(state.delay_notices),
        next_updates=tuple(state.follow_ups),
        lead_time_trials=tuple(state.lead_time_trials),
        returns=tuple(return_view(state, case) for case in state.returns),
        settlements=tuple(settlement_view(s) for s in state.settlements if s.return_id is None),
        captured=state.order.captured,
        refunded=refunded_total(state),
        attention=tuple(state.attention),
        consents=tuple(state.consents),
        next=waiting
        and NextAction(action=waiting.action.kind, reason=waiting.reason, owner=waiting.owner, at=waiting.at),
        terms=state.terms.hash,
        placed_at=state.order.placed_at,
        as_of=as_of,
        seq=state.seq,
    )
