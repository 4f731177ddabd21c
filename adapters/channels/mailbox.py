"""The mailbox channel: messages are kept where agents and the demo can read them; nothing leaves the house."""

from ports.channels import Mailbox, Message


class MailboxChannel:
    """A Channel into a Mailbox. It never bounces: what the store cannot take is the store's own error."""

    deduplicates = True

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def send(self, message: Message) -> None:
        await self._mailbox.put(message)
