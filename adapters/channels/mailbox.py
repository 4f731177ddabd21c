"""The mailbox: messages that are not sent. As every letter they are kept, for agents and the demo to read."""

from ports.channels import Message


class MailboxChannel:
    """A Channel that sends no message, and never fails."""

    deduplicates = True

    async def send(self, message: Message) -> str | None:
        """See the port."""
        return None
