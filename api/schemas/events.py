"""Events as merchants' own systems receive them: `webhooks:` of the OpenAPI document. What is sent is made in domain/webhooks."""

from collections.abc import Callable, Mapping
from copy import copy
from functools import cache
from typing import Any, Final, cast

from pydantic import BaseModel, Field, TypeAdapter, create_model

from api.http.api_description import OutgoingEvent
from api.http.field_docs import field_docs
from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import AttentionItem
from domain.model.promise import DelayNotice
from domain.model.state import Stage
from domain.payments.claw_backs.views import ClawBackView
from domain.payments.disputes.views import DisputeView
from domain.payments.views import LegView
from domain.returns.views import ReturnView
from domain.tracking.views import ParcelView
from domain.webhooks.events import (
    CLAW_BACK_LEFT_OUT,
    DISPUTE_LEFT_OUT,
    PARCEL_LEFT_OUT,
    RETURN_LEFT_OUT,
    TYPES,
    EventType,
    PlacedDetail,
    SentNoticeDetail,
)
from domain.webhooks.stock import RestockedDetail

SUMMARIES: Final[Mapping[EventType, str]] = {
    "order.placed": "An order was placed.",
    "order.shipped": "The first goods of the order have left.",
    "order.delivered": "Everything of the order has arrived.",
    "order.closed": "Nothing is left to be done for the order.",
    "order.cancelled": "The order was cancelled.",
    "order.reopened": "The order was closed or cancelled, and then something happened.",
    "parcel.registered": "A parcel was registered.",
    "parcel.updated": "The status of a parcel has changed.",
    "parcel.lost": "A parcel is lost or on its way back, and its refund is planned.",
    "delay.detected": "A delay was found, and its notice is about to be sent.",
    "notice.sent": "A notice was sent to the customer.",
    "return.opened": "A return was requested.",
    "return.updated": "Something else about a return has changed: held, extended, another resolution, more goods.",
    "return.in_review": "A return waits for a person's decision.",
    "return.authorized": "A return was authorized; its goods may be dropped off.",
    "return.refused": "A return was refused.",
    "return.refund_due": "Half, 80 % or all of the time is over in which the money of a return has to leave; see `deadline`.",
    "return.dropped_off": "The goods of a return were handed in.",
    "return.received": "The goods of a return arrived at the warehouse.",
    "return.settled": "The money of a return has been paid.",
    "return.cancelled": "A return was cancelled.",
    "return.expired": "The time in which goods could be dropped off is over.",
    "return.needs_attention": "A return cannot go on without a person.",
    "payment.settled": "A payment to the customer has arrived.",
    "payment.failed": "A payment to the customer has failed.",
    "payment.accepted": "A provider has taken on a payment to the customer and will finish it.",
    "payment.reversed": "Money that was paid to the customer came back; it is owed again.",
    "payment.unknown": "The outcome of a payment to the customer is unknown.",
    "payment.skipped": "A person decided that a payment is not made.",
    "stock.restocked": "Goods of a return are for sale again: count them up once, by `key`.",
    "claw_back.opened": "Money is asked back from a customer.",
    "claw_back.updated": "A claim was answered or decided, is to be paid now, or asks for less.",
    "claw_back.closed": "A claim is over.",
    "dispute.opened": "A bank asks a payment back, or asks about it.",
    "dispute.updated": "A dispute has another state, amount or deadline.",
    "dispute.deadline_near": "The time in which the provider takes evidence is nearly over.",
    "dispute.closed": "A dispute has ended.",
    "attention.opened": "A question waits for a person.",
    "attention.settled": "A question is answered, or its default has happened.",
    "ping": "A test that you requested.",
}


class EventData(Frozen):
    """What an event is about."""

    order: str
    """Our id of the order."""
    order_id: str
    """The shop's own order id."""
    seq: int
    """The version of the order; it rises with every change."""
    stage: Stage
    """Where the order stands as a whole."""
    subject: str
    """The parcel, return, payment or question that changed, or the order."""


class PingData(Frozen):
    """The endpoint that is tested."""

    endpoint: str
    """Its id."""


def _without(name: str, text: str, model: type[BaseModel], left_out: tuple[str, ...]) -> type[BaseModel]:
    """The model as events hold it. What is left out is read from the API."""
    fields, texts = {}, field_docs(model)
    for key, one in model.model_fields.items():
        if key not in left_out:
            field = copy(one)
            field.description = texts.get(key)
            fields[key] = (field.annotation, field)
    make: Any = create_model
    return cast(type[BaseModel], make(name, __base__=Frozen, __doc__=text, **fields))


@cache
def _details() -> Mapping[str, tuple[str, type[BaseModel]]]:
    """The member of the data that holds what has changed, and its model, by the kind of event."""
    parcel = _without("ParcelChange", "A parcel as an event holds it.", ParcelView, PARCEL_LEFT_OUT)
    return_ = _without("ReturnChange", "A return as an event holds it.", ReturnView, RETURN_LEFT_OUT)
    claim = _without("ClawBackChange", "A claim as an event holds it.", ClawBackView, CLAW_BACK_LEFT_OUT)
    dispute = _without("DisputeChange", "A dispute as an event holds it.", DisputeView, DISPUTE_LEFT_OUT)
    return {
        "order.placed": ("placed", PlacedDetail),
        "parcel": ("parcel", parcel),
        "delay": ("delay", DelayNotice),
        "notice": ("notice", SentNoticeDetail),
        "return": ("return", return_),
        "stock": ("stock", RestockedDetail),
        "payment": ("payment", LegView),
        "claw_back": ("claw_back", claim),
        "dispute": ("dispute", dispute),
        "attention": ("attention", AttentionItem),
    }


# The member of the detail that repeats the end of the type, by the kind of event.
_STATUS: Final[Mapping[str, str]] = {"return": "status", "payment": "status"}


def outgoing_events(examples: Mapping[str, Any]) -> list[OutgoingEvent]:
    """Every type of event with its schema and an example. `examples`: one recorded body for each kind of event."""
    shapes: dict[str, TypeAdapter[Any]] = {}
    events = []
    for type_ in TYPES:
        kind = _kind(type_)
        shape = shapes.setdefault(kind, TypeAdapter(_event(kind)))
        events.append(OutgoingEvent(type_, SUMMARIES[type_], shape, _example(type_, examples.get(kind))))
    return events


def _kind(type_: EventType) -> str:
    return type_ if type_ in _details() else type_.partition(".")[0]


def _event(kind: str) -> type[BaseModel]:
    """The schema of all events of one kind."""
    name = "".join(part.capitalize() for part in kind.replace("_", ".").split("."))
    make: Callable[..., Any] = create_model
    data: type[BaseModel] = PingData if kind == "ping" else EventData
    if kind in _details():
        member, model = _details()[kind]
        text = "Its new state; left out where the body would be too large: read it from the API."
        detail = (model | None, Field(default=None, alias=member, description=text))
        data = make(
            f"{name}EventData", __base__=EventData, __doc__="What has changed.", **{f"{member}_": detail}
        )
    return cast(
        type[BaseModel],
        make(
            f"{name}Event",
            __base__=Frozen,
            __doc__="One event, as its body is sent.",
            type=(EventType, Field(description="What has happened.")),
            timestamp=(Instant, Field(description="Business time.")),
            data=(data, Field(description="What it is about.")),
        ),
    )


def _example(type_: EventType, recorded: Any) -> dict[str, Any]:
    """The recorded body with this type, and with the status that the type names."""
    if recorded is None:
        return {}
    body: dict[str, Any] = {**recorded, "type": type_, "data": dict(recorded["data"])}
    kind, _, end = type_.partition(".")
    if kind == "order" and end in ("placed", "shipped", "delivered", "closed", "cancelled"):
        body["data"]["stage"] = end
    elif kind in _STATUS and end not in ("opened", "updated", "refund_due"):
        member = {**body["data"][kind], _STATUS[kind]: end}
        body["data"][kind] = member
    return body
