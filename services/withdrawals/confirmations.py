"""The confirmation of a withdrawal: a letter to the address that the customer named, whether their order is known or not."""

from dataclasses import dataclass
from datetime import datetime

from domain import keys
from domain.model.notice import Notice
from ports.channels import ChannelDirectory, Message
from ports.messages import MessageRecipient, MessageRenderer
from services.letter_logo import letter_logo
from services.notifications.letter_looks import letter_colours
from services.tokens import TokenSigner
from services.withdrawals.statement import WithdrawalStatement
from store.merchants.clock import Clocks
from store.notifications.mail_senders import MailSenders, SenderProfile
from store.tables.all import WithdrawalRow


@dataclass(frozen=True)
class WithdrawalLetters:
    """Sends confirmations, each under one id over all attempts. public_url: our address for customers; None for no links."""

    channels: ChannelDirectory
    renderer: MessageRenderer
    senders: MailSenders
    tokens: TokenSigner
    clocks: Clocks
    public_url: str | None

    async def send(self, row: WithdrawalRow, statement: WithdrawalStatement) -> datetime:
        """Send it; when it was taken, business time. Raises Bounced where the address takes no letter, and ChannelUnavailable."""
        channel = (await self.channels.for_merchant(row.merchant))["email"]
        message = self._message(row, statement, await self.senders.profile(row.merchant))
        await channel.send(message)
        return await self.clocks.business_now(row.merchant)

    def _message(self, row: WithdrawalRow, statement: WithdrawalStatement, profile: SenderProfile) -> Message:
        details = {"text": statement.text, "received": row.received_at.isoformat(), "zone": statement.zone}
        key = keys.withdrawal_confirmation(row.id)
        notice = Notice(
            key=key, kind="withdrawal_received", subject=row.id, at=row.received_at, details={**details}
        )
        rendered = self.renderer.render(notice, self._recipient(row, statement, profile))
        return Message(
            message_id=key,
            merchant=row.merchant,
            to=statement.email,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            pictures=rendered.pictures,
            brand=profile.name,
            sender=profile.sender,
            kind=notice.kind,
        )

    def _recipient(
        self, row: WithdrawalRow, statement: WithdrawalStatement, profile: SenderProfile
    ) -> MessageRecipient:
        token = self.tokens.sign_withdrawal(row.merchant, row.id)
        page = f"{self.public_url.rstrip('/')}/withdrawn/{token}" if self.public_url else None
        return MessageRecipient(
            name=statement.name,
            order_id=statement.number,
            zone=statement.zone,
            locale=statement.locale,
            brand=profile.name,
            **letter_colours(profile.accent),
            logo=letter_logo(profile.branding),
            page_url=page,
        )
