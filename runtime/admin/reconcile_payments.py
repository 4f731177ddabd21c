"""`smot reconcile payments`: what each provider lists, compared with the ledger."""

from collections.abc import AsyncIterator
from datetime import timedelta

from ports.payments import OutcomeUnknown
from ports.reconciliation import ComparedAccount
from runtime.admin.connection import Deployment, deployment
from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from runtime.payment_wiring import make_comparison, make_payment_providers
from services.journeys import Journeys
from services.payments.differences import PaymentDifference, difference_view
from services.payments.nightly import NightlyComparison
from services.payments.reconciliation import ReconcileResult
from store.ledger.differences import PaymentDifferences
from store.merchants.payment_accounts import StoredPaymentAccounts

_LISTED = 100  # open differences of one merchant that are printed

Compared = ReconcileResult | tuple[ComparedAccount, str]
"""What came of an account, or why its provider's list could not be read."""


async def reconcile_payments(settings: Settings, merchant: str | None, days: int) -> AsyncIterator[Compared]:
    """Compare the accounts of one merchant, or all, since so many days ago. Raises DeploymentUnreachable."""
    async with deployment(settings) as running:
        keys = await open_deployment_keys(running.settings, running.db)
        accounts = StoredPaymentAccounts(running.db, keys)
        providers = make_payment_providers(running.settings, running.settings.psp, accounts)
        try:
            comparison = make_comparison(running.db, keys, providers, Journeys(await running.connect()))
            for account in await comparison.all_accounts(timedelta(days=days)):
                if merchant in (None, account.merchant):
                    yield await _compared(comparison, account, days)
        finally:
            await providers.close()


async def open_differences(settings: Settings, merchants: set[str]) -> list[tuple[str, PaymentDifference]]:
    """The oldest open differences of these merchants. Raises DeploymentUnreachable."""
    async with deployment(settings, database_only=True) as running:
        return [pair for merchant in sorted(merchants) for pair in await _open_of(running, merchant)]


async def _open_of(running: Deployment, merchant: str) -> list[tuple[str, PaymentDifference]]:
    page = await PaymentDifferences(running.db).page(merchant, open=True, limit=_LISTED)
    return [(merchant, difference_view(row, {})) for row in page.items]


async def _compared(comparison: NightlyComparison, account: ComparedAccount, days: int) -> Compared:
    try:
        return await comparison.result(account, timedelta(days=days))
    except OutcomeUnknown as problem:
        return account, str(problem)
