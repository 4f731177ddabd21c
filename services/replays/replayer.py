"""Who has something tried again, and why: written into the audit."""

from dataclasses import dataclass, field

from domain.actors import Actor
from services.sealed_text import seal_staff_text
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.privacy.vault import Vault


@dataclass(frozen=True)
class Replayer:
    """The person, or the program that acts for one. `reason`: in their words; it is sealed."""

    actor: Actor
    reason: str = field(repr=False)


@dataclass(frozen=True)
class ReplayOutcome:
    """How many are queued. `more`: how many others the filter fits, for the next replay."""

    queued: int
    more: int = 0


@dataclass(frozen=True)
class ReplayLine:
    """What the audit keeps of a replay.

    subject: the number of what was replayed, or the filter's status.
    order: our id, of a letter sent again.
    """

    action: str
    subject: str
    queued: int = 1
    order: str = ""


@dataclass(frozen=True)
class ReplayAudit:
    """Writes a line for each replay."""

    audit: AuditLog
    clocks: Clocks
    vault: Vault

    async def write(self, merchant: str, by: Replayer, line: ReplayLine) -> None:
        reason = await seal_staff_text(self.vault, merchant, by.reason)
        details: dict[str, str | int] = {"queued": line.queued, "reason": reason}
        at = await self.clocks.business_now(merchant)
        await self.audit.write(
            merchant,
            AuditLine(by.actor, line.action, at, line.order, subject=line.subject, details=details),
        )
