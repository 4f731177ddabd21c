"""A test message by one channel: sent now, once, and what the other side answered."""

from dataclasses import dataclass
from typing import Literal

from domain import keys, notice_keys
from domain.actors import Actor
from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from domain.text import is_mail_address
from ports.channels import Bounced, Channel, ChannelDirectory, ChannelUnavailable, DeliveryUnknown, Message
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.notifications.mail_senders import MailSenders

TrialOutcome = Literal["accepted", "refused", "not_taken", "unknown"]


class ChannelTrialResult(Frozen):
    """The outcome of one test message."""

    outcome: TrialOutcome
    """`not_taken`: it did not arrive, and later it may. `unknown`: it was handed over, and there was no clear answer."""
    answer: str | None
    """What the other side answered, without personal data; null for none, as by a mailbox for trials, which sends nothing."""


@dataclass(frozen=True)
class ChannelTrial:
    """A test message. command: names it; a repeated command has the same message id, so a channel can drop the copy."""

    channel: ChannelName
    to: str
    command: str


class InvalidRecipient(ValueError):
    """The text cannot be a recipient of that channel."""


@dataclass(frozen=True)
class ChannelTrials:
    """Sends test messages. Their text is fixed, and who got one is written nowhere."""

    directory: ChannelDirectory
    senders: MailSenders
    audit: AuditLog
    clocks: Clocks

    async def send(self, merchant: str, actor: Actor, trial: ChannelTrial) -> ChannelTrialResult | None:
        """Send one; None where no message leaves by that channel. Raises InvalidRecipient."""
        channel, to = trial.channel, trial.to
        if channel == "email" and not is_mail_address(to):
            raise InvalidRecipient
        found = (await self.directory.for_merchant(merchant)).get(channel)
        if found is None:
            return None
        profile = await self.senders.profile(merchant)
        name = profile.mail.name or profile.name
        message = Message(
            message_id=notice_keys.channel_message(keys.channel_trial(trial.command), channel),
            merchant=merchant,
            to=to,
            subject=f"Test message of {name}",
            text=f"This is a test message of {name}. Messages to customers leave by this channel.",
            brand=profile.name,
            sender=profile.sender,
            kind="test",
        )
        result = await _sent(found, message)
        at = await self.clocks.business_now(merchant)
        line = AuditLine(actor, "channel_tested", at, subject=channel, details={"outcome": result.outcome})
        await self.audit.write(merchant, line)
        return result


async def _sent(channel: Channel, message: Message) -> ChannelTrialResult:
    outcome: TrialOutcome = "accepted"
    try:
        answer = await channel.send(message)
    except Bounced as bounced:
        outcome, answer = "refused", bounced.answer
    except DeliveryUnknown as unknown:
        outcome, answer = "unknown", str(unknown)
    except ChannelUnavailable as unavailable:
        outcome, answer = "not_taken", str(unavailable)
    return ChannelTrialResult(outcome=outcome, answer=answer or None)
