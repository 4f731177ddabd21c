"""Accounts at tracking services, by which a merchant's parcels are polled. Their keys are never shown again."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from ports.trackers import CarrierAccount
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.tables.all import CarrierAccountRow


class CarrierAccountView(Frozen):
    """The account without its key."""

    merchant: str
    """The merchant's id."""
    source: str
    """The service that is polled."""
    base: str
    """An address other than the source's own; empty for the source's own."""
    per_minute: int
    """Calls that all workers together make in a minute of the merchant's time."""
    refused_at: Instant | None
    """Since when the source refuses the key; null while it accepts it."""
    created_at: Instant
    """Since when the account is set up."""


@dataclass(frozen=True)
class CarrierAccountService:
    """One account a merchant at most."""

    accounts: StoredCarrierAccounts

    async def put(self, merchant: str, account: CarrierAccount, per_minute: int) -> CarrierAccountView | None:
        """Have the merchant's parcels polled by this account instead of any before; None for an unknown merchant.

        `per_minute`: calls that all workers together make in a minute of the merchant's time.
        """
        row = await self.accounts.put(merchant, account, per_minute)
        return _view(row) if row else None

    async def find(self, merchant: str) -> CarrierAccountView | None:
        row = await self.accounts.find(merchant)
        return _view(row) if row else None

    async def remove(self, merchant: str) -> bool:
        """Poll no more for that merchant; false when it had no account."""
        return await self.accounts.remove(merchant)


def _view(row: CarrierAccountRow) -> CarrierAccountView:
    return CarrierAccountView.model_validate(row.model_dump(exclude={"key", "minute", "used"}))
