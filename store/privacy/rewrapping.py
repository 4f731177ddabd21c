"""What master keys sealed is sealed again with the active one, a batch at a time, while the deployment runs."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    update,
)

from store.engine.database import Database
from store.privacy import sealed_contexts as contexts
from store.privacy.encryption import DeploymentKeys
from store.tables.all import (
    CarrierAccountRow,
    ChannelRow,
    MerchantRow,
    OpenIdProviderRow,
    PaymentAccountRow,
    PersonKeyRow,
    RootKeyRow,
    ShopSystemRow,
    WebhookEndpointRow,
)

BATCH = 200  # rows that are read and written together


@dataclass(frozen=True)
class WrappedColumn:
    """A column that holds what a master key sealed. `context`: of the row's values of `named_by`, in that order."""

    row: type[Any]
    column: str
    named_by: tuple[str, ...]
    context: Callable[..., str]

    @property
    def table(self) -> Any:
        return self.row.__table__

    @property
    def sealed(self) -> Any:
        return self.table.c[self.column]

    @property
    def key_id(self) -> ColumnElement[bytes]:
        """The id of the master key, in front of what it sealed."""
        return func.substr(self.sealed, literal_column("1"), literal_column("4"), type_=LargeBinary)


# All of them; the root key's own row is sealed again by `root_key.activate`.
COLUMNS = (
    WrappedColumn(PersonKeyRow, "wrapped", ("id",), contexts.person_key),
    WrappedColumn(MerchantRow, "secrets", ("id",), contexts.webhook_secrets),
    WrappedColumn(ChannelRow, "sealed", ("merchant", "channel"), contexts.channel),
    WrappedColumn(CarrierAccountRow, "key", ("merchant",), contexts.carrier_account),
    WrappedColumn(PaymentAccountRow, "keys", ("merchant", "provider"), contexts.payment_account),
    WrappedColumn(OpenIdProviderRow, "sealed", ("merchant",), contexts.openid_provider),
    WrappedColumn(ShopSystemRow, "sealed", ("merchant",), contexts.shop_system),
    WrappedColumn(WebhookEndpointRow, "url", ("merchant", "id"), contexts.webhook_endpoint_url),
    WrappedColumn(WebhookEndpointRow, "secrets", ("merchant", "id"), contexts.webhook_endpoint),
)
_ROOT = WrappedColumn(RootKeyRow, "wrapped", (), lambda: "")


async def uses_of_master_keys(db: Database) -> dict[str, Counter[str]]:
    """By key id: how many rows of each table it seals."""
    found: dict[str, Counter[str]] = {}
    for one in (_ROOT, *COLUMNS):
        counted = select(one.key_id, func.count()).where(one.sealed.is_not(None)).group_by(one.key_id)
        async with db.read_one() as session:
            rows = (await (await session.connection()).execute(counted)).all()
        for key_id, count in rows:
            found.setdefault(bytes(key_id).hex(), Counter())[one.table.name] += count
    return found


async def rewrap(db: Database, keys: DeploymentKeys) -> AsyncIterator[int]:
    """Seal with the active key what another one sealed; yields the number of rows after each batch.

    It may be cut off and begun again at any time. A row that changes meanwhile is left as it was written: when its writer
    did not know the active key yet, the next call finds it. Raises MasterKeyMissing.
    """
    for one in COLUMNS:
        last: Sequence[Any] | None = None
        while rows := await _batch(db, one, bytes.fromhex(keys.active), last):
            await _write(db, one, [(row, _resealed(one, row, keys)) for row in rows])
            last = _primary_key(one, rows[-1])
            yield len(rows)


async def _batch(
    db: Database, one: WrappedColumn, active: bytes, last: Sequence[Any] | None
) -> Sequence[Row[Any]]:
    primary = tuple(one.table.primary_key)
    query = select(one.table).where(one.sealed.is_not(None), one.key_id != active)
    if last is not None:
        query = query.where(tuple_(*primary) > tuple_(*last))
    async with db.read_one() as session:
        result = await (await session.connection()).execute(query.order_by(*primary).limit(BATCH))
        return result.all()


def _resealed(one: WrappedColumn, row: Row[Any], keys: DeploymentKeys) -> bytes:
    context = one.context(*(row._mapping[name] for name in one.named_by))
    return keys.wrap(context, keys.unwrap(context, row._mapping[one.column]))


def _primary_key(one: WrappedColumn, row: Row[Any]) -> list[Any]:
    return [row._mapping[column.name] for column in one.table.primary_key]


async def _write(db: Database, one: WrappedColumn, resealed: Sequence[tuple[Row[Any], bytes]]) -> None:
    """Only where the row still holds what was read: an erasure or a change in between stays."""
    primary = tuple(one.table.primary_key)
    names = [f"was_{column.name}" for column in primary]
    same = [column == bindparam(name) for column, name in zip(primary, names, strict=True)]
    statement = (
        update(one.table)
        .where(*same, one.sealed == bindparam("was"))
        .values({one.column: bindparam("fresh")})
    )
    values = [
        dict(zip(names, _primary_key(one, row), strict=True))
        | {"was": row._mapping[one.column], "fresh": fresh}
        for row, fresh in resealed
    ]
    async with db.write() as session:
        await (await session.connection()).execute(statement, values)
