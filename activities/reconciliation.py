"""The nightly comparison of providers with the ledger, one account at a time."""

from datetime import timedelta
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat
from ports.payments import AccountRefused, OutcomeUnknown
from ports.reconciliation import AccountsToCompare, ComparedAccount, Comparison

__all__ = ["ComparedAccount", "ReconciliationActivities"]

NIGHTLY_PERIOD: Final = timedelta(days=35)
"""A refund that succeeded may fail for about a month: https://docs.stripe.com/refunds#failed-refunds."""


class ReconciliationActivities:
    """Safe to repeat: a difference that is found again is the same one."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    @activity.defn
    async def list_accounts(self, after: ComparedAccount | None) -> AccountsToCompare:
        """A page of accounts to compare."""
        async with heartbeat():
            return await self._comparison.accounts(after)

    @activity.defn
    async def compare_account(self, account: ComparedAccount) -> int:
        """How many differences the account has. An account whose keys are refused is not tried again this night."""
        async with heartbeat():
            try:
                return await self._comparison.compare(account, NIGHTLY_PERIOD)
            except AccountRefused as refused:
                raise ApplicationError(str(refused), type="AccountRefused", non_retryable=True) from refused
            except OutcomeUnknown as problem:
                raise ApplicationError(str(problem), type="OutcomeUnknown") from problem
