"""E-mail addresses to which a merchant's letters do not go any more: letters to them came back, or were complained about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col, delete, select

from domain.sealed import Sealed
from store.audit import AuditLine, audit_row
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page
from store.privacy.encryption import DeploymentKeys
from store.privacy.vault import Vault
from store.tables.all import SuppressedAddressRow

_FOUND: Executable = select_columns(col(SuppressedAddressRow.kind)).where(
    col(SuppressedAddressRow.merchant) == bindparam("merchant"),
    col(SuppressedAddressRow.address) == bindparam("address"),
)


@dataclass(frozen=True)
class Suppression:
    """Why an address is suppressed. `at` is business time; `order` is our id.

    id: the address's pseudonym.
    address: in clear; "erased person" once its customer is erased.
    """

    id: str
    address: str
    customer: str
    order: str
    kind: str
    reason: str
    at: datetime


class Suppressions:
    """The table of suppressed addresses. `keys`: the deployment's, which make the pseudonyms."""

    def __init__(self, db: Database, vault: Vault, keys: DeploymentKeys) -> None:
        self._db, self._vault, self._keys = db, vault, keys

    def pseudonym(self, merchant: str, address: str) -> str:
        """The same for every spelling in capitals. Without the key it can be neither read nor tested."""
        return self._keys.pseudonym("email", merchant, address.strip().casefold())

    async def includes(self, merchant: str, address: str) -> bool:
        """Whether the merchant's letters must not go to that address."""
        pseudonym = self.pseudonym(merchant, address)
        return await self._db.fetch_row(_FOUND, merchant=merchant, address=pseudonym) is not None

    async def add(self, merchant: str, found: Suppression) -> None:
        """Suppress the address; the first reason is kept. `id` is not read. Never call it within a transaction."""
        sealed = await self._vault.seal(merchant, found.customer, found.address)
        row = SuppressedAddressRow(
            merchant=merchant,
            address=self.pseudonym(merchant, found.address),
            customer=found.customer,
            sealed=sealed.model_dump_json(),
            order=found.order,
            kind=found.kind,
            reason=found.reason,
            at=found.at,
        )
        async with self._db.write() as session:
            await insert_new(session, row)

    async def page(self, merchant: str, *, limit: int, cursor: str | None = None) -> Page[Suppression]:
        """The merchant's suppressed addresses, by their pseudonyms. `cursor`: the last one of the page before."""
        found = select(SuppressedAddressRow).where(SuppressedAddressRow.merchant == merchant)
        if cursor is not None:
            found = found.where(col(SuppressedAddressRow.address) > cursor)
        ordered = found.order_by(col(SuppressedAddressRow.address)).limit(limit + 1)
        async with self._db.read_one() as session:
            rows = (await session.exec(ordered)).all()
        items = [await self._open(row) for row in rows[:limit]]
        return Page(items, items[-1].id if len(rows) > limit else None)

    async def find(self, merchant: str, address_id: str) -> Suppression | None:
        """The merchant's suppressed address of that pseudonym."""
        async with self._db.read_one() as session:
            row = await session.get(SuppressedAddressRow, (merchant, address_id))
        return await self._open(row) if row else None

    async def lift(self, merchant: str, address_id: str, line: AuditLine) -> bool:
        """Letters go to the address again; the audit log has who lifted it, and why. False where it is not suppressed."""
        this = delete(SuppressedAddressRow).where(
            col(SuppressedAddressRow.merchant) == merchant, col(SuppressedAddressRow.address) == address_id
        )
        async with self._db.write() as session:
            lifted = (await session.exec(this)).rowcount == 1
            if lifted:
                session.add(audit_row(merchant, line))
        return lifted

    async def _open(self, row: SuppressedAddressRow) -> Suppression:
        return Suppression(
            id=row.address,
            address=await self._vault.open(Sealed.model_validate_json(row.sealed)),
            customer=row.customer,
            order=row.order,
            kind=row.kind,
            reason=row.reason,
            at=row.at,
        )
