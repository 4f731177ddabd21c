"""Every table there is: import from here, so that migrations and tests see all of them."""

from sqlmodel import SQLModel

from store.contact_tables import BudgetRow, ChannelRow, PhoneRow, PreferenceRow
from store.hook_tables import HookDeliveryRow, HookEndpointRow, HookEventRow
from store.ledger_tables import CreditLot, LedgerEntry, LedgerPosting, LegRow
from store.order_tables import (
    AttentionRow,
    AuditRow,
    OrderRow,
    ParcelRow,
    PaymentRow,
    ReturnRow,
    SnapshotRow,
)
from store.people_tables import ApiKeyRow, MerchantRow, PersonKeyRow, PolicyRow
from store.poll_tables import PollAccountRow
from store.post_tables import IdempotencyRow, InboxRow, InboxWaitRow, MailboxRow, OutboxRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA", "ApiKeyRow", "AttentionRow", "AuditRow", "BudgetRow", "ChannelRow", "CreditLot", "HookDeliveryRow",
    "HookEndpointRow", "HookEventRow", "IdempotencyRow", "InboxRow", "InboxWaitRow", "LedgerEntry", "LedgerPosting", "LegRow",
    "MailboxRow", "MerchantRow", "OrderRow", "OutboxRow", "ParcelRow", "PaymentRow", "PersonKeyRow", "PhoneRow", "PolicyRow",
    "PollAccountRow", "PreferenceRow", "ReturnRow", "SnapshotRow",
]  # fmt: skip
