"""The table of what storefronts are told. All times are real."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class StorefrontUpdateRow(QueueRow, table=True):
    """An update of one order for its storefront, written in the transaction of the change.

    order: our id; shop_order: the storefront's.
    key: unique in the order.
    body: the StorefrontUpdate as JSON.
    pays, sent_it: see `ShopOrder`.
    status: queued, done, or dead where the storefront refuses it.
    reference: the storefront's id of what was made.
    sent, sent_at: which call that changes something was sent last, and when; it may still be under way.
    question_at: when a person was last asked about it.
    """

    __tablename__ = "storefront_updates"
    __table_args__ = (
        UniqueConstraint("order", "key"),
        Index("ix_storefront_updates_work", "status", "not_before"),
        Index("ix_storefront_updates_order", "order", "status", "id"),
        Index("ix_storefront_updates_list", "merchant", "status", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str
    storefront: str
    shop_order: str
    key: str
    body: str
    pays: bool = False
    sent_it: bool = False
    reference: str = ""
    sent: str = ""
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    question_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
