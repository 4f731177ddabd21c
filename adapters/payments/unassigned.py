"""Payments that no provider is known to hold: their order came before the merchant had an account, and named none."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from adapters.payments.account_guard import NO_ACCOUNT
from ports.payments import UNASSIGNED, AccountRefused, Declined, Payments, ProviderRefund, RefundRequest


class KnownAccounts(Protocol):
    """At which providers merchants have accounts."""

    async def providers(self, merchant: str) -> Sequence[str]:
        """The names of the merchant's providers."""


class UnassignedPayments:
    """The port `Payments` on the merchant's only account, once there is one; without it nothing is paid, and finance is asked.

    providers: the real ones, by name.
    """

    name: Final = UNASSIGNED

    def __init__(self, accounts: KnownAccounts, providers: Mapping[str, Payments]) -> None:
        self._accounts, self._providers = accounts, providers

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """See the port. Raises OutcomeUnknown."""
        holder = await self._holder(request.merchant)
        if holder is None and request.sent_at is None:
            return Declined(code=NO_ACCOUNT)
        return await self._require(holder).refund(request)

    async def find(self, request: RefundRequest) -> ProviderRefund | Declined | None:
        """See the port. Raises OutcomeUnknown."""
        holder = await self._holder(request.merchant)
        if holder is None and request.sent_at is None:
            return None
        return await self._require(holder).find(request)

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """See the port: the provider lists them under its own name."""
        listed: tuple[ProviderRefund, ...] = ()
        for refund in listed:
            yield refund

    async def check(self, merchant: str) -> str:
        """See the port. Raises AccountRefused."""
        return await self._require(await self._holder(merchant)).check(merchant)

    async def _holder(self, merchant: str) -> Payments | None:
        named = [one for one in await self._accounts.providers(merchant) if one in self._providers]
        return self._providers[named[0]] if len(named) == 1 else None

    def _require(self, holder: Payments | None) -> Payments:
        if holder is None:
            raise AccountRefused("it is not known which provider took the payment")
        return holder
