"""Whom each merchant's e-mail is from: set by the platform's admin, whose mail server has to be allowed to send it."""

from dataclasses import dataclass

from domain.actors import Actor
from ports.channels import MailSender
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.notifications.mail_senders import MailSenders


@dataclass(frozen=True)
class MailSenderService:
    """The use cases of merchants' senders. Every change is audited."""

    senders: MailSenders
    audit: AuditLog
    clocks: Clocks

    async def of(self, merchant: str) -> MailSender | None:
        """The merchant's sender; None for an unknown merchant."""
        try:
            return (await self.senders.profile(merchant)).mail
        except LookupError:
            return None

    async def set(self, merchant: str, sender: MailSender, actor: Actor) -> bool:
        """Letters are from this sender from now on; False for an unknown merchant."""
        if not await self.senders.put(merchant, sender):
            return False
        at = await self.clocks.business_now(merchant)
        await self.audit.write(merchant, AuditLine(actor, "mail_sender_set", at, subject="email"))
        return True
