"""The vault: a key for each person, which encrypts their data. To erase a person is to delete the key."""

import base64
import hmac
import secrets
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Delete, bindparam
from sqlmodel import SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.model.search_terms import SearchTerm
from domain.sealed import Sealed
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.privacy.encryption import DeploymentKeys, decrypt, encrypt
from store.tables.all import (
    CustomerLanguageRow,
    FrequencyCapRow,
    OrderRow,
    OrderTermRow,
    PersonKeyRow,
    PhoneRow,
    PreferenceRow,
    PushDeviceRow,
)

_KEYS = select(PersonKeyRow.id, PersonKeyRow.wrapped)
_KEY = _KEYS.where(col(PersonKeyRow.id) == bindparam("id"))
_KEY_OF = _KEYS.where(
    col(PersonKeyRow.merchant) == bindparam("merchant"), col(PersonKeyRow.customer) == bindparam("customer")
)
ERASED = "erased person"
_SEARCH = "search"  # no `cus_…`: the key of a merchant's search index lies among the keys of persons
_MAX_CACHED = 2000  # keys kept in memory
_CACHE_TTL = (
    30.0  # seconds until a cached key is read again, so that an erasure by another process takes effect
)


class BlindTerm(NamedTuple):
    """A term of the search index. `personal`: it is deleted with the person."""

    term: str
    personal: bool


class Vault:
    """Encrypts and decrypts personal data. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db = db
        self._keys = keys
        self._cache: dict[str, tuple[float, bytes]] = {}
        self._search_keys: dict[str, bytes] = {}

    def customer_of(self, merchant: str, customer_id: str) -> str:
        """Our id of that customer, always the same. A pseudonym, since the merchant's id may be an e-mail address."""
        return f"cus_{self._keys.pseudonym('customer', merchant, customer_id)}"

    def phone_pseudonym(self, merchant: str, phone: str) -> str:
        """The pseudonym of that number (E.164), to find its customers without storing it."""
        return self._keys.pseudonym("phone", merchant, phone)

    async def blind(self, merchant: str, terms: Iterable[SearchTerm]) -> list[BlindTerm]:
        """The terms as the search index keeps them: equal for equal terms of one merchant, and of no use without its key.

        Never call it within a transaction: the merchant's key is made at the first use.
        """
        key = self._search_keys.get(merchant)
        if key is None:
            _, key = await self._key_of(merchant, _SEARCH)
            if len(self._search_keys) >= _MAX_CACHED:
                self._search_keys.clear()
            self._search_keys[merchant] = key
        return [BlindTerm(_blinded(key, term), term.personal) for term in terms]

    async def seal(self, merchant: str, customer: str, text: str) -> Sealed:
        """Encrypt the text with the person's key, which is made at the first use. Never call it within a transaction.

        customer: our `cus_…`.
        """
        key_id, key = await self._key_of(merchant, customer)
        ciphertext = encrypt(key, key_id, text.encode())
        return Sealed(key=key_id, ciphertext=base64.b64encode(ciphertext).decode())

    async def seal_of_known(self, merchant: str, customer: str, text: str) -> Sealed | None:
        """The same with the key that the person has; None where they have none, as after their erasure: none is made."""
        async with self._db.read() as session:
            row = await _find(session, merchant, customer)
        return await self.seal(merchant, customer, text) if row is not None else None

    async def open(self, sealed: Sealed) -> str:
        """The text, or "erased person" when the key is deleted. Raises Tampered."""
        key = self._cached(sealed.key) or await self._fetch(sealed.key)
        return _decrypted(key, sealed) if key is not None else ERASED

    async def open_all(self, sealed: Sequence[Sealed]) -> list[str]:
        """As `open`, of many texts in their order: the keys that are not at hand are read at once."""
        missing = {one.key for one in sealed if self._cached(one.key) is None}
        if missing:
            found = select(PersonKeyRow).where(col(PersonKeyRow.id).in_(missing))
            async with self._db.read_one() as session:
                rows = (await session.exec(found)).all()
            fetched = {row.id: self._remember(row.id, row.wrapped) for row in rows if row.wrapped is not None}
        else:
            fetched = {}
        opened = []
        for one in sealed:
            key = fetched.get(one.key) or self._cached(one.key)
            opened.append(_decrypted(key, one) if key is not None else ERASED)
        return opened

    async def erase(self, merchant: str, customer: str, also: Sequence[SQLModel] = ()) -> bool:
        """Delete the person's key, and what they are found by: what was encrypted cannot be read. False for an unknown person.

        also: rows that are written in the same transaction.
        """
        async with self._db.write() as session:
            row = await _find(session, merchant, customer, lock=True)
            if row is None:
                return False
            row.wrapped, row.customer, row.erased_at = None, None, real_now()
            for table in (PhoneRow, PreferenceRow, CustomerLanguageRow, PushDeviceRow, FrequencyCapRow):
                theirs = (col(table.merchant) == merchant, col(table.customer) == customer)
                await session.exec(delete(table).where(*theirs))
            await session.exec(_personal_terms(merchant, customer))
            session.add_all(also)
        self._cache.pop(row.id, None)
        return True

    async def _key_of(self, merchant: str, customer: str) -> tuple[str, bytes]:
        row = await self._db.fetch_row(_KEY_OF, merchant=merchant, customer=customer)
        if row is None:
            row = await self._make(merchant, customer)
        assert row.wrapped is not None
        return row.id, self._remember(row.id, row.wrapped)

    async def _make(self, merchant: str, customer: str) -> PersonKeyRow:
        key_id = f"pk_{secrets.token_hex(12)}"
        wrapped = self._keys.wrap(key_id, secrets.token_bytes(32))
        fresh = PersonKeyRow(
            id=key_id, merchant=merchant, customer=customer, wrapped=wrapped, created_at=real_now()
        )
        async with self._db.write() as session:
            if await insert_new(session, fresh):
                return fresh
            existing = await _find(session, merchant, customer)
        assert existing is not None
        return existing

    async def _fetch(self, key_id: str) -> bytes | None:
        row = await self._db.fetch_row(_KEY, id=key_id)
        return self._remember(row.id, row.wrapped) if row and row.wrapped is not None else None

    def _cached(self, key_id: str) -> bytes | None:
        until, key = self._cache.get(key_id, (0.0, b""))
        return key if monotonic() < until else None

    def _remember(self, key_id: str, wrapped: bytes) -> bytes:
        key = self._keys.unwrap(key_id, wrapped)
        self._cache.pop(key_id, None)
        while len(self._cache) >= _MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[key_id] = (monotonic() + _CACHE_TTL, key)
        return key


async def _find(
    session: AsyncSession, merchant: str, customer: str, *, lock: bool = False
) -> PersonKeyRow | None:
    found = select(PersonKeyRow).where(PersonKeyRow.merchant == merchant, PersonKeyRow.customer == customer)
    return (await session.exec(found.with_for_update() if lock else found)).first()


def _decrypted(key: bytes, sealed: Sealed) -> str:
    return decrypt(key, sealed.key, base64.b64decode(sealed.ciphertext)).decode()


def _blinded(key: bytes, term: SearchTerm) -> str:
    """96 bits: no two terms of a merchant meet by chance."""
    return hmac.digest(key, keys.search_term(term.kind, term.text).encode(), "sha256")[:12].hex()


def _personal_terms(merchant: str, customer: str) -> Delete:
    """Deletes what the customer's orders are found by, but for the orders' numbers."""
    orders = select(OrderRow.id).where(OrderRow.merchant == merchant, OrderRow.customer == customer)
    return delete(OrderTermRow).where(
        col(OrderTermRow.personal).is_(True), col(OrderTermRow.order).in_(orders)
    )
