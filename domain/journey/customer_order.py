"""An order as its customer sees it: an explicit list of fields, none of which names staff, scores or internal reasons."""

from datetime import date, datetime
from typing import Literal

from domain import payment_keys
from domain.actors import Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.customer_questions import Answer, CustomerQuestion, QuestionKind, question_status
from domain.model.order import Fulfilment, OrderLine
from domain.model.parcel import Parcel
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.money import Money
from domain.orders.commands.cancel_order import CancelOrder
from domain.payments.claw_backs.views import CustomerClawBack, customer_claw_backs
from domain.payments.money_back import MoneyBack, money_back
from domain.payments.views import refunded_total
from domain.returns.customer_return import CustomerReturn, customer_return
from domain.tracking.customer_parcel import CustomerParcel, customer_parcel

CustomerStage = Literal[
    "in_preparation", "on_its_way", "ready_to_collect", "partly_arrived", "arrived", "lost", "cancelled"
]
_CUSTOMER = Actor(role=Role.CUSTOMER)


class CustomerLine(Frozen):
    """What was bought: `paid` is the whole line after its discount, `arrived` how many units are there."""

    line_id: str
    """The shop's own id of the line."""
    title: str
    """What it is called."""
    quantity: int
    """How many units were bought."""
    paid: Money
    """What the whole line cost, after its discount."""
    fulfilment: Fulfilment
    """How they reach the customer."""
    expected_on: date | None
    """For a line that ships later: the day by which the customer was told to have it; null while unknown."""
    arrived: int
    """How many units are there."""
    image_url: str | None
    """A picture of it, where the shop sent one."""


class CustomerCollection(Frozen):
    """Goods to be collected in the shop, per line: since when they are ready, and when they were collected."""

    units: dict[str, int]
    """How many units of each line."""
    ready_at: Instant | None
    """Since when they are ready."""
    collected_at: Instant | None
    """When they were collected."""


class OpenCustomerQuestion(Frozen):
    """A question that waits for the customer."""

    kind: QuestionKind
    """`consent`: to wait for a later date or cancel; `lost_parcel`: to have it sent again or paid back.

    `refund_returned`, `refund_declined`: money came back on its way to the customer, or could not be paid the way it was paid; to
    take it as store credit or be paid another way.
    `claw_back`: money is asked back whose goods did not come or were rejected.
    """
    subject: str
    """The consent, parcel or payment, as the route that takes the answer names it."""
    answers: tuple[Answer, ...]
    """What can be answered."""
    until: Instant
    """Until when it can be answered."""
    new_date: Instant | None
    """For `consent`: the later date."""
    otherwise: Answer | Literal["collect"] | None
    """What happens without an answer. `collect`: the money is taken from store credit, and the rest is to be paid."""


class CustomerOrder(Frozen):
    """The order for its customer."""

    order_id: str
    """The shop's own order id."""
    number: str
    """The name by which the customer knows the order."""
    stage: CustomerStage
    """How far it is, in the customer's words."""
    placed_at: Instant
    """When the customer ordered."""
    promise: Promise
    """The delivery date that was promised."""
    due: Instant
    """When it breaks, with every later date that the customer agreed to."""
    can_cancel: bool
    """Whether the customer can still cancel it."""
    lines: tuple[CustomerLine, ...]
    """What was bought."""
    parcels: tuple[CustomerParcel, ...]
    """The parcels."""
    collections: tuple[CustomerCollection, ...]
    """Goods to be collected in the shop."""
    questions: tuple[OpenCustomerQuestion, ...]
    """What waits for the customer's answer."""
    reportable: tuple[str, ...]
    """Parcels that the customer may report as not received."""
    returns: tuple[CustomerReturn, ...]
    """The returns."""
    money: tuple[MoneyBack, ...]
    """What goes back other than for returns, which list their own."""
    claw_backs: tuple[CustomerClawBack, ...] = ()
    """Money that the shop asks back."""
    paid: Money
    """What the customer paid."""
    refunded: Money
    """What was paid back, without bonus."""
    as_of: Instant
    """The business time at which all of this was true."""
    seq: int
    """The version of the order."""


def customer_order(state: JourneyState, now: datetime) -> CustomerOrder:
    """The order as last committed, at that business time."""
    order, others = state.order, [s for s in state.settlements if s.return_id is None]
    arrived = state.arrivals()
    return CustomerOrder(
        order_id=order.order_id,
        number=order.number or order.order_id,
        stage=_stage(state),
        placed_at=order.placed_at,
        promise=order.promise,
        due=state.due,
        can_cancel=not CancelOrder(command_id="", actor=_CUSTOMER).violations(state, now),
        lines=tuple(_line(line, len(arrived.get(line.line_id, ()))) for line in order.lines),
        parcels=tuple(customer_parcel(state, parcel) for parcel in state.parcels if not parcel.void),
        collections=_collections(state),
        questions=_open_questions(state, now),
        reportable=_reportable(state, now),
        returns=tuple(customer_return(state, case, now) for case in state.returns),
        money=money_back(state, others),
        claw_backs=customer_claw_backs(state),
        paid=order.captured,
        refunded=refunded_total(state),
        as_of=now,
        seq=state.seq,
    )


def _stage(state: JourneyState) -> CustomerStage:
    if state.cancelled_at is not None:
        return "cancelled"
    if state.delivered != "none":
        return "arrived" if state.delivered == "all" else "partly_arrived"
    left = [one for one in state.parcels if one.tracking.moved_at or not (one.tracked or one.void)]
    if any(_may_arrive(parcel) for parcel in left):
        return "on_its_way"
    if left and not state.unshipped() and not state.uncollected():
        return "lost"  # and paid back: what is sent again counts as unshipped
    waits = any(one.ready_at and not one.handed_over_at for one in state.handovers)
    return "ready_to_collect" if waits else "in_preparation"


def _may_arrive(parcel: Parcel) -> bool:
    """It is not written off, or was scanned on its way after that."""
    moved_at = parcel.tracking.moved_at
    return parcel.lost_at is None or (moved_at is not None and moved_at > parcel.lost_at)


def _line(line: OrderLine, arrived: int) -> CustomerLine:
    return CustomerLine(
        line_id=line.line_id,
        title=line.title,
        quantity=line.quantity,
        paid=line.paid,
        fulfilment=line.fulfilment,
        expected_on=line.expected_on,
        arrived=arrived,
        image_url=line.image_url,
    )


def _collections(state: JourneyState) -> tuple[CustomerCollection, ...]:
    return tuple(
        CustomerCollection(
            units={line: len(units) for line, units in one.units.items()},
            ready_at=one.ready_at,
            collected_at=one.handed_over_at,
        )
        for one in state.handovers
    )


def _open_questions(state: JourneyState, now: datetime) -> tuple[OpenCustomerQuestion, ...]:
    """What letters would ask now, with the answers that the order would accept."""
    asked = [CustomerQuestion(kind="consent", subject=one.consent_id) for one in state.consents]
    asked += [
        CustomerQuestion(kind="lost_parcel", subject=parcel.parcel_id, round=parcel.trace_count)
        for parcel in state.parcels
    ]
    asked += [
        CustomerQuestion(
            kind="refund_returned" if leg.returned_at is not None else "refund_declined",
            subject=payment_keys.leg_in_letters(leg.key),
        )
        for leg in state.legs()
        if leg.returned_at is not None or leg.offered
    ]
    asked += [CustomerQuestion(kind="claw_back", subject=one.claim) for one in state.claw_backs]
    open_ones = [(question, question_status(question, state, now)) for question in asked]
    return tuple(
        OpenCustomerQuestion(
            kind=question.kind,
            subject=question.subject,
            answers=status.answers,
            until=status.deadline,
            new_date=status.due,
            otherwise=status.default,
        )
        for question, status in open_ones
        if status and status.answers and status.deadline
    )


def _reportable(state: JourneyState, now: datetime) -> tuple[str, ...]:
    """Parcels that the customer may report as not received."""
    asked = [CustomerQuestion(kind="not_received", subject=parcel.parcel_id) for parcel in state.parcels]
    statuses = [(question.subject, question_status(question, state, now)) for question in asked]
    return tuple(parcel for parcel, status in statuses if status and status.answers)
