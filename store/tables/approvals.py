"""The table of commands that wait for a second person."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class ApprovalRow(SQLModel, table=True):
    """A command above the limit of who gave it. Times are the merchant's.

    command, body: the command's name and its fields as JSON; what a person wrote in it is sealed.
    status: open, approved or refused.
    decision_reason: sealed.
    verdict: what the journey answered; empty until the command was performed.
    """

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_list", "merchant", "status", "requested_at", "id"),)

    id: str = Field(primary_key=True)
    merchant: str
    order: str
    command: str
    body: str
    minor: int = Field(sa_type=BigInteger)
    currency: str
    role: str
    name: str
    status: str = "open"
    requested_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    decided_role: str = ""
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decision_reason: str = ""
    verdict: str = ""
