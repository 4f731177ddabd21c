"""The tables of the people who work with orders: what they write often."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class ReplyMacroRow(SQLModel, table=True):
    """A text that a merchant's agents answer with often, with places that are filled for one order."""

    __tablename__ = "reply_macros"

    merchant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    text: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
