"""All tables. Import them from here, so that migrations and tests see all of them."""

from sqlmodel import SQLModel

from store.tables.approvals import ApprovalRow
from store.tables.audit import AuditRow
from store.tables.console import ConsoleSettingsRow, ReplyMacroRow
from store.tables.contacts import (
    BrandingRow,
    ChannelRow,
    CustomerLanguageRow,
    FrequencyCapRow,
    MailSenderRow,
    PhoneRow,
    PreferenceRow,
    PushDeviceRow,
    SuppressedAddressRow,
)
from store.tables.credit import RedemptionPart, RedemptionRow
from store.tables.deployment import ProcessRow, RootKeyRow
from store.tables.figures import FigureFactRow, FigureSumRow
from store.tables.idempotency import IdempotencyRow
from store.tables.inbox import InboxRow, InboxWaitRow
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting, LegRow
from store.tables.merchants import AllowedOriginRow, ApiKeyRow, MerchantRow, PersonKeyRow, PolicyRow
from store.tables.notices import LetterRow, OutboxRow
from store.tables.openid import OpenIdAttemptRow, OpenIdProviderRow
from store.tables.order_parts import AttentionClaimRow, AttentionRow, DatePromiseRow, ParcelRow, ReturnRow
from store.tables.order_search import OrderTermRow
from store.tables.orders import OrderRow, PaymentRow, SnapshotRow
from store.tables.payment_accounts import PaymentAccountRow
from store.tables.payment_events import PaymentDifferenceRow, ProviderEventRow
from store.tables.polling import CarrierAccountRow
from store.tables.privacy import PrivacyRequestRow, RetentionRunRow
from store.tables.shop_systems import ShopSystemRow
from store.tables.storefront_updates import StorefrontUpdateRow
from store.tables.unknown_goods import UnknownGoodsRow
from store.tables.users import UserRow, UserSessionRow
from store.tables.webhooks import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow
from store.tables.withdrawals import WithdrawalRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "AllowedOriginRow",
    "ApiKeyRow",
    "ApprovalRow",
    "AttentionClaimRow",
    "AttentionRow",
    "AuditRow",
    "BrandingRow",
    "CarrierAccountRow",
    "ChannelRow",
    "ConsoleSettingsRow",
    "CreditLot",
    "CustomerLanguageRow",
    "DatePromiseRow",
    "FigureFactRow",
    "FigureSumRow",
    "FrequencyCapRow",
    "IdempotencyRow",
    "InboxRow",
    "InboxWaitRow",
    "LedgerEntry",
    "LedgerPosting",
    "LegRow",
    "LetterRow",
    "MailSenderRow",
    "MerchantRow",
    "OpenIdAttemptRow",
    "OpenIdProviderRow",
    "OrderRow",
    "OrderTermRow",
    "OutboxRow",
    "ParcelRow",
    "PaymentAccountRow",
    "PaymentDifferenceRow",
    "PaymentRow",
    "PersonKeyRow",
    "PhoneRow",
    "PolicyRow",
    "PreferenceRow",
    "PrivacyRequestRow",
    "ProcessRow",
    "ProviderEventRow",
    "PushDeviceRow",
    "RedemptionPart",
    "RedemptionRow",
    "ReplyMacroRow",
    "RetentionRunRow",
    "ReturnRow",
    "RootKeyRow",
    "ShopSystemRow",
    "SnapshotRow",
    "StorefrontUpdateRow",
    "SuppressedAddressRow",
    "UnknownGoodsRow",
    "UserRow",
    "UserSessionRow",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
    "WebhookEventRow",
    "WithdrawalRow",
]  # fmt: skip
