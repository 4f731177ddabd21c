"""What a dispatcher would claim of an inbox."""

from store.inbox.inbox import Inbox
from store.tables.all import InboxRow


async def claim_due(inbox: Inbox) -> list[InboxRow]:
    """Lease the deliveries that are due, of each merchant in turn."""
    return [row for merchant in await inbox.due_merchants() for row in await inbox.claim(merchant)]
