"""What the keys of a deployment still open: sealed texts in any bytes, bodies of deliveries, kept answers."""

import base64
import json
import re
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from sqlmodel import col, select

from store.engine.database import Database
from store.idempotency import StoreIdempotency
from store.inbox.erasure import KeptBodies
from store.privacy.encryption import DeploymentKeys, Tampered, decrypt
from store.tables.all import IdempotencyRow, PersonKeyRow

_SEALED: Final = re.compile(
    rb'\{\s*"key"\s*:\s*"(pk_[0-9a-f]{24})"\s*,\s*"ciphertext"\s*:\s*"([A-Za-z0-9+/=]+)"\s*\}'
    rb"|sealed/(pk_[0-9a-f]{24})/([A-Za-z0-9+/=]+)"
)
_PAGE: Final = 200


class OpenedTexts:
    """The keys of all persons who are not erased. Without keys nothing is opened."""

    def __init__(self, persons: Mapping[str, bytes] | None = None) -> None:
        self._persons = persons or {}

    @classmethod
    async def of(cls, db: Database, keys: DeploymentKeys) -> "OpenedTexts":
        """With the keys in that database."""
        found = select(PersonKeyRow).where(col(PersonKeyRow.wrapped).is_not(None))
        async with db.read() as session:
            rows = (await session.exec(found)).all()
        return cls({row.id: keys.unwrap(row.id, row.wrapped) for row in rows if row.wrapped is not None})

    def inside(self, content: bytes) -> Iterator[bytes]:
        """Every sealed text in it whose key is there, opened; letters unpacked."""
        for found in _SEALED.finditer(content) if self._persons else ():
            key, ciphertext = found[1] or found[3], found[2] or found[4]
            secret = self._persons.get(key.decode())
            if secret is None:
                continue
            try:
                text = decrypt(secret, key.decode(), base64.b64decode(ciphertext))
            except Tampered:
                continue
            yield _unpacked(text)


def _unpacked(text: bytes) -> bytes:
    try:
        return zlib.decompress(base64.b85decode(text))
    except (ValueError, zlib.error):
        return text


async def opened_bodies(db: Database, keys: DeploymentKeys) -> AsyncIterator[bytes]:
    """The kept bodies of all deliveries."""
    bodies, after = KeptBodies(db, keys), 0
    while page := await bodies.page(None, after, _PAGE):
        for one in page:
            yield one.body
        after = page[-1].row


async def opened_answers(db: Database, keys: DeploymentKeys) -> AsyncIterator[bytes]:
    """The answers that are kept for repeated requests."""
    answers = StoreIdempotency(db, keys)
    async with db.read() as session:
        async for row in await session.stream_scalars(
            select(IdempotencyRow).execution_options(yield_per=_PAGE)
        ):
            yield json.dumps(answers.response_of(row)).encode()
