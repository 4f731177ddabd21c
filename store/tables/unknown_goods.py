"""Goods at a dock that are of no return we know."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from store.engine.columns import UtcDateTime


class UnknownGoodsRow(SQLModel, table=True):
    """Goods of no return. The row stays when the case is closed.

    receipt: the warehouse's own name of the receipt; `id` is made of it.
    reference: what the dock scanned or read as the name of a return; empty where there was nothing to read.
    sku, condition, grade, disposition, place: as the warehouse stated them; empty where it did not.
    return_id: the return that they turned out to be of; on an open case, the only one that may receive them.
    note: why it was closed, sealed.
    received_at, closed_at: business time. received_by, closed_by: the id of a key or user.
    """

    __tablename__ = "unknown_goods"
    __table_args__ = (Index("ix_unknown_goods_list", "merchant", "open", "received_at", "id"),)

    merchant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    receipt: str
    reference: str = ""
    sku: str = ""
    condition: str
    grade: str = ""
    disposition: str = ""
    place: str = ""
    open: bool = True
    received_at: datetime = Field(sa_type=UtcDateTime)
    received_by: str = ""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str = ""
    return_id: str = ""
    note: str = ""
