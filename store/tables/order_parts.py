"""The tables of returns, parcels, questions and told dates: derived from the snapshots, to find and list them over all orders."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class ReturnRow(SQLModel, table=True):
    """A return, to find its order by its id, number or code.

    goods, money: how far its goods and its refund are.
    status: both summed up for people.
    rejected: goods of it were not accepted.
    """

    __tablename__ = "returns"
    __table_args__ = (
        UniqueConstraint("merchant", "code_hash"),
        Index("ix_returns_list", "merchant", "opened_at", "id"),
        Index("ix_returns_order", "order"),
        Index("ix_returns_number", "merchant", "number"),
    )

    id: str = Field(primary_key=True)
    merchant: str
    order: str
    number: str
    code_hash: str | None = None
    status: str
    goods: str
    money: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    rejected: bool = False


class ParcelRow(SQLModel, table=True):
    """A parcel, to find its order by its tracking number.

    tracking_number: as it was given.
    normalized_number: as numbers are compared, see `domain.model.tracking_number`.
    registered_at: business time.
    """

    __tablename__ = "parcels"
    __table_args__ = (Index("ix_parcels_number", "merchant", "normalized_number"),)

    order: str = Field(primary_key=True)
    parcel: str = Field(primary_key=True)
    merchant: str
    tracking_number: str
    normalized_number: str
    carrier: str
    shipped_on: date | None = None
    registered_at: datetime = Field(sa_type=UtcDateTime)


class DatePromiseRow(SQLModel, table=True):
    """A date that a customer was told, and what became of it, to count them. All times are business time.

    id: its kind, its subject and its number. kind: also `next_update`, the promise of a further message.
    due: until when it is kept; ended_at: since when its outcome is known.
    """

    __tablename__ = "date_promises"
    __table_args__ = (Index("ix_date_promises_count", "merchant", "kind", "outcome"),)

    order: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    merchant: str
    kind: str
    outcome: str
    due: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttentionRow(SQLModel, table=True):
    """An open question about an order, or about an unknown parcel. All times are business time.

    order: empty for an unknown parcel, whose `opened_at` may be later than now.
    tracking_number, carrier: of an unknown parcel, as its carrier writes them.
    item: the name of this question in the queue (`keys.attention_item`).
    owner: who has to answer.
    deadline: when the default is taken.
    default: the answer that is taken then.
    value, currency: the money that is in question, in minor units; null where that is not known.
    """

    __tablename__ = "attention"
    __table_args__ = (
        Index("ix_attention_list", "merchant", "deadline", "order", "id"),
        Index("ix_attention_kind", "merchant", "kind", "deadline", "order", "id"),
        Index("ix_attention_item", "merchant", "item"),
    )

    order: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    merchant: str
    item: str
    kind: str
    subject: str
    owner: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    deadline: datetime = Field(sa_type=UtcDateTime)
    default: str
    value: int | None = Field(default=None, sa_type=BigInteger)
    currency: str = ""
    tracking_number: str | None = None
    carrier: str | None = None


class AttentionClaimRow(SQLModel, table=True):
    """Who works on a question of the queue. It may outlive its question; housekeeping deletes it then.

    holder: the id of a user or of a key. claimed_at: real time.
    """

    __tablename__ = "attention_claims"
    __table_args__ = (Index("ix_attention_claims_holder", "merchant", "holder"),)

    merchant: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    holder: str
    claimed_at: datetime = Field(sa_type=UtcDateTime)
