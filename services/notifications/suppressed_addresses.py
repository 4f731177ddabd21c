"""Addresses that letters do not go to any more, as agents see and lift them."""

from dataclasses import dataclass

from domain.actors import Actor
from services.paging import BadCursor, Page, PageRequest
from services.sealed_text import seal_customer_text
from store.audit import AuditLine
from store.merchants.clock import Clocks
from store.notifications.suppressions import Suppression, Suppressions
from store.privacy.vault import Vault

_ID_LENGTH = 32


@dataclass(frozen=True)
class SuppressedAddresses:
    """The use cases of agents."""

    suppressions: Suppressions
    vault: Vault
    clocks: Clocks

    async def page(self, merchant: str, page: PageRequest) -> Page[Suppression]:
        """A page of them. Raises BadCursor."""
        if page.cursor is not None and len(page.cursor) != _ID_LENGTH:
            raise BadCursor
        return await self.suppressions.page(merchant, limit=page.limit, cursor=page.cursor)

    async def lift(self, merchant: str, address_id: str, actor: Actor, reason: str) -> bool:
        """Have letters go there again; the audit log has who and why. False where the address is not suppressed."""
        found = await self.suppressions.find(merchant, address_id)
        if found is None:
            return False
        at = await self.clocks.business_now(merchant)
        details = {"reason": await seal_customer_text(self.vault, merchant, found.customer, reason)}
        line = AuditLine(actor, "suppression_lifted", at, found.order, address_id, details)
        return await self.suppressions.lift(merchant, address_id, line)
