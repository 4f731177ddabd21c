"""The table of what orders are found by. It holds keyed hashes only."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class OrderTermRow(SQLModel, table=True):
    """A term of an order: a word of its customer's name, an address, a phone, the order's number.

    term: HMAC of the term with the merchant's search key, see docs/adr/0020-blind-index.md.
    created_at: of the order, so that the newest orders are read first.
    personal: it is deleted with the person.
    """

    __tablename__ = "order_terms"
    __table_args__ = (Index("ix_order_terms_order", "order"),)

    merchant: str = Field(primary_key=True)
    term: str = Field(primary_key=True)
    created_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    order: str = Field(primary_key=True)
    personal: bool
