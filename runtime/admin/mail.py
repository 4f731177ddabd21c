"""`smot mail`: a trial of the mail server, and whom a merchant's letters are from."""

import secrets
from collections.abc import AsyncIterator
from urllib.parse import quote

from adapters.channels.smtp import MailLetter, Smtp
from adapters.channels.smtp_trial import MailTrialFailed, try_mail_server
from adapters.mail_reports.message import MailMessages
from domain import keys
from ports.channels import MailSender, Message
from runtime.admin.connection import deployment
from runtime.admin.merchants import AdminApi
from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from runtime.errors import CommandFailed
from runtime.notification_wiring import make_email_channel
from services.clock import real_now
from services.inbound.mail_reports import PLATFORM
from store.inbox.inbox import InboundDelivery, Inbox
from store.notifications.mail_senders import MailSenders

_TEXT = "This is a trial of the mail server. It is about no order, and you need not answer it.\n"


class MailNotSent(CommandFailed):
    """The trial failed; the text says at which step and what the mail server answered."""


async def try_mail(settings: Settings, to: str, merchant: str | None) -> AsyncIterator[str]:
    """Each step of a letter to that address, as a sentence. Raises MailNotSent or DeploymentUnreachable."""
    smtp = make_email_channel(settings)
    if smtp is None:
        raise MailNotSent("SMOT_SMTP is not set: letters stay in the mailbox")
    sender = await _sender(settings, merchant) if merchant else MailSender()
    try:
        async for done in try_mail_server(smtp, _letter(smtp, to, sender)):
            yield done
    except MailTrialFailed as problem:
        raise MailNotSent(str(problem)) from None


async def _sender(settings: Settings, merchant: str) -> MailSender:
    async with deployment(settings, database_only=True) as opened:
        try:
            profile = await MailSenders(opened.db).profile(merchant)
        except LookupError:
            raise MailNotSent(f"there is no merchant {merchant}") from None
    if profile.sandbox and settings.sandbox_letters == "mailbox":
        raise MailNotSent(f"{merchant} is a sandbox merchant: its letters stay in the mailbox")
    return profile.sender.model_copy(update={"name": profile.mail.name or profile.name})


def _letter(smtp: Smtp, to: str, sender: MailSender) -> MailLetter:
    message = Message(
        message_id=f"trial_{secrets.token_hex(8)}",
        merchant="",
        to=to,
        subject="Trial of the mail server",
        text=_TEXT,
        sender=sender,
    )
    try:
        return smtp.letter(message)
    except ValueError:
        raise MailNotSent("the address to write to is not one address") from None


async def keep_report(settings: Settings, message: bytes) -> bool:
    """Keep a report for the dispatcher to apply; False when it was kept before. Raises DeploymentUnreachable."""
    async with deployment(settings, database_only=True) as opened:
        inbox = Inbox(opened.db, await open_deployment_keys(opened.settings, opened.db))
        name, source = keys.content(message), keys.mail_source(MailMessages.name)
        report = InboundDelivery(PLATFORM, source, name, message, real_now())
        return await inbox.accept(report) == "new"


async def merchant_mail(api: AdminApi, merchant: str, changes: dict[str, str]) -> dict[str, str]:
    """Whom the merchant's e-mail is from, after these changes. Raises RequestRejected."""
    path = f"/v1/merchants/{quote(merchant, safe='')}/mail"
    current: dict[str, str] = await api.send("GET", path, None)
    if not changes:
        return current
    changed: dict[str, str] = await api.send("PUT", path, current | changes)
    return changed
