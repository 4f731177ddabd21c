"""I7 for messages of several notices, and for what each customer was told in a day over all their orders."""

from collections.abc import AsyncIterator

from sqlalchemy import distinct, func
from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.report import BrokenInvariant
from store.tables.all import FrequencyCapRow, OutboxRow


async def frequency_caps(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Each customer's row says how many messages took a place in their day."""
    mine = and_(
        col(OutboxRow.merchant) == FrequencyCapRow.merchant,
        col(OutboxRow.customer) == FrequencyCapRow.customer,
        col(OutboxRow.cap_day) == FrequencyCapRow.day,
    )
    counted = (
        select(
            FrequencyCapRow.merchant,
            FrequencyCapRow.customer,
            FrequencyCapRow.used,
            func.count(distinct(col(OutboxRow.sent_as))),
        )
        .outerjoin(OutboxRow, mine)
        .group_by(col(FrequencyCapRow.merchant), col(FrequencyCapRow.customer), col(FrequencyCapRow.used))
    )
    for merchant, customer, spent, left in (await session.exec(counted)).all():
        if spent != left:
            says = (
                f"customer {customer} of {merchant} is counted {spent} messages in their day and {left} left"
            )
            yield BrokenInvariant(invariant="I7", subject=customer, message=says)


async def messages(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """One message is for one customer, and named after a notice of theirs."""
    named = select(OutboxRow.message_id, OutboxRow.merchant, OutboxRow.customer)
    own = {message: (merchant, customer) for message, merchant, customer in (await session.exec(named)).all()}
    parts = select(OutboxRow.key, OutboxRow.sent_as, OutboxRow.merchant, OutboxRow.customer)
    for key, message, merchant, customer in (await session.exec(parts.where(OutboxRow.sent_as != ""))).all():
        if own.get(message) != (merchant, customer):
            says = f"notice {key} left in the message {message} of somebody else"
            yield BrokenInvariant(invariant="I7", subject=key, message=says)
