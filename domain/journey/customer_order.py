"""An order as its customer sees it: an explicit list of fields, none of which names staff, scores or internal reasons."""

from datetime import date, datetime
from typing import Literal, get_args

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.consent import Consent
from domain.model.order import Fulfilment, OrderLine
from domain.model.parcel import LostParcelChoice
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.money import Money
from domain.orders.commands.cancel_order import CancelOrder
from domain.payments.money_back import MoneyBack, money_back
from domain.payments.views import refunded_total
from domain.returns.customer_return import CustomerReturn, customer_return
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
from domain.tracking.customer_parcel import CustomerParcel, customer_parcel

CustomerStage = Literal[
    "in_preparation", "on_its_way", "ready_to_collect", "partly_arrived", "arrived", "cancelled"
]
_CUSTOMER = Actor(role=Role.CUSTOMER)


class CustomerLine(Frozen):
    """What was bought: `paid` is the whole line after its discount, `arrived` how many units are there."""

    line_id: str
    title: str
    quantity: int
    paid: Money
    fulfilment: Fulfilment
    expected_on: date | None
    arrived: int


class CustomerCollection(Frozen):
    """Goods to be collected in the shop, per line: since when they are ready, and when they were collected."""

    units: dict[str, int]
    ready_at: Instant | None
    collected_at: Instant | None


class CustomerQuestion(Frozen):
    """A question that waits for the customer.

    kind: `delay_consent`: to wait for a later date or cancel; `lost_parcel`: to have it sent again or paid back.
    subject: the consent or parcel, as the route that takes the answer names it.
    answers: what can be answered.
    until: when `otherwise` happens by itself, or an agent's decision.
    new_date: for `delay_consent`, the later date.
    otherwise: for `delay_consent`, the answer that counts without one.
    """

    kind: Literal["delay_consent", "lost_parcel"]
    subject: str
    answers: tuple[str, ...]
    until: Instant
    new_date: Instant | None = None
    otherwise: str | None = None


class CustomerOrder(Frozen):
    """The order for its customer.

    number: the name by which the customer knows the order.
    stage: how far it is, in the customer's words.
    promise, due: the delivery date that was promised, and when it breaks, with every later date that the customer agreed to.
    can_cancel: whether the customer can still cancel it.
    questions: what waits for the customer's answer.
    money: what goes back other than for returns, which list their own.
    seq: the version of the order.
    """

    order_id: str
    number: str
    stage: CustomerStage
    placed_at: Instant
    promise: Promise
    due: Instant
    can_cancel: bool
    lines: tuple[CustomerLine, ...]
    parcels: tuple[CustomerParcel, ...]
    collections: tuple[CustomerCollection, ...]
    questions: tuple[CustomerQuestion, ...]
    returns: tuple[CustomerReturn, ...]
    money: tuple[MoneyBack, ...]
    paid: Money
    refunded: Money
    as_of: Instant
    seq: int


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
        questions=(*_consents(state, now), *_lost_parcels(state, now)),
        returns=tuple(customer_return(state, case, now) for case in state.returns),
        money=money_back(state, others),
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
    if any(parcel.tracking.moved_at or not (parcel.tracked or parcel.void) for parcel in state.parcels):
        return "on_its_way"
    waits = any(one.ready_at and not one.handed_over_at for one in state.handovers)
    return "ready_to_collect" if waits else "in_preparation"


def _line(line: OrderLine, arrived: int) -> CustomerLine:
    return CustomerLine(
        line_id=line.line_id,
        title=line.title,
        quantity=line.quantity,
        paid=line.paid,
        fulfilment=line.fulfilment,
        expected_on=line.expected_on,
        arrived=arrived,
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


def _consents(state: JourneyState, now: datetime) -> list[CustomerQuestion]:
    return [
        _consent(consent)
        for consent in state.consents
        if now < consent.deadline and state.has_open("consent", consent.consent_id)
    ]


def _consent(consent: Consent) -> CustomerQuestion:
    return CustomerQuestion(
        kind="delay_consent",
        subject=consent.consent_id,
        answers=("wait", "cancel"),
        until=consent.deadline,
        new_date=consent.due,
        otherwise=consent.default_answer,
    )


def _lost_parcels(state: JourneyState, now: datetime) -> list[CustomerQuestion]:
    """Parcels that are presumed lost or come back, with the choices that the journey would accept."""
    questions = []
    for item in state.attention:
        if item.kind not in ("presumed_lost", "returned_to_sender"):
            continue
        answers = tuple(
            choice for choice in get_args(LostParcelChoice) if _accepts(state, item.subject, choice, now)
        )
        if answers:
            questions.append(
                CustomerQuestion(
                    kind="lost_parcel", subject=item.subject, answers=answers, until=item.deadline
                )
            )
    return questions


def _accepts(state: JourneyState, parcel: str, choice: LostParcelChoice, now: datetime) -> bool:
    command = ResolveLostParcel(command_id="", actor=_CUSTOMER, parcel=parcel, choice=choice)
    return not command.violations(state, now)
