"""The accounts that are compared with the ledger: those with refunds lately, and those whose keys are set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ports.reconciliation import AccountsToCompare, ComparedAccount
from services.clock import real_now
from services.payments.missed_disputes import MissedDisputes
from services.payments.reconciliation import PaymentReconciliation, ReconcileResult
from services.payments.storefront_poll import StorefrontPolling
from store.ledger.provider_legs import ProviderLegs
from store.merchants.payment_accounts import StoredPaymentAccounts

DAYS: Final = 35
_PAGE: Final = 100


@dataclass(frozen=True)
class NightlyComparison:
    """Compares accounts one by one: of these providers, by name. storefronts: those that are polled before.

    disputes: those that list their messages about disputes, which are asked for before too.
    """

    reconciliation: PaymentReconciliation
    legs: ProviderLegs
    stored: StoredPaymentAccounts
    storefronts: Mapping[str, StorefrontPolling]
    disputes: Mapping[str, MissedDisputes]

    async def all_accounts(self, period: timedelta) -> list[ComparedAccount]:
        """All accounts with refunds in that period or with keys, in order."""
        since, found = real_now() - period, set[tuple[str, str]]()
        for provider in self.reconciliation.payments:
            found |= {(merchant, provider) for merchant in await self.legs.merchants(provider, since)}
            found |= {(merchant, provider) for merchant in await self.stored.merchants(provider)}
        return [ComparedAccount(merchant=merchant, provider=provider) for merchant, provider in sorted(found)]

    async def accounts(self, after: ComparedAccount | None) -> AccountsToCompare:
        """A page of them."""
        last = (after.merchant, after.provider) if after else ("", "")
        found = [
            one
            for one in await self.all_accounts(timedelta(days=DAYS))
            if (one.merchant, one.provider) > last
        ]
        page = tuple(found[:_PAGE])
        return AccountsToCompare(accounts=page, after=page[-1] if len(found) > _PAGE else None)

    async def compare(self, account: ComparedAccount, period: timedelta) -> int:
        """How many differences the account has. Raises OutcomeUnknown."""
        return (await self.result(account, period)).differences

    async def result(self, account: ComparedAccount, period: timedelta) -> ReconcileResult:
        """What came of the comparison; a storefront is polled before. Raises OutcomeUnknown."""
        since, storefront = real_now() - period, self.storefronts.get(account.provider)
        polled = await storefront.run(account.merchant, since) if storefront is not None else None
        missed = self.disputes.get(account.provider)
        if missed is not None:
            await missed.run(account.merchant, since)
        in_shop = polled.differences if polled is not None else ()
        return await self.reconciliation.run(account.merchant, account.provider, since, in_shop)
