"""The table of what customers state to withdraw from a contract."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class WithdrawalRow(QueueRow, table=True):
    """A customer's statement that they withdraw from a contract. It is written before anything is done about it.

    status: queued while its confirmation or its return is to be made, then done.
    outcome: received, opened, case, or closed by a person.
    order: our id; empty while it is not known which order is meant.
    wanted: units by line, as JSON; empty for the whole order. method: how the goods come back.
    sealed: who stated what, as one Sealed, as JSON: with the statement's own key, once its order is known with the customer's.
    source: page, api or shop.
    returns: the ids of those that it opened. reasons: why a person has to decide, as codes. Both are separated by commas.
    received_at, confirmed_at: business time; confirmed_at: when a mail server took the confirmation.
    role, name: who passed it on; ended_role, ended_name: who decided. The name is the id of a key.
    note: why a person decided so, sealed for the merchant's staff.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        Index("ix_withdrawals_list", "merchant", "created_at", "id"),
        Index("ix_withdrawals_work", "status", "not_before"),
    )

    id: str = Field(primary_key=True)
    merchant: str
    outcome: str = "received"
    order: str = ""
    wanted: str = "{}"
    method: str = "drop_off"
    sealed: str
    source: str
    returns: str = ""
    reasons: str = ""
    received_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    role: str
    name: str
    ended_role: str = ""
    ended_name: str = ""
    note: str = ""
