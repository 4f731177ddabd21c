"""The mailbox channel: messages are kept where agents and the demo can read them, and never sent."""

from ports.channels import Mailbox, Message


class MailboxChannel:
    """A Channel into a Mailbox. It never bounces; an error of the store is raised as it is."""

    deduplicates = True

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def send(self, message: Message) -> None:
        """See the port."""
        await self._mailbox.put(message)
