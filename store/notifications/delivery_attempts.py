"""One try to send a notice: what it took while it was ours, and what is left of it when it did not end well."""

from sqlmodel import and_, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from store.notifications import frequency_cap
from store.tables.all import OutboxRow


async def if_ours(session: AsyncSession, row: OutboxRow, **values: object) -> bool:
    """Change a notice that is still ours; false, and nothing changed, when somebody else took it up meanwhile."""
    ours = and_(col(OutboxRow.id) == row.id, col(OutboxRow.lease_until) == row.lease_until)
    return (await session.exec(update(OutboxRow).where(ours).values(**values))).rowcount == 1


NEVER_ATTEMPTED: dict[str, object] = {
    "lease_until": None, "sending_at": None, "sent_as": "", "channel": "", "cap_day": None
}  # fmt: skip


async def last_slot(session: AsyncSession, row: OutboxRow) -> frequency_cap.CapSlot | None:
    """The place of a message that an earlier try left open, if this was the last notice in it."""
    if row.cap_day is None or row.sending_at is None:
        return None
    same = and_(
        col(OutboxRow.merchant) == row.merchant,
        col(OutboxRow.sent_as) == row.sent_as,
        col(OutboxRow.cap_day) == row.cap_day,
        col(OutboxRow.id) != row.id,
    )
    if (await session.exec(select(OutboxRow.id).where(same).limit(1))).first() is not None:
        return None
    return frequency_cap.CapSlot(row.cap_day, row.sending_at, None)


def before_attempt(row: OutboxRow) -> dict[str, object]:
    """Free, and open only as far as a try before left it open."""
    return {
        "lease_until": None, "sending_at": row.sending_at, "sent_as": row.sent_as, "channel": row.channel,
        "cap_day": row.cap_day,
    }  # fmt: skip
