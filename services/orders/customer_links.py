"""Links with which a customer sees and returns one order, without an account."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from domain.actors import Actor
from services.order_reader import FoundOrder, OrderReader
from services.tokens import LinkClaims, TokenSigner
from store.audit import AuditLine, AuditLog
from store.engine.columns import real_now
from store.merchants.clock import Clocks
from store.orders.links import LinkEpochs

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # before every link ends


@dataclass(frozen=True)
class DeadLink:
    """A link that opens nothing. merchant: whose it was; empty where that cannot be known.

    `unknown`: not ours, cut off, or of an order that does not exist. `expired`: its time is over. `revoked`: the shop ended it.
    `erased`: what the shop knew of the order's customer was erased.
    """

    why: Literal["unknown", "expired", "revoked", "erased"]
    merchant: str = ""


@dataclass(frozen=True)
class CustomerLinks:
    """Makes links and ends them. They are signed and not stored: those of an order end all at once."""

    tokens: TokenSigner
    epochs: LinkEpochs
    clocks: Clocks
    orders: OrderReader
    audit: AuditLog

    async def find(self, token: str) -> FoundOrder | DeadLink:
        """The order that the link opens, or why it opens none."""
        claims = self.tokens.verify_link(token, _LONG_AGO)
        if claims is None:
            return DeadLink("unknown")
        if claims.expires_at <= real_now():
            return DeadLink("expired", claims.merchant)
        epoch = await self.epochs.get(claims.merchant, claims.order)
        order = await self.orders.find_by_id(claims.merchant, claims.order) if epoch is not None else None
        if order is None:
            return DeadLink("unknown", claims.merchant)
        return order if epoch == claims.epoch else DeadLink("revoked", claims.merchant)

    async def create(self, order: FoundOrder, hours: int) -> tuple[str, datetime]:
        """The bearer token and when it expires, in real time."""
        expires_at = real_now() + timedelta(hours=hours)
        epoch = await self.epochs.get(order.merchant, order.id) or 0
        claims = LinkClaims(merchant=order.merchant, order=order.id, expires_at=expires_at, epoch=epoch)
        return self.tokens.sign_link(claims), expires_at

    async def create_for(self, order: FoundOrder, hours: int, actor: Actor) -> tuple[str, datetime]:
        """The same for a person of the shop. It is in the audit: the link lets its holder act as the customer."""
        at = await self.clocks.business_now(order.merchant)
        await self.audit.write(order.merchant, AuditLine(actor, "link_created", at, order=order.id))
        return await self.create(order, hours)

    async def revoke(self, order: FoundOrder, actor: Actor) -> None:
        """No link to the order that was made until now opens anything any more."""
        at = await self.clocks.business_now(order.merchant)
        await self.epochs.begin_next(order.merchant, AuditLine(actor, "links_revoked", at, order=order.id))
