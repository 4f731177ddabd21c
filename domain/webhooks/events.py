"""Webhook events: the differences between two versions of an order's view.

An event names what has changed and holds its new state. Changes in one commit are one difference: a parcel that was picked
up and delivered in one commit has one event, with the status `delivered`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel

from domain import keys
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.order_view import OrderView
from domain.model.attention import AttentionItem
from domain.model.promise import DelayNotice
from domain.money import Money
from domain.payments.claw_backs.views import ClawBackView
from domain.payments.disputes.views import DisputeView
from domain.payments.views import LegView
from domain.returns.views import ReturnView, version_of
from domain.tracking.views import ParcelView
from domain.webhooks.stock import restocked

EventType = Literal[
    "order.placed", "order.shipped", "order.delivered", "order.closed", "order.cancelled", "order.reopened",
    "parcel.registered", "parcel.updated", "parcel.lost",
    "delay.detected", "notice.sent",
    "return.opened", "return.updated", "return.in_review", "return.authorized", "return.refused", "return.dropped_off",
    "return.received", "return.settled", "return.cancelled", "return.expired", "return.needs_attention", "return.refund_due",
    "payment.accepted", "payment.settled", "payment.reversed", "payment.failed", "payment.unknown", "payment.skipped",
    "stock.restocked",
    "claw_back.opened", "claw_back.updated", "claw_back.closed",
    "dispute.opened", "dispute.updated", "dispute.deadline_near", "dispute.closed",
    "attention.opened", "attention.settled",
    "ping",
]  # fmt: skip
TYPES: tuple[EventType, ...] = get_args(EventType)
PARCEL_LEFT_OUT = ("units", "estimate", "eta", "scans")  # they grow with the order, or are read from the API
RETURN_LEFT_OUT = ("units", "receipts", "settlements", "claw_backs", "order", "order_id")
CLAW_BACK_LEFT_OUT = ("units",)
DISPUTE_LEFT_OUT = ("held",)
MAX_BODY_BYTES = 20_000  # receivers of Standard Webhooks need not accept a larger body

T = TypeVar("T")


class Event(Frozen):
    """One change of an order.

    seq: the order's version. A receiver may drop an event that is older than what it has.
    at: business time.
    subject: the parcel, return, leg or question that changed, or the order.
    detail: the new state of the subject, under the name of its kind; never personal data.
    """

    type: EventType
    order: str
    order_id: str
    seq: int
    stage: str
    at: Instant
    subject: str
    detail: dict[str, Any] = {}

    def id(self, merchant: str) -> str:
        """The event's id: the same over all attempts, receivers and repeated commits."""
        return keys.webhook_event(merchant, self.order, self.seq, self.type, self.subject)

    def body(self) -> str:
        """The JSON that is sent and signed. A detail that is too large is left out; the receiver can read it from the API."""
        text = _EventBody(type=self.type, timestamp=self.at, data=self._data(self.detail)).model_dump_json()
        if len(text.encode()) <= MAX_BODY_BYTES:
            return text
        return _EventBody(type=self.type, timestamp=self.at, data=self._data({})).model_dump_json()

    def _data(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        order = {"order": self.order, "order_id": self.order_id, "seq": self.seq, "stage": self.stage}
        return {**order, "subject": self.subject, **detail}


class _EventBody(Frozen):
    type: EventType
    timestamp: Instant
    data: dict[str, Any]


class PlacedDetail(Frozen):
    """A new order."""

    placed_at: Instant
    """When the customer ordered."""
    due: Instant
    """When its promise breaks."""
    captured: Money
    """What the customer paid."""


class SentNoticeDetail(Frozen):
    """A notice that left."""

    kind: str
    """What it reports."""
    subject: str
    """The parcel, return or order that it is about."""
    sent_at: Instant
    """When it left, business time."""


def events_between(before: OrderView | None, after: OrderView) -> list[Event]:
    """The events between two versions of an order, in the order of its life. `before`: None for one just placed."""
    changes = [
        *_order_placed(before, after),
        *_parcels(before.parcels if before else (), after.parcels),
        *_delays(before.delay_notices if before else (), after.delay_notices),
        *_returns(before.returns if before else (), after.returns),
        *_restocked(before.returns if before else (), after.returns),
        *_payments(_legs(before) if before else [], _legs(after)),
        *_claw_backs(before.claw_backs if before else (), after.claw_backs),
        *_disputes(before.disputes if before else (), after.disputes),
        *_questions(before.attention if before else (), after.attention),
        *_stages(before, after),
    ]
    return [_event(after, after.as_of, *change) for change in changes]


def notice_sent(view: OrderView, at: datetime, key: str, kind: str, subject: str) -> Event:
    """The event of a notice that left at that business time."""
    shown = SentNoticeDetail(kind=kind, subject=subject, sent_at=at)
    return _event(view, at, "notice.sent", key, {"notice": _payload(shown)})


def ping(endpoint: str, at: datetime) -> str:
    """The body of a test event, which is about the endpoint itself."""
    return _EventBody(type="ping", timestamp=at, data={"endpoint": endpoint}).model_dump_json()


_Change = tuple[EventType, str, dict[str, Any]]
_STAGE_EVENTS: dict[str, EventType] = {
    "shipped": "order.shipped",
    "delivered": "order.delivered",
    "closed": "order.closed",
    "cancelled": "order.cancelled",
}
_RETURN_EVENTS: dict[str, EventType] = {
    type.partition(".")[2]: type for type in TYPES if type.startswith("return.")
}
_PAYMENT_EVENTS: dict[str, EventType] = {
    type.partition(".")[2]: type for type in TYPES if type.startswith("payment.")
}


def _event(view: OrderView, at: datetime, type: EventType, subject: str, detail: dict[str, Any]) -> Event:
    return Event(
        type=type,
        order=view.order,
        order_id=view.order_id,
        seq=view.seq,
        stage=view.stage,
        at=at,
        subject=subject,
        detail=detail,
    )


def _order_placed(before: OrderView | None, after: OrderView) -> Iterator[_Change]:
    if before is None:
        shown = PlacedDetail(placed_at=after.placed_at, due=after.due, captured=after.captured)
        yield "order.placed", after.order, {"placed": _payload(shown)}


def _stages(before: OrderView | None, after: OrderView) -> Iterator[_Change]:
    """The event of a new stage. An order that was closed or cancelled and no longer is, is reopened."""
    was = before.stage if before else "placed"
    if after.stage == was:
        return
    if was in ("closed", "cancelled"):
        yield "order.reopened", after.order, {}
    elif after.stage in _STAGE_EVENTS:
        yield _STAGE_EVENTS[after.stage], after.order, {}


def _parcels(before: Sequence[ParcelView], after: Sequence[ParcelView]) -> Iterator[_Change]:
    for old, parcel in _paired(before, after, lambda one: one.parcel):
        shown = {"parcel": _payload(parcel, *PARCEL_LEFT_OUT)}
        if old is None:
            yield "parcel.registered", parcel.parcel, shown
        if parcel.lost_at and not (old and old.lost_at):
            yield "parcel.lost", parcel.parcel, shown
        elif old and (old.status, old.delivered_at) != (parcel.status, parcel.delivered_at):
            yield "parcel.updated", parcel.parcel, shown


def _delays(before: Sequence[DelayNotice], after: Sequence[DelayNotice]) -> Iterator[_Change]:
    for old, delay in _paired(before, after, _delay_key):
        if old is None:
            yield "delay.detected", _delay_key(delay), {"delay": _payload(delay)}


def _delay_key(delay: DelayNotice) -> str:
    return keys.delay_revision(delay.subject, delay.revision)


def _returns(before: Sequence[ReturnView], after: Sequence[ReturnView]) -> Iterator[_Change]:
    for old, case in _paired(before, after, lambda one: one.return_id):
        shown = {"return": _payload(case, *RETURN_LEFT_OUT)}
        if old is None:
            yield "return.opened", case.return_id, shown
        elif old.status != case.status:
            yield _RETURN_EVENTS[case.status], case.return_id, shown
        elif version_of(old) != version_of(case):
            yield "return.updated", case.return_id, shown
        if old and case.deadline and case.deadline.alerted > (old.deadline.alerted if old.deadline else 0):
            yield "return.refund_due", case.return_id, shown


def _restocked(before: Sequence[ReturnView], after: Sequence[ReturnView]) -> Iterator[_Change]:
    for old, case in _paired(before, after, lambda one: one.return_id):
        for shown in restocked(old, case):
            yield "stock.restocked", shown.key, {"stock": _payload(shown)}


def _payments(before: Sequence[LegView], after: Sequence[LegView]) -> Iterator[_Change]:
    for old, leg in _paired(before, after, lambda one: one.leg):
        if leg.status in _PAYMENT_EVENTS and (old is None or old.status != leg.status):
            yield _PAYMENT_EVENTS[leg.status], leg.leg, {"payment": _payload(leg)}


def _claw_backs(before: Sequence[ClawBackView], after: Sequence[ClawBackView]) -> Iterator[_Change]:
    """A claim began, goes on in another way, or is over: also one that was too little to ask for."""
    for old, claim in _paired(before, after, lambda one: one.claim):
        shown = {"claw_back": _payload(claim, *CLAW_BACK_LEFT_OUT)}
        if old is None:
            yield "claw_back.opened", claim.claim, shown
        if claim.stage == "closed" and (old is None or old != claim):
            yield "claw_back.closed", claim.claim, shown
        elif old is not None and (old.stage, old.amount) != (claim.stage, claim.amount):
            yield "claw_back.updated", claim.claim, shown


def _disputes(before: Sequence[DisputeView], after: Sequence[DisputeView]) -> Iterator[_Change]:
    """One that ended when it became known is opened and closed. One that is known by another id now is another one."""
    for old, dispute in _paired(before, after, lambda one: one.dispute):
        shown = {"dispute": _payload(dispute, *DISPUTE_LEFT_OUT)}
        if old is None:
            yield "dispute.opened", dispute.dispute, shown
        elif old.warned < dispute.warned and dispute.ended_at is None:
            yield "dispute.deadline_near", dispute.dispute, shown
        elif dispute.ended_at is None and _stated(old) != _stated(dispute):
            yield "dispute.updated", dispute.dispute, shown
        if dispute.ended_at is not None and (old is None or old.state != dispute.state):
            yield "dispute.closed", dispute.dispute, shown


def _stated(dispute: DisputeView) -> tuple[object, ...]:
    return dispute.state, dispute.amount, dispute.respond_by


def _questions(before: Sequence[AttentionItem], after: Sequence[AttentionItem]) -> Iterator[_Change]:
    for old, item in _paired(before, after, lambda one: one.id):
        if old is None:
            yield "attention.opened", item.id, {"attention": _payload(item)}
    for new, item in _paired(after, before, lambda one: one.id):
        if new is None:
            yield "attention.settled", item.id, {"attention": _payload(item)}


def _paired(
    before: Sequence[T], after: Sequence[T], name: Callable[[T], str]
) -> Iterator[tuple[T | None, T]]:
    """Each item of `after` with the one of the same name in `before`, if any."""
    earlier = {name(item): item for item in before}
    return ((earlier.get(name(item)), item) for item in after)


def _legs(view: OrderView) -> list[LegView]:
    of_returns = [s for case in view.returns for s in case.settlements]
    return [leg for settlement in (*view.settlements, *of_returns) for leg in settlement.legs]


def _payload(model: BaseModel, *without: str) -> dict[str, Any]:
    """The model as JSON, without lists that grow with the order: a receiver reads them from the API."""
    return model.model_dump(mode="json", exclude={*without})
