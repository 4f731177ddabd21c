"""Webhooks of payment providers: verified by the secrets of the merchant's account, and kept in the inbox."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain import keys
from domain.payments.account_shapes import signing_secrets
from ports.inbound_webhooks import InvalidSignature
from ports.payments import PaymentAccounts, PaymentEventSource
from services.clock import real_now
from services.inbound.signature import DUMMY_SECRET
from services.inbox import InboundDelivery, InboxService
from store.merchants.clock import Clocks


@dataclass(frozen=True)
class PaymentWebhooks:
    """The use cases of these webhooks. `sources`: by the provider's name."""

    sources: Mapping[str, PaymentEventSource]
    accounts: PaymentAccounts
    clocks: Clocks
    inbox: InboxService

    async def verify(self, merchant: str, provider: str, headers: Mapping[str, str], body: bytes) -> str:
        """The provider's id of a message that the merchant's account signed. Raises InvalidSignature.

        For an unknown merchant, and for one without a secret, a random secret is tried: the time taken does not show which exist.
        """
        source = self.sources.get(provider)
        if source is None:
            raise InvalidSignature("no such provider")
        account = await self.accounts.account(merchant, provider)
        given = signing_secrets(account.keys) if account else []
        delivery = source.verify(headers, body, given or [DUMMY_SECRET], real_now())
        if not given:
            raise InvalidSignature("no secret is configured")
        return delivery

    async def keep(self, merchant: str, provider: str, delivery: str, body: bytes) -> bool:
        """Keep a verified message to be applied; whether it was kept before."""
        now = await self.clocks.business_now(merchant)
        received = InboundDelivery(merchant, keys.payment_source(provider), delivery, body, now)
        return await self.inbox.accept(received) == "duplicate"
