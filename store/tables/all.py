"""All tables. Import them from here, so that migrations and tests see all of them."""

from sqlmodel import SQLModel

from store.tables.contacts import ChannelRow, FrequencyCapRow, PhoneRow, PreferenceRow
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting, LegRow
from store.tables.merchants import ApiKeyRow, MerchantRow, PersonKeyRow, PolicyRow
from store.tables.messages import IdempotencyRow, InboxRow, InboxWaitRow, MailboxRow, OutboxRow
from store.tables.orders import (
    AttentionRow,
    AuditRow,
    OrderRow,
    ParcelRow,
    PaymentRow,
    ReturnRow,
    SnapshotRow,
)
from store.tables.polling import CarrierAccountRow
from store.tables.webhooks import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "ApiKeyRow",
    "AttentionRow",
    "AuditRow",
    "CarrierAccountRow",
    "ChannelRow",
    "CreditLot",
    "FrequencyCapRow",
    "IdempotencyRow",
    "InboxRow",
    "InboxWaitRow",
    "LedgerEntry",
    "LedgerPosting",
    "LegRow",
    "MailboxRow",
    "MerchantRow",
    "OrderRow",
    "OutboxRow",
    "ParcelRow",
    "PaymentRow",
    "PersonKeyRow",
    "PhoneRow",
    "PolicyRow",
    "PreferenceRow",
    "ReturnRow",
    "SnapshotRow",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
    "WebhookEventRow",
]  # fmt: skip
