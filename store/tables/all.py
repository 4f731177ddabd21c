"""All tables. Import them from here, so that migrations and tests see all of them."""

from sqlmodel import SQLModel

from store.tables.audit import AuditRow
from store.tables.contacts import ChannelRow, FrequencyCapRow, PhoneRow, PreferenceRow
from store.tables.idempotency import IdempotencyRow
from store.tables.inbox import InboxRow, InboxWaitRow
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting, LegRow
from store.tables.merchants import ApiKeyRow, MerchantRow, PersonKeyRow, PolicyRow
from store.tables.notices import MailboxRow, OutboxRow
from store.tables.order_parts import AttentionRow, ParcelRow, ReturnRow
from store.tables.order_search import OrderTermRow
from store.tables.orders import OrderRow, PaymentRow, SnapshotRow
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
    "OrderTermRow",
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
