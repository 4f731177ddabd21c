"""What a person sends a bank that disputes a payment: the order, where the goods were, what was agreed, sent and paid back."""

from dataclasses import dataclass
from datetime import datetime

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.order_lines import LineView, line_views
from domain.journey.order_money import TenderView, tender_views
from domain.journey.order_view import CustomerContact, HandoverView, OrderView
from domain.model.consent import Consent
from domain.model.leg_data import LegStatus, RefundChoice
from domain.model.order import Destination
from domain.model.payment import PaidTo, Purpose
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.disputes.views import DisputeView
from domain.returns.views import ReturnView
from domain.tracking.views import ParcelView, ScanView, scan_view
from services.clock import real_now
from services.order_reader import FoundOrder, OrderReader
from services.orders.history import NoticeView, OrderHistory
from services.orders.timeline import OrderTimeline, TimelineEntry
from store.orders.snapshots import Snapshot

MAX_FACTS = 1000  # of the timeline, the newest
_SHOWN = ("scan", "notice", "money", "return", "reply")  # not the shop's own notes and decisions


class EvidenceParcel(Frozen):
    """A parcel with every scan of its carrier."""

    parcel: ParcelView
    """Where it is and was expected."""
    scans: tuple[ScanView, ...]
    """The carrier's scans, by their own time."""


class EvidenceRefund(Frozen):
    """One payment back to the customer, made or owed."""

    occasion: str
    """What it is for."""
    purpose: Purpose
    """What kind of occasion it is."""
    tender_id: str
    """The tender to which it goes back."""
    to: PaidTo
    """Where the money goes."""
    amount: Money
    """How much, without bonus."""
    status: LegStatus
    """How far it is."""
    paid_at: Instant | None
    """When it was paid; null while it is not."""
    reference: str
    """The provider's id of it."""
    bank_reference: str
    """The number by which the customer's bank finds it (ARN); empty while there is none."""
    choice: RefundChoice | None
    """What the customer chose after it had failed."""


class EvidenceAgreement(Frozen):
    """What was agreed with the customer."""

    terms: str
    """The hash of the order's frozen terms; `GET /v1/orders/{order}/explain` has them."""
    promise: Promise
    """What was promised for the delivery."""
    return_days: int
    """How many days after the delivery goods could be returned."""
    consents: tuple[Consent, ...]
    """What the customer was asked and answered about later dates."""


class DisputeEvidence(Frozen):
    """Everything that is known of a disputed order, for a person to send. Nothing is sent by itself."""

    made_at: Instant
    """When it was put together, real time."""
    order_id: str
    """The shop's own order id."""
    number: str
    """The name by which the customer knows the order."""
    placed_at: Instant
    """When the customer ordered."""
    destination: Destination
    """Where it went. The address is not held."""
    customer: CustomerContact | None
    """The customer in clear, for staff; null for other roles."""
    dispute: DisputeView
    """The dispute as it stands."""
    captured: Money
    """What the customer paid."""
    lines: tuple[LineView, ...]
    """What was bought, and where its units are."""
    tenders: tuple[TenderView, ...]
    """How it was paid, and what went back to each means of payment."""
    parcels: tuple[EvidenceParcel, ...]
    """The parcels with their scans."""
    handovers: tuple[HandoverView, ...]
    """Goods that reached the customer without a parcel."""
    returns: tuple[ReturnView, ...]
    """Returns: who had the goods when, what was quoted and what arrived."""
    refunds: tuple[EvidenceRefund, ...]
    """What was paid back, with the references by which banks find it."""
    agreement: EvidenceAgreement
    """What was agreed."""
    letters: tuple[NoticeView, ...]
    """What the customer was told, and when it left; texts for staff only."""
    timeline: tuple[TimelineEntry, ...]
    """Scans, letters, money, returns and replies by the time of each fact; without the shop's own notes and decisions."""
    left_out: int
    """How many older entries of the timeline are left out."""


@dataclass(frozen=True)
class DisputeEvidenceReader:
    """Puts the evidence together from what is stored."""

    orders: OrderReader
    history: OrderHistory
    timeline: OrderTimeline

    async def read(self, order: FoundOrder, dispute: str, *, with_customer: bool) -> DisputeEvidence | None:
        """None where the order has no such dispute. `with_customer`: names, contacts and texts."""
        found = await self.orders.state(order)
        view = await self.orders.with_customer(found) if with_customer else await self.orders.view(order)
        shown = next((one for one in view.disputes if one.dispute == dispute), None)
        if shown is None:
            return None
        letters = await self.history.notices(order, with_text=with_customer)
        facts = [one for one in await self.timeline.facts(order) if one.kind in _SHOWN]
        return _evidence(found, view, shown, (tuple(letters), facts), real_now())


def _evidence(
    found: Snapshot,
    view: OrderView,
    dispute: DisputeView,
    told: tuple[tuple[NoticeView, ...], list[TimelineEntry]],
    now: datetime,
) -> DisputeEvidence:
    state, (letters, facts) = found.state, told
    scans = {one.parcel_id: one.scans for one in state.parcels}
    return DisputeEvidence(
        made_at=now,
        order_id=view.order_id,
        number=view.number,
        placed_at=view.placed_at,
        destination=view.destination,
        customer=view.customer,
        dispute=dispute,
        captured=view.captured,
        lines=line_views(state),
        tenders=tender_views(state),
        parcels=tuple(
            EvidenceParcel(
                parcel=one,
                scans=tuple(map(scan_view, sorted(scans[one.parcel], key=lambda scan: scan.at))),
            )
            for one in view.parcels
        ),
        handovers=view.handovers,
        returns=view.returns,
        refunds=_refunds(state),
        agreement=EvidenceAgreement(
            terms=view.terms,
            promise=view.promise,
            return_days=state.terms.policy.window + state.window_extension,
            consents=view.consents,
        ),
        letters=letters,
        timeline=tuple(facts[-MAX_FACTS:]),
        left_out=max(0, len(facts) - MAX_FACTS),
    )


def _refunds(state: JourneyState) -> tuple[EvidenceRefund, ...]:
    return tuple(
        EvidenceRefund(
            occasion=settlement.occasion,
            purpose=settlement.purpose,
            tender_id=leg.tender_id,
            to=leg.to,
            amount=leg.principal,
            status=leg.status,
            paid_at=leg.settled_at if leg.status == "settled" else None,
            reference=leg.reference if leg.to == "provider" else "",
            bank_reference=leg.newest_event.bank_reference if leg.newest_event else "",
            choice=leg.choice,
        )
        for settlement in state.settlements
        for leg in settlement.legs
    )
