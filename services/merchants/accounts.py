"""Merchants: created with their keys, and what the deliveries of each source are signed with."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.actors import Actor, Role
from domain.model.terms import Policy
from services.merchants.views import Letters, MerchantView, merchant_view
from services.paging import Page, PageRequest
from store.engine.columns import real_now
from store.merchants.merchants import Merchants, NewMerchant, SigningConfig
from store.notifications.outbox import Outbox
from store.tables.all import MerchantRow

__all__ = ["CreatedMerchant", "MerchantService", "MerchantToCreate", "SigningConfig"]

_ROLES = (
    Role.ADMIN,
    Role.STOREFRONT,
    Role.AGENT,
    Role.SENIOR_AGENT,
    Role.WAREHOUSE,
    Role.PARTNER,
    Role.FINANCE,
)


@dataclass(frozen=True)
class MerchantToCreate:
    """A new merchant. `clock`: where a sandbox merchant's time begins. `policy`, `creator`: its first policy, who creates it."""

    id: str
    name: str
    sandbox: bool
    clock: datetime | None
    policy: Policy
    creator: Actor


@dataclass(frozen=True)
class CreatedMerchant:
    """Keys and secrets in clear: known now and never again."""

    keys: Mapping[Role, str] = field(repr=False)
    webhook_secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class MerchantService:
    """Merchants, their names and pauses, and what their sources sign with.

    What a pause means: nothing new starts, so new orders are refused, and those that storefronts send are kept until the
    merchant is resumed. Orders under way go on, with their returns and payments; webhooks are kept and handled.
    """

    merchants: Merchants
    outbox: Outbox
    sources: frozenset[str]  # of carriers and storefronts, all that sign what they deliver

    async def create(self, new: MerchantToCreate) -> CreatedMerchant | None:
        """A merchant with one key a role and one secret for each source of carriers; None when the id is taken."""
        webhook_secrets = {
            "easypost": secrets.token_urlsafe(32),
            "aftership": secrets.token_urlsafe(32),
            "generic": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        row = NewMerchant(
            id=new.id,
            name=new.name,
            sandbox=new.sandbox,
            clock=new.clock,
            policy=new.policy,
            webhook_secrets=webhook_secrets,
            creator=new.creator,
        )
        keys = await self.merchants.create(row, _ROLES)
        return None if keys is None else CreatedMerchant(keys, webhook_secrets)

    async def page(self, page: PageRequest) -> Page[MerchantView]:
        """All merchants of the platform, the newest first. Raises BadCursor."""
        found = await self.merchants.page(page.limit, page.cursor)
        return Page([merchant_view(row) for row in found.items], found.next)

    async def find(self, merchant: str) -> MerchantView | None:
        row = await self.merchants.find(merchant)
        return merchant_view(row) if row else None

    async def rename(self, merchant: str, name: str, actor: Actor) -> MerchantView | None:
        """The name with which its letters are signed, from the next letter on; None for an unknown merchant."""
        row = await self.merchants.change(merchant, actor, "merchant_renamed", {"name": name})
        return merchant_view(row) if row else None

    async def pause(self, merchant: str, letters: Letters, actor: Actor) -> MerchantView | None:
        """Start nothing new; `letters`: whether letters of orders under way leave meanwhile. None for an unknown merchant."""
        found = await self.merchants.find(merchant)
        values = {"paused_at": (found.paused_at if found else None) or real_now(), "letters": letters}
        row = await self.merchants.change(merchant, actor, "merchant_paused", values, letters=letters)
        return await self._after_letters_changed(row)

    async def resume(self, merchant: str, actor: Actor) -> MerchantView | None:
        """End the pause: what waited is done now, and each letter only if it is still true. None for an unknown merchant."""
        return await self._after_letters_changed(await self.merchants.resume(merchant, actor))

    async def _after_letters_changed(self, row: MerchantRow | None) -> MerchantView | None:
        if row is None:
            return None
        if row.letters == "send":
            await self.outbox.release_paused(row.id)
        return merchant_view(row)

    async def set_webhook_secrets(
        self, merchant: str, source: str, given: Sequence[str], account: str | None
    ) -> bool:
        """From now on deliveries of that source are signed with one of these; false for an unknown source or merchant.

        `account`: the merchant's own name at the source; a delivery of another account is refused.
        """
        if source not in self.sources:
            return False
        return await self.merchants.set_signing_secrets(merchant, source, given, account)

    async def signing_config(self, merchant: str, source: str) -> SigningConfig:
        """What that source's deliveries may be signed with; without secrets for unknown merchants and sources alike."""
        return await self.merchants.signing_config(merchant, source)
