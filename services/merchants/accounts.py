"""Merchants: created with their keys, and what the deliveries of each source are signed with."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.actors import Role
from domain.model.terms import Policy
from store.merchants.merchants import Merchants, NewMerchant, SigningConfig

__all__ = ["CreatedMerchant", "MerchantService", "MerchantToCreate", "SigningConfig"]

_ROLES = (Role.STOREFRONT, Role.AGENT, Role.SENIOR_AGENT, Role.WAREHOUSE, Role.PARTNER, Role.FINANCE)


@dataclass(frozen=True)
class MerchantToCreate:
    """A new merchant. `clock`: where a sandbox merchant's time begins. `policy`: its first policy."""

    id: str
    name: str
    sandbox: bool
    clock: datetime | None
    policy: Policy


@dataclass(frozen=True)
class CreatedMerchant:
    """Keys and secrets in clear: known now and never again."""

    keys: Mapping[Role, str] = field(repr=False)
    webhook_secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class MerchantService:
    """The use cases of the platform's admin."""

    merchants: Merchants
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
        )
        keys = await self.merchants.create(row, _ROLES)
        return None if keys is None else CreatedMerchant(keys, webhook_secrets)

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
