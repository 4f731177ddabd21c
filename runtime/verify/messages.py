"""I7 for messages with several notices, and for the number of messages that each customer gets in a day."""

from collections.abc import AsyncIterator

from sqlalchemy import distinct, func
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.report import BrokenInvariant
from store.tables.all import FrequencyCapRow, OutboxRow


async def frequency_caps(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Each customer's row has the number of messages that were sent to them on that day."""
    same_day = and_(
        col(OutboxRow.merchant) == FrequencyCapRow.merchant,
        col(OutboxRow.customer) == FrequencyCapRow.customer,
        col(OutboxRow.cap_day) == FrequencyCapRow.day,
    )
    per_customer = (
        select(
            FrequencyCapRow.merchant,
            FrequencyCapRow.customer,
            FrequencyCapRow.used,
            func.count(distinct(col(OutboxRow.sent_as))),
        )
        .outerjoin(OutboxRow, same_day)
        .group_by(col(FrequencyCapRow.merchant), col(FrequencyCapRow.customer), col(FrequencyCapRow.used))
    )
    async for merchant, customer, counted, sent in await session.stream(
        per_customer.execution_options(yield_per=500)
    ):
        if counted != sent:
            message = f"customer {customer} of {merchant} has a count of {counted} messages in their day, but {sent} were sent"
            yield BrokenInvariant(invariant="I7", subject=customer, message=message)


async def messages(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """A message is for one customer, and has the id of one of that customer's notices."""
    first = aliased(OutboxRow)
    same = and_(
        col(first.message_id) == OutboxRow.sent_as,
        col(first.merchant) == OutboxRow.merchant,
        col(first.customer) == OutboxRow.customer,
    )
    strangers = (
        select(OutboxRow.key, OutboxRow.sent_as)
        .outerjoin(first, same)
        .where(col(OutboxRow.sent_as) != "", col(first.id).is_(None))
    )
    for key, message_id in (await session.exec(strangers)).all():
        message = f"notice {key} was sent in the message {message_id} of another customer"
        yield BrokenInvariant(invariant="I7", subject=key, message=message)
