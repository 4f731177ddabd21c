"""The table of the audit log."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class AuditRow(SQLModel, table=True):
    """One line of the audit log.

    order: our id; empty when the line concerns no order.
    at: business time.
    written_at: real time.
    role, name: who did it; the name is the id of an API key, never a person's name.
    details: as JSON, without personal data.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_order", "merchant", "order", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)
    role: str
    name: str
    action: str
    subject: str = ""
    details: str = "{}"
