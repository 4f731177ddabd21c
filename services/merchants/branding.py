"""How a merchant's pages and letters look: read by every page, set by the merchant."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.branding import Branding
from store.audit import AuditLine, AuditLog
from store.merchants.brandings import Brandings
from store.merchants.clock import Clocks


@dataclass(frozen=True)
class BrandingService:
    """The use cases of brandings. Every change is audited."""

    brandings: Brandings
    audit: AuditLog
    clocks: Clocks

    async def of(self, merchant: str) -> Branding | None:
        """As it was set; None for an unknown merchant."""
        found = await self.brandings.of(merchant)
        return found[1] if found else None

    async def shown(self, merchant: str) -> Branding | None:
        """As pages show it: with the merchant's name where it set none. None for an unknown merchant."""
        found = await self.brandings.of(merchant)
        if found is None:
            return None
        name, branding = found
        return branding if branding.name else branding.model_copy(update={"name": name})

    async def put(self, merchant: str, branding: Branding, actor: Actor) -> Branding:
        """Pages look like this at once, and letters from the next one on."""
        await self.brandings.put(merchant, branding)
        at = await self.clocks.business_now(merchant)
        await self.audit.write(merchant, AuditLine(actor, "branding_set", at, subject="branding"))
        return branding
