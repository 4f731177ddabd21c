"""Links with which a customer sees and returns one order, without an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.order_reader import FoundOrder
from services.tokens import LinkClaims, TokenSigner
from store.engine.columns import real_now


@dataclass(frozen=True)
class CustomerLinks:
    """Makes links. They are signed and not stored, so a link cannot be revoked."""

    tokens: TokenSigner

    def create(self, order: FoundOrder, hours: int) -> tuple[str, datetime]:
        """The bearer token and when it expires, in real time."""
        expires_at = real_now() + timedelta(hours=hours)
        claims = LinkClaims(merchant=order.merchant, order=order.id, expires_at=expires_at)
        return self.tokens.sign_link(claims), expires_at
