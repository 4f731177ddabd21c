"""Which payment provider holds a payment that names none."""

from dataclasses import dataclass

from domain.model.order import Tender
from ports.payments import UNASSIGNED
from store.merchants.clock import Clocks
from store.merchants.payment_accounts import StoredPaymentAccounts


class UnknownProvider(Exception):
    """This deployment does not have that provider; or none is named, and the merchant has accounts at several."""


@dataclass(frozen=True)
class PaymentHolders:
    """The provider of a merchant's payments.

    names: the providers of this deployment. The first one is the sandbox.
    """

    names: tuple[str, ...]
    accounts: StoredPaymentAccounts
    clocks: Clocks

    async def hold(
        self, merchant: str, tenders: tuple[Tender, ...], storefront: str = ""
    ) -> tuple[Tender, ...]:
        """The tenders, each with the provider that holds it. Raises UnknownProvider.

        storefront: the one that took the payments.
        """
        if any(tender.provider not in (None, *self.names) for tender in tenders):
            raise UnknownProvider
        if all(tender.provider is not None or tender.refunded_to != "provider" for tender in tenders):
            return tenders
        holder = await self.default(merchant, storefront)
        return tuple(tender.held_by(holder) for tender in tenders)

    async def default(self, merchant: str, storefront: str = "") -> str:
        """The sandbox for a sandbox merchant; else the storefront that took the payment, or the merchant's only account.

        Without an account their holder is not known (`UNASSIGNED`), and no payment is pretended. Raises UnknownProvider where
        there are several.
        """
        sandbox = self.names[0]
        if await self.clocks.get(merchant) is not None:
            return sandbox
        if storefront in self.names:
            return storefront
        accounts = [one for one in await self.accounts.providers(merchant) if one != sandbox]
        if len(accounts) > 1:
            raise UnknownProvider
        return accounts[0] if accounts else UNASSIGNED
