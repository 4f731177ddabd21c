"""The payment providers of a deployment by name, and the sources that read their webhooks. A new provider is a row here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from adapters.payments.account_guard import AccountGuard, AccountRecords
from adapters.payments.sandbox import SandboxPayments
from adapters.payments.sandbox_events import SandboxEvents
from adapters.payments.shopify import ShopifyPayments
from adapters.payments.shopify_events import ShopifyEvents
from adapters.payments.stripe import StripePayments
from adapters.payments.stripe_events import StripeEvents
from adapters.payments.stripe_links import StripeLinks
from adapters.payments.unassigned import UnassignedPayments
from adapters.payments.woocommerce import WooCommercePayments
from adapters.shopify.client import ShopifyClient
from adapters.storefronts.shopify import Shopify
from adapters.storefronts.shopify_poll import ShopifyPoll
from adapters.storefronts.shopify_writer import ShopifyWriter
from adapters.storefronts.woocommerce import WooCommerce
from adapters.storefronts.woocommerce_poll import WooCommercePoll
from adapters.storefronts.woocommerce_writer import WooCommerceWriter
from adapters.webhooks.guarded_resolver import GuardedResolver, resolve
from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.woocommerce.client import Egress, WooCommerceClient
from ports.payment_links import PaymentLinks
from ports.payments import UNASSIGNED, DisputeMessages, PaymentEventSource, Payments
from ports.storefront_updates import StorefrontWriter
from ports.storefronts import StorefrontPoll, StorefrontSource
from runtime.config.settings import Settings
from services.payments.missed_disputes import MissedDisputes
from services.payments.nightly import NightlyComparison
from services.payments.reconciliation import PaymentReconciliation
from services.payments.storefront_poll import ShopRecords, StorefrontPolling
from store.audit import AuditLog
from store.engine.database import Database
from store.inbox.inbox import Inbox
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.merchants.clock import Clocks
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.orders.storefront_updates import StorefrontUpdates
from store.privacy.encryption import DeploymentKeys

EVENT_SOURCES: Final[Mapping[str, PaymentEventSource]] = {
    source.name: source for source in (SandboxEvents(), StripeEvents(), ShopifyEvents())
}
STOREFRONTS: Final[Mapping[str, StorefrontSource]] = {
    source.name: source for source in (Shopify(), WooCommerce())
}
PAYMENT_PROVIDERS: Final = (
    SandboxPayments.name,
    StripePayments.name,
    ShopifyPayments.name,
    WooCommercePayments.name,
)
"""The names that tenders may give; the sandbox is the first."""


class Connected(Protocol):
    """What has connections of its own."""

    async def close(self) -> None:
        """Close the connections."""


class ClosablePayments(Payments, Connected, Protocol):
    """A provider with connections of its own."""


@dataclass(frozen=True)
class PaymentProviders:
    """The providers by name, as `Payments`.

    links: those with pages on which customers pay.
    storefronts: those providers that are storefronts too, and can be polled.
    disputes: those that list what their webhooks said about disputes.
    writers: those that show what happened here, by name.
    opened: what is closed at the end.
    """

    by_name: Mapping[str, Payments]
    links: Mapping[str, PaymentLinks]
    storefronts: tuple[StorefrontPoll, ...]
    disputes: Mapping[str, DisputeMessages]
    writers: Mapping[str, StorefrontWriter]
    opened: tuple[Connected, ...]

    async def close(self) -> None:
        """Close all connections."""
        for provider in self.opened:
            await provider.close()


def make_payment_providers(settings: Settings, psp: str | None, accounts: AccountRecords) -> PaymentProviders:
    """One adapter per provider. `psp`: the sandbox provider's address; without one there is no sandbox."""
    egress = _shop_egress(settings)
    shops = WooCommerceClient(accounts, egress, settings.provider_timeout)
    shopify = ShopifyClient(accounts, settings.provider_timeout)
    sandbox = [SandboxPayments(psp, timeout=settings.provider_timeout)] if psp else []
    stripe = StripePayments(accounts, timeout=settings.provider_timeout)
    real: Mapping[str, ClosablePayments] = {
        StripePayments.name: stripe,
        ShopifyPayments.name: ShopifyPayments(accounts, timeout=settings.provider_timeout),
        WooCommercePayments.name: WooCommercePayments(accounts, egress, timeout=settings.provider_timeout),
    }
    guarded = {name: AccountGuard(name, provider, accounts) for name, provider in real.items()}
    return PaymentProviders(
        by_name={
            **{one.name: one for one in sandbox},
            **guarded,
            UNASSIGNED: UnassignedPayments(accounts, guarded),
        },
        storefronts=(WooCommercePoll(shops), ShopifyPoll(shopify)),
        links={StripeLinks.name: StripeLinks(stripe)},
        disputes={StripePayments.name: stripe},
        writers={writer.name: writer for writer in (ShopifyWriter(shopify), WooCommerceWriter(shops))},
        opened=(*sandbox, *real.values(), shops, shopify),
    )


def _shop_egress(settings: Settings) -> Egress:
    """Addresses of shops are typed by their merchants, so calls go to public ones only, as outgoing webhooks do."""
    policy = EgressPolicy(unrestricted=settings.webhook_egress == "anywhere", ports=settings.webhook_ports)
    return Egress(policy.rejection_reason, GuardedResolver(policy, resolve))


def make_comparison(db: Database, keys: DeploymentKeys, providers: PaymentProviders) -> NightlyComparison:
    """The comparison of these providers with the ledger."""
    legs, differences = ProviderLegs(db), PaymentDifferences(db)
    listed = {name: one for name, one in providers.by_name.items() if name != UNASSIGNED}
    reconciliation = PaymentReconciliation(listed, legs, differences, Clocks(db))
    shop_records = ShopRecords(Orders(db), SnapshotStore(db), StorefrontUpdates(db))
    polls = {
        poll.name: StorefrontPolling(
            poll, STOREFRONTS[poll.name], Inbox(db, keys), Clocks(db), AuditLog(db), shop_records
        )
        for poll in providers.storefronts
    }
    missed = {
        name: MissedDisputes(messages, EVENT_SOURCES[name], Inbox(db, keys), Clocks(db))
        for name, messages in providers.disputes.items()
    }
    return NightlyComparison(reconciliation, legs, StoredPaymentAccounts(db, keys), polls, missed)
