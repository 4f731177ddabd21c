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
from ports.payments import PaymentEventSource, Payments
from runtime.config.settings import Settings
from services.payments.nightly import NightlyComparison
from services.payments.reconciliation import PaymentReconciliation
from store.engine.database import Database
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.merchants.clock import Clocks
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.privacy.encryption import DeploymentKeys

EVENT_SOURCES: Final[Mapping[str, PaymentEventSource]] = {
    source.name: source for source in (SandboxEvents(), StripeEvents(), ShopifyEvents())
}
PAYMENT_PROVIDERS: Final = (SandboxPayments.name, StripePayments.name, ShopifyPayments.name)
"""The names that tenders may give; the sandbox is the first."""


class ClosablePayments(Payments, Protocol):
    """A provider with connections of its own."""

    async def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True)
class PaymentProviders:
    """The providers by name, as `Payments`; `opened`: what is closed at the end."""

    by_name: Mapping[str, Payments]
    opened: tuple[ClosablePayments, ...]

    async def close(self) -> None:
        """Close all connections."""
        for provider in self.opened:
            await provider.close()


def make_payment_providers(settings: Settings, psp: str | None, accounts: AccountRecords) -> PaymentProviders:
    """One adapter per provider. `psp`: the sandbox provider's address; without one there is no sandbox."""
    sandbox = [SandboxPayments(psp, timeout=settings.provider_timeout)] if psp else []
    real: Mapping[str, ClosablePayments] = {
        StripePayments.name: StripePayments(accounts, timeout=settings.provider_timeout),
        ShopifyPayments.name: ShopifyPayments(accounts, timeout=settings.provider_timeout),
    }
    guarded = {name: AccountGuard(name, provider, accounts) for name, provider in real.items()}
    return PaymentProviders({**{one.name: one for one in sandbox}, **guarded}, (*sandbox, *real.values()))


def make_comparison(db: Database, keys: DeploymentKeys, providers: PaymentProviders) -> NightlyComparison:
    """The comparison of these providers with the ledger."""
    legs, differences = ProviderLegs(db), PaymentDifferences(db)
    reconciliation = PaymentReconciliation(providers.by_name, legs, differences, Clocks(db))
    return NightlyComparison(reconciliation, legs, StoredPaymentAccounts(db, keys))
