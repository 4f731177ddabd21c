"""A provider for which merchants need an account: without one nothing is sent, and refused keys are known to people."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from ports.payments import (
    AccountRefused,
    Declined,
    PaymentAccounts,
    Payments,
    ProviderRefund,
    RefundRequest,
)

NO_ACCOUNT = "no_account"


class AccountRecords(PaymentAccounts, Protocol):
    """The merchants' accounts, and whether their keys are refused."""

    async def providers(self, merchant: str) -> Sequence[str]:
        """The names of the providers at which the merchant has an account."""

    async def record_refused(self, merchant: str, provider: str, at: datetime | None) -> datetime | None:
        """Note that the provider refuses the keys since then, or with None that it accepts them; returns since when it does."""


class AccountGuard:
    """The port `Payments` in front of a provider of that name."""

    def __init__(self, name: str, provider: Payments, accounts: AccountRecords) -> None:
        self._name, self._provider, self._accounts = name, provider, accounts

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """See the port. A refund for which the merchant has no account was never sent: it is declined. Raises OutcomeUnknown."""
        if request.sent_at is None and await self._accounts.account(request.merchant, self._name) is None:
            return Declined(code=NO_ACCOUNT)
        try:
            answer = await self._provider.refund(request)
        except AccountRefused:
            await self._accounts.record_refused(request.merchant, self._name, datetime.now(UTC))
            raise
        await self._accounts.record_refused(request.merchant, self._name, None)
        return answer

    async def find(self, request: RefundRequest) -> ProviderRefund | Declined | None:
        """See the port. Raises OutcomeUnknown."""
        try:
            return await self._provider.find(request)
        except AccountRefused:
            await self._accounts.record_refused(request.merchant, self._name, datetime.now(UTC))
            raise

    def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """See the port. Raises OutcomeUnknown."""
        return self._provider.refunds_since(merchant, since)

    async def check(self, merchant: str) -> str:
        """See the port. Raises OutcomeUnknown."""
        return await self._provider.check(merchant)
