"""Every table there is: import from here, so that migrations and tests see all of them."""

from sqlmodel import SQLModel

from store.contact_tables import FrequencyCapRow, ChannelRow, PhoneRow, PreferenceRow
from store.hook_tables import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow
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
from store.poll_tables import CarrierAccountRow
from store.post_tables import IdempotencyRow, InboxRow, InboxWaitRow, MailboxRow, OutboxRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA", "ApiKeyRow", "AttentionRow", "AuditRow", "FrequencyCapRow", "ChannelRow", "CreditLot", "WebhookDeliveryRow",
    "WebhookEndpointRow", "WebhookEventRow", "IdempotencyRow", "InboxRow", "InboxWaitRow", "LedgerEntry", "LedgerPosting", "LegRow",
    "MailboxRow", "MerchantRow", "OrderRow", "OutboxRow", "ParcelRow", "PaymentRow", "PersonKeyRow", "PhoneRow", "PolicyRow",
    "CarrierAccountRow", "PreferenceRow", "ReturnRow", "SnapshotRow",
]  # fmt: skip
