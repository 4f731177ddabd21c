"""The nightly comparison of all providers with the ledger."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.reconciliation import ComparedAccount, ReconciliationActivities

_AT_ONCE = 4  # accounts: one whose provider is slow or away waits for its retries beside the others
_LIST_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
_COMPARE_RETRY = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_attempts=5)


@workflow.defn
class NightlyReconciliation:
    """Compares a few accounts at once, page by page; what cannot be read now is compared the next night."""

    @workflow.run
    async def run(self, after: ComparedAccount | None = None) -> None:
        page = await workflow.execute_activity_method(
            ReconciliationActivities.list_accounts,
            after,
            start_to_close_timeout=timedelta(minutes=2),
            retry_policy=_LIST_RETRY,
        )
        door = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(_compare(account, door) for account in page.accounts))
        if page.after is not None:
            workflow.continue_as_new(page.after)


async def _compare(account: ComparedAccount, door: asyncio.Semaphore) -> None:
    """One account. A provider that does not answer does not keep the others from being compared."""
    async with door:
        await _compare_now(account)


async def _compare_now(account: ComparedAccount) -> None:
    try:
        await workflow.execute_activity_method(
            ReconciliationActivities.compare_account,
            account,
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=_COMPARE_RETRY,
            priority=Priority(fairness_key=account.merchant),
            summary=f"{account.merchant}/{account.provider}",
        )
    except ActivityError:
        workflow.logger.warning("an account could not be compared", extra={"provider": account.provider})
