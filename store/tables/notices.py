"""The tables of notices: the outbox, and the letters that left."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class OutboxRow(QueueRow, table=True):
    """A notice to a customer that is to be sent. `sending_at`, `sent_at` and `held_until` are business time.

    key: the notice's key; unique for the merchant, so that it is written once.
    notice: domain Notice as JSON.
    message_id: the same in all attempts.
    status: queued, held, sent, dropped or dead.
    customer: our `cus_…`.
    channel: by which it left or may have left.
    bounced_channels: those that gave it back, separated by commas.
    sending_at: since when it may have left; a crash or a lost answer leaves that open.
    sent_at: when a channel took it.
    held_until: it is not sent before.
    sent_as: the message it is or may be part of: the message id of one of that message's notices.
    cap_day: the customer's day in whose frequency cap it has a slot.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("merchant", "key"),
        UniqueConstraint("message_id"),
        Index("ix_outbox_work", "status", "not_before"),
        Index("ix_outbox_order", "order", "id"),
        Index("ix_outbox_held", "merchant", "status", "held_until"),
        Index("ix_outbox_sent_as", "merchant", "sent_as"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str
    key: str
    kind: str
    notice: str
    message_id: str
    customer: str
    channel: str = ""
    bounced_channels: str = ""
    sending_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_as: str = ""
    cap_day: date | None = None


class LetterRow(SQLModel, table=True):
    """A letter: a message to a customer as one channel sent it, kept for agents to read.

    order: our id, of the letter's first notice.
    reference: names the letter to mail servers and relays; no other party can guess it.
    sealed: address, subject, text, HTML and sender as one Sealed, as JSON.
    at: the merchant's business time at which it was handed to the channel; accepted_at: at which the channel took it.
    answer: what the channel's server answered, without personal data.
    status: what became of it afterwards, as far as a server reported it: see `domain.notifications.letter_reports`.
    status_reason, status_at: of that report; `status_at` is business time.
    """

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_letters_order", "merchant", "order"),
        Index("ix_letters_customer", "merchant", "customer"),
    )

    message_id: str = Field(primary_key=True)
    merchant: str
    order: str
    customer: str
    channel: str
    reference: str
    sealed: str
    at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: str = ""
    status: str = ""
    status_reason: str = ""
    status_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
