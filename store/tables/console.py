"""The tables of the people who work with orders: how each of them wants the console, and what they write often."""

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


class ConsoleSettingsRow(SQLModel, table=True):
    """How one user wants the console. single_keys: whether a single letter is a command."""

    __tablename__ = "console_settings"

    merchant: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    single_keys: bool = True
