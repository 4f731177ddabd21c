"""Links with which a customer sees and returns one order, without an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.actors import Actor
from services.order_reader import FoundOrder
from services.tokens import LinkClaims, TokenSigner
from store.audit import AuditLine
from store.engine.columns import real_now
from store.merchants.clock import Clocks
from store.orders.links import LinkEpochs


@dataclass(frozen=True)
class CustomerLinks:
    """Makes links and ends them. They are signed and not stored: those of an order end all at once."""

    tokens: TokenSigner
    epochs: LinkEpochs
    clocks: Clocks

    async def create(self, order: FoundOrder, hours: int) -> tuple[str, datetime]:
        """The bearer token and when it expires, in real time."""
        expires_at = real_now() + timedelta(hours=hours)
        epoch = await self.epochs.get(order.merchant, order.id) or 0
        claims = LinkClaims(merchant=order.merchant, order=order.id, expires_at=expires_at, epoch=epoch)
        return self.tokens.sign_link(claims), expires_at

    async def revoke(self, order: FoundOrder, actor: Actor) -> None:
        """No link to the order that was made until now opens anything any more."""
        at = await self.clocks.business_now(order.merchant)
        await self.epochs.begin_next(order.merchant, AuditLine(actor, "links_revoked", at, order=order.id))
