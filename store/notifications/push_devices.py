"""The browsers that take push messages: sealed with their customers' keys, and removed when their push service says so."""

from collections.abc import Sequence

from sqlmodel import col, delete, select

from domain.sealed import Sealed
from ports.web_push import PushDevice
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import DeploymentKeys
from store.privacy.vault import ERASED, Vault
from store.tables.all import PushDeviceRow

MAX_DEVICES = 10
"""Of one customer; one more replaces the oldest."""


class StoredPushDevices:
    """The port `PushDevices`, and what customers do with their devices. `keys`: the deployment's."""

    def __init__(self, db: Database, vault: Vault, keys: DeploymentKeys) -> None:
        self._db, self._vault, self._keys = db, vault, keys

    async def add(self, merchant: str, customer: str, device: PushDevice) -> None:
        """Register it; again changes nothing but its keys. Never call it within a transaction."""
        sealed = await self._vault.seal(merchant, customer, device.model_dump_json())
        row = PushDeviceRow(
            merchant=merchant,
            id=self._id(merchant, device),
            customer=customer,
            sealed=sealed.model_dump_json(),
            added_at=real_now(),
        )
        theirs = (col(PushDeviceRow.merchant) == merchant, col(PushDeviceRow.customer) == customer)
        async with self._db.write() as session:
            await upsert_all(session, [row])
            newest = select(PushDeviceRow.id).where(*theirs).order_by(col(PushDeviceRow.added_at).desc())
            old = (await session.exec(newest.offset(MAX_DEVICES))).all()
            if old:
                await session.exec(delete(PushDeviceRow).where(*theirs, col(PushDeviceRow.id).in_(old)))

    async def of(self, merchant: str, customer: str) -> Sequence[PushDevice]:
        """See the port."""
        theirs = (col(PushDeviceRow.merchant) == merchant, col(PushDeviceRow.customer) == customer)
        async with self._db.read_one() as session:
            rows = (await session.exec(select(PushDeviceRow).where(*theirs).order_by(PushDeviceRow.id))).all()
        texts = await self._vault.open_all([Sealed.model_validate_json(row.sealed) for row in rows])
        return [PushDevice.model_validate_json(text) for text in texts if text != ERASED]

    async def remove(self, merchant: str, device: PushDevice) -> None:
        """See the port."""
        this = (col(PushDeviceRow.merchant) == merchant, col(PushDeviceRow.id) == self._id(merchant, device))
        async with self._db.write() as session:
            await session.exec(delete(PushDeviceRow).where(*this))

    async def remove_all(self, merchant: str, customer: str) -> int:
        """All devices of a customer; how many there were."""
        theirs = (col(PushDeviceRow.merchant) == merchant, col(PushDeviceRow.customer) == customer)
        async with self._db.write() as session:
            return (await session.exec(delete(PushDeviceRow).where(*theirs))).rowcount

    def _id(self, merchant: str, device: PushDevice) -> str:
        return self._keys.pseudonym("push device", merchant, device.endpoint)
