"""One question of the queue, as people and programmes see it."""

from collections.abc import Mapping

from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import AttentionDefault, AttentionKind, Owner
from domain.model.attention_priority import Priority, priority_of
from domain.model.questions import QUESTIONS
from domain.money import Money
from services.console.people import ItemHolder
from services.order_names import OrderName
from store.orders.attention import HeldQuestion


class AttentionItemView(Frozen):
    """An open question to a person: until when they may answer, who works on it, and what happens by itself at the deadline."""

    item: str
    """Its name in the queue. A question that is opened again later has another."""
    order: str | None
    """Our id of the order; null where it is about a parcel that no order has, a payment, or a person's demand."""
    order_id: str | None
    """The shop's own order id; null where `order` is."""
    number: str | None
    """The name by which the customer knows the order; null where `order` is."""
    customer_name: str | None
    """For staff; null for others, and where `order` is."""
    kind: AttentionKind
    """What is asked."""
    question: str
    """The same as a sentence, in English."""
    subject: str
    """The return, parcel, leg or order that it is about."""
    owner: Owner
    """The role that decides."""
    holder: ItemHolder | None
    """Who works on it; null while no person does."""
    claimed_at: Instant | None
    """Since when, in real time."""
    priority: Priority
    """`high` where money or goods are wrong or a law sets the date, `low` where nothing is lost by waiting."""
    value: Money | None
    """The money that is in question; null where that is not known."""
    opened_at: Instant
    """Since when it is open."""
    deadline: Instant
    """Until when it may be decided."""
    overdue: bool
    """Whether the deadline has passed."""
    default: AttentionDefault
    """What happens by itself at the deadline."""
    otherwise: str
    """The same as a sentence, in English."""
    closing: str
    """What closing it with a reason does; empty where only an answer closes it."""
    tracking_number: str | None = None
    """The number of a parcel that no order has, as its carrier writes it."""
    carrier: str | None = None
    """The carrier of such a parcel."""


def attention_item(
    held: HeldQuestion, now: Instant, holders: Mapping[str, ItemHolder], name: OrderName | None
) -> AttentionItemView:
    """`now`: business time. `name`: of the order; of the customer, too, where the caller may see it."""
    row = held.row
    kind: AttentionKind = row.kind  # type: ignore[assignment]  # a row holds what a journey asked
    question = QUESTIONS[kind]
    asked = row.model_dump(exclude={"merchant", "id", "order", "value", "currency"})
    return AttentionItemView(
        order=row.order or None,
        order_id=name and name.order_id,
        number=name and name.number,
        customer_name=(name.customer or None) if name else None,
        question=question.text,
        otherwise=question.otherwise,
        closing=question.closing,
        holder=holders.get(held.holder),
        claimed_at=held.claimed_at,
        priority=priority_of(kind),
        value=Money(minor=row.value, currency=row.currency)
        if row.value is not None and row.currency
        else None,
        overdue=row.deadline <= now,
        **asked,
    )
