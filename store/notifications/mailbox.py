"""The mailbox: sent messages, encrypted, kept for agents to read (sandbox merchants, tests, the demo)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.sealed import Sealed
from ports.channels import Message
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.privacy.vault import ERASED, Vault
from store.tables.all import MailboxRow, MerchantRow, OrderRow, OutboxRow


@dataclass(frozen=True)
class StoredMessage:
    """A message, decrypted. Every text of an erased person's message is "erased person". `at`: business time."""

    message_id: str
    order: str
    at: datetime
    to: str
    subject: str
    text: str


class StoreMailbox:
    """The port `Mailbox` on our database."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    async def put(self, message: Message) -> None:
        """Keep the message once, for the customer of its notice's order; without a notice, for a customer of that address."""
        async with self._db.read() as session:
            if await session.get(MailboxRow, message.message_id) is not None:
                return
            order = await _order_of(session, message)
            merchant = await session.get(MerchantRow, message.merchant)
        customer = order.customer if order else self._vault.customer_of(message.merchant, message.to)
        text = json.dumps([message.to, message.subject, message.text])
        sealed = await self._vault.seal(message.merchant, customer, text)
        row = MailboxRow(
            message_id=message.message_id,
            merchant=message.merchant,
            order=order.id if order else "",
            customer=customer,
            sealed=sealed.model_dump_json(),
            at=(merchant and merchant.clock) or real_now(),
        )
        async with self._db.write() as session:
            await insert_new(session, row)

    async def of_order(self, merchant: str, order: str) -> list[StoredMessage]:
        """The order's messages, oldest first. `order`: our id."""
        return await self._list(merchant, MailboxRow.order, order)

    async def of_messages(self, merchant: str, message_ids: Collection[str]) -> dict[str, StoredMessage]:
        """Those of these messages that were kept, by id. One message may be about several orders."""
        found = select(MailboxRow).where(
            MailboxRow.merchant == merchant, col(MailboxRow.message_id).in_(message_ids)
        )
        async with self._db.read() as session:
            rows = (await session.exec(found)).all()
        return {row.message_id: await self._open(row) for row in rows}

    async def of_customer(self, merchant: str, customer: str) -> list[StoredMessage]:
        """The customer's messages, oldest first. `customer`: our `cus_…`."""
        return await self._list(merchant, MailboxRow.customer, customer)

    async def _list(self, merchant: str, column: str, value: str) -> list[StoredMessage]:
        found = select(MailboxRow).where(MailboxRow.merchant == merchant, col(column) == value)
        async with self._db.read() as session:
            rows = (await session.exec(found.order_by(col(MailboxRow.at), col(MailboxRow.message_id)))).all()
        return [await self._open(row) for row in rows]

    async def _open(self, row: MailboxRow) -> StoredMessage:
        text = await self._vault.open(Sealed.model_validate_json(row.sealed))
        to, subject, body = (ERASED,) * 3 if text == ERASED else json.loads(text)
        return StoredMessage(
            message_id=row.message_id, order=row.order, at=row.at, to=to, subject=subject, text=body
        )


async def _order_of(session: AsyncSession, message: Message) -> OrderRow | None:
    found = select(OutboxRow).where(
        OutboxRow.merchant == message.merchant,
        OutboxRow.message_id == keys.message_of_channel(message.message_id),
    )
    notice = (await session.exec(found)).first()
    return await session.get(OrderRow, notice.order) if notice else None
