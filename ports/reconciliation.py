"""The comparison of payment providers with the ledger, one account at a time."""

from datetime import timedelta
from typing import Protocol

from domain.base import Frozen


class ComparedAccount(Frozen):
    """A merchant's account at a provider."""

    merchant: str
    provider: str


class AccountsToCompare(Frozen):
    """A page of accounts, in order. `after`: the account to go on after; None on the last page."""

    accounts: tuple[ComparedAccount, ...] = ()
    after: ComparedAccount | None = None


class Comparison(Protocol):
    """Compares providers with the ledger. Safe to repeat."""

    async def accounts(self, after: ComparedAccount | None) -> AccountsToCompare:
        """The accounts that are to be compared, a page at a time."""

    async def compare(self, account: ComparedAccount, period: timedelta) -> int:
        """Compare what was made or changed in that period; how many differences there are. Raises OutcomeUnknown."""
