"""A merchant's own stock and fulfilment systems: set, tested and forgotten."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from ports.stock import NoShopSystem, ShopUnavailable, Stock
from ports.webhooks import WebhookTransport
from store.merchants.shop_systems import StoredShopSystems


class ShopSystemView(Frozen):
    """Where the merchant's systems are called."""

    url: str
    """Their address; each call is a path below it."""
    created_at: Instant
    """Since when they are called there."""


class ShopSystemTest(Frozen):
    """What the systems answer to a call that keeps nothing."""

    answered: bool
    """Whether they answered as described."""
    detail: str
    """What was wrong, in one word; empty if nothing was."""


@dataclass(frozen=True)
class ShopSystemService:
    """One system a merchant at most."""

    systems: StoredShopSystems
    stock: Stock
    transport: WebhookTransport

    async def rejection_reason(self, url: str) -> str | None:
        """Why that address is not called, in one word; None when it is."""
        return await self.transport.rejection_reason(url)

    async def put(self, merchant: str, url: str, actor: Actor) -> tuple[ShopSystemView, str] | None:
        """Call the merchant's systems there; the secret is new and shown once. None for an unknown merchant."""
        secret = await self.systems.put(merchant, url, actor)
        view = await self.find(merchant)
        return (view, secret) if view and secret else None

    async def find(self, merchant: str) -> ShopSystemView | None:
        row = await self.systems.find(merchant)
        if row is None:
            return None
        return ShopSystemView(url=self.systems.opened(row).url, created_at=row.created_at)

    async def remove(self, merchant: str, actor: Actor) -> bool:
        """Exchanges are not offered from now on; False when there was none."""
        return await self.systems.remove(merchant, actor)

    async def test(self, merchant: str) -> ShopSystemTest | None:
        """Ask the systems for no article; None without one."""
        try:
            await self.stock.articles(merchant, "", "EUR", [])
        except NoShopSystem:
            return None
        except ShopUnavailable as problem:
            return ShopSystemTest(answered=False, detail=str(problem))
        return ShopSystemTest(answered=True, detail="")
