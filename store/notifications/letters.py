"""Letters as they were sent, sealed with their customer's key, for agents to read. Erasing the customer closes them."""

import base64
import json
import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import notice_keys
from domain.model.notice_policy import CHANNELS
from domain.notifications.letter_reports import Report, is_news
from domain.sealed import Sealed
from ports.channels import Message
from ports.messages import LOGO
from store.engine.database import Database
from store.notifications.delivery_attempts import channel_message_id
from store.privacy.encryption import DeploymentKeys
from store.privacy.vault import ERASED, Vault
from store.tables.all import LetterRow, OutboxRow

_ACCEPT = (
    update(LetterRow)
    .where(col(LetterRow.message_id) == bindparam("this"), col(LetterRow.accepted_at).is_(None))
    .values(accepted_at=bindparam("accepted"), answer=bindparam("answered"))
)
_CONTENT = ("to", "subject", "text", "html", "sender", "reply_to", "pictures")
_BEGINNING = 1000  # signs of a packed letter, a multiple of five: base 85 makes five of four bytes
_SECOND_TEXT = re.compile(r'\["(?:[^"\\]|\\.)*", ("(?:[^"\\]|\\.)*")')
_CHANGED = ("sealed", "at", "channel", "reference")


@dataclass(frozen=True)
class LetterAccepted:
    """A channel took the message. `answer`: what its server answered, without personal data."""

    message_id: str
    answer: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter, opened. Every text of an erased person's letter is "erased person". Times are business time.

    sender, reply_to: addresses of an e-mail as they were set; empty for the deployment's.
    pictures: of the HTML, base64 by their names, as JSON; without the logo.
    accepted_at: when the channel took it; None while that is not known.
    status, status_reason, status_at: what was reported of it afterwards; empty for nothing.
    """

    message_id: str
    order: str
    customer: str
    channel: str
    at: datetime
    accepted_at: datetime | None
    answer: str
    status: str
    status_reason: str
    status_at: datetime | None
    to: str
    subject: str
    text: str
    html: str
    sender: str
    reply_to: str
    pictures: str

    def whole_html(self, logo: str) -> str:
        """The HTML with its pictures in it, where a mail program finds them beside it. logo: the merchant's, as an address."""
        pictures = json.loads(self.pictures) if self.pictures != ERASED else {}
        html = self.html.replace(f"cid:{LOGO}", logo)
        for name, png in pictures.items():
            html = html.replace(f"cid:{name}", f"data:image/png;base64,{png}")
        return html


class Letters:
    """The table of letters. `keys`: the deployment's, from which references are made."""

    def __init__(self, db: Database, vault: Vault, keys: DeploymentKeys) -> None:
        self._db, self._vault, self._keys = db, vault, keys

    def reference(self, merchant: str, message_id: str) -> str:
        """The name of that letter outside: the same for all attempts, and no other party can make it."""
        return self._keys.pseudonym("letter", merchant, message_id)

    async def sealed(self, message: Message, notice: OutboxRow, channel: str, at: datetime) -> LetterRow:
        """The letter as a row. Never call it within a transaction. `notice`: the first one in it."""
        pictures = {
            one.content_id: base64.b64encode(one.content).decode()
            for one in message.pictures
            if one.content_id != LOGO  # it is the merchant's, and the same in all letters
        }
        content = [message.to, message.subject, message.text, message.html]
        content += [message.sender.address, message.sender.reply_to, json.dumps(pictures)]
        packed = base64.b85encode(zlib.compress(json.dumps(content).encode(), 6)).decode()
        sealed = await self._vault.seal(notice.merchant, notice.customer, packed)
        return LetterRow(
            message_id=message.message_id,
            merchant=notice.merchant,
            order=notice.order,
            customer=notice.customer,
            channel=channel,
            reference=message.reference or self.reference(notice.merchant, message.message_id),
            sealed=sealed.model_dump_json(),
            at=at,
        )

    async def keep(self, letter: LetterRow) -> None:
        """Keep the letter before it is handed over; see `keep_in`."""
        async with self._db.write() as session:
            await keep_in(session, letter)

    async def refused(self, message_id: str, reason: str, at: datetime) -> None:
        """The channel's server refused the letter: it will never take it."""
        this = update(LetterRow).where(col(LetterRow.message_id) == message_id)
        async with self._db.write() as session:
            await session.exec(this.values(status="refused", status_reason=reason, status_at=at))

    async def by_reference(self, reference: str) -> tuple[str, Letter] | None:
        """The letter of that reference, and its merchant."""
        found = select(LetterRow).where(LetterRow.reference == reference)
        async with self._db.read_one() as session:
            row = (await session.exec(found)).first()
        return (row.merchant, await self._open(row)) if row else None

    async def record_report(
        self, merchant: str, message_id: str, report: Report, reason: str, at: datetime
    ) -> None:
        """What became of the letter, unless more was recorded meanwhile."""
        async with self._db.write() as session:
            row = await session.get(LetterRow, message_id, with_for_update=True)
            if row is not None and row.merchant == merchant and is_news(report, row.status):
                row.status, row.status_reason, row.status_at = report, reason, at

    async def of_notices(self, merchant: str, notices: Sequence[OutboxRow]) -> dict[str, list[Letter]]:
        """The letters of each notice by its key, oldest first: one for each channel that was tried."""
        messages = {row.key: row.sent_as or row.message_id for row in notices}
        wanted = {
            notice_keys.channel_message(message, name) for message in messages.values() for name in CHANNELS
        }
        found: dict[str, list[Letter]] = {}
        for letter in await self._of_messages(merchant, wanted):
            found.setdefault(notice_keys.message_of_channel(letter.message_id), []).append(letter)
        return {key: found.get(message, []) for key, message in messages.items()}

    async def subjects(self, merchant: str, notices: Sequence[OutboxRow]) -> dict[int, str]:
        """The subject lines under which those that have left were sent, by the numbers of the notices. Texts are not opened."""
        messages = {row.id: channel_message_id(row) for row in notices if row.id and row.sent_at}
        wanted = (LetterRow.merchant == merchant, col(LetterRow.message_id).in_({*messages.values()}))
        async with self._db.read_one() as session:
            rows = (await session.exec(select(LetterRow).where(*wanted))).all()
        packed = await self._vault.open_all([Sealed.model_validate_json(row.sealed) for row in rows])
        kept = {
            row.message_id: _subject(text) for row, text in zip(rows, packed, strict=True) if text != ERASED
        }
        return {number: kept[message] for number, message in messages.items() if kept.get(message)}

    async def of_customer(self, merchant: str, customer: str) -> list[Letter]:
        """The customer's letters, oldest first. `customer`: our `cus_…`."""
        found = select(LetterRow).where(LetterRow.merchant == merchant, LetterRow.customer == customer)
        async with self._db.read_one() as session:
            rows = (await session.exec(found.order_by(col(LetterRow.at), col(LetterRow.message_id)))).all()
        return [await self._open(row) for row in rows]

    async def page_of_customers(
        self, merchant: str, customers: Collection[str], after: str, limit: int
    ) -> list[Letter]:
        """A page of these customers' letters, by their message ids."""
        theirs = (LetterRow.merchant == merchant, col(LetterRow.customer).in_(customers))
        found = select(LetterRow).where(*theirs, LetterRow.message_id > after)
        async with self._db.read_one() as session:
            rows = (await session.exec(found.order_by(col(LetterRow.message_id)).limit(limit))).all()
        return [await self._open(row) for row in rows]

    async def _of_messages(self, merchant: str, message_ids: Collection[str]) -> list[Letter]:
        found = select(LetterRow).where(
            LetterRow.merchant == merchant, col(LetterRow.message_id).in_(message_ids)
        )
        async with self._db.read_one() as session:
            rows = (await session.exec(found.order_by(col(LetterRow.at), col(LetterRow.message_id)))).all()
        return [await self._open(row) for row in rows]

    async def _open(self, row: LetterRow) -> Letter:
        packed = await self._vault.open(Sealed.model_validate_json(row.sealed))
        content = [ERASED] * len(_CONTENT) if packed == ERASED else _unpacked(packed)
        known = row.model_dump(exclude={"merchant", "reference", "sealed"})
        return Letter(**known | dict(zip(_CONTENT, content, strict=True)))


async def keep_in(session: AsyncSession, letter: LetterRow) -> None:
    """Keep the letter. A later attempt that says something else replaces it, until the channel has taken it."""
    await session.exec(_upsert(session.get_bind().dialect.name), params=letter.model_dump())


@cache
def _upsert(dialect: str) -> Insert:
    table: Any = inspect(LetterRow).local_table
    fresh = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    changed = {name: fresh.excluded[name] for name in _CHANGED} | {"status": "", "status_reason": ""}
    return fresh.on_conflict_do_update(
        index_elements=["message_id"], set_=changed, where=col(LetterRow.accepted_at).is_(None)
    )


async def record_acceptance(session: AsyncSession, receipt: LetterAccepted, at: datetime) -> None:
    """The channel took the letter at that business time; the first time is kept."""
    values = {"this": receipt.message_id, "accepted": at, "answered": receipt.answer}
    await (await session.connection()).execute(_ACCEPT, values)


def _subject(packed: str) -> str:
    """The subject line. It stands before the long texts, so the beginning is enough but for a very long one."""
    for part in (packed[:_BEGINNING], packed):
        text = zlib.decompressobj().decompress(base64.b85decode(part)).decode()
        found = _SECOND_TEXT.match(text)
        if found:
            return str(json.loads(found[1]))
    return ""


def _unpacked(packed: str) -> list[str]:
    content: list[str] = json.loads(zlib.decompress(base64.b85decode(packed)))
    return content
