"""Store credit: what a customer has, and what they pay with it."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.money import Money
from store.engine.database import Database
from store.ledger import credit_views
from store.ledger.credit_views import CreditView
from store.ledger.redemptions import Redemption, RedemptionResult, redeem
from store.merchants.clock import Clocks
from store.privacy.vault import Vault

__all__ = ["CreditService", "CreditView", "RedemptionResult"]


@dataclass(frozen=True)
class CreditService:
    """The use cases. `customer_id`: the merchant's own id of a customer."""

    db: Database
    vault: Vault
    clocks: Clocks

    async def balances(self, merchant: str, customer_id: str) -> list[CreditView]:
        """Credit per currency, and when each part of it expires."""
        customer = self.vault.customer_of(merchant, customer_id)
        async with self.db.read() as session:
            return await credit_views.balances(session, merchant, customer)

    async def redeem(
        self, merchant: str, actor: Actor, customer_id: str, reference: str, amount: Money
    ) -> RedemptionResult:
        """Take the whole amount or nothing, what expires soonest first; once per reference of the shop."""
        customer = self.vault.customer_of(merchant, customer_id)
        redemption = Redemption(merchant=merchant, customer=customer, reference=reference, amount=amount)
        now = await self.clocks.business_now(merchant)
        async with self.db.write() as session:
            return await redeem(session, redemption, actor, now)
