"""Merchants: made with their keys and policy in one go, and the policies they publish."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, bindparam
from sqlmodel import col, select

from domain.actors import Role
from domain.model.terms import Policy
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.merchants.api_keys import NewKey, new_key
from store.privacy.encryption import MasterKey
from store.tables.all import MerchantRow, PolicyRow

_SIGNING = select(MerchantRow.secrets, MerchantRow.clock).where(col(MerchantRow.id) == bindparam("merchant"))

_IN_FORCE = (
    select(PolicyRow.document)
    .join(
        MerchantRow,
        and_(col(MerchantRow.id) == PolicyRow.merchant, col(MerchantRow.policy) == PolicyRow.version),
    )
    .where(col(PolicyRow.merchant) == bindparam("merchant"))
)


@dataclass(frozen=True)
class NewMerchant:
    """A merchant to be. `clock`: where a sandbox merchant's time begins (real now by default); ignored in production.

    `webhook_secrets`: per source the secret its deliveries are signed with.
    """

    id: str
    name: str
    sandbox: bool
    clock: datetime | None = None
    policy: Policy = field(default_factory=Policy)
    webhook_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SigningConfig:
    """What a source's deliveries may be signed with, and the merchant's business time: read in one look.

    `account`: the merchant's own name at the source, where it was said.
    """

    secrets: list[str] = field(repr=False)
    now: datetime
    account: str | None = None


class Merchants:
    """The table of merchants. `master`: the deployment's secret; it seals webhook secrets."""

    def __init__(self, db: Database, master: bytes) -> None:
        self._db = db
        self._master = MasterKey(master)

    async def create(self, new: NewMerchant, roles: Collection[Role] = ()) -> dict[Role, str] | None:
        """The texts of its new keys, one per role; None when there is such a merchant already. One transaction."""
        now = real_now()
        secrets = json.dumps({source: [secret] for source, secret in new.webhook_secrets.items()})
        row = MerchantRow(
            id=new.id,
            name=new.name,
            sandbox=new.sandbox,
            clock=(new.clock or now) if new.sandbox else None,
            secrets=self._master.wrap(_seal_context(new.id), secrets.encode()),
            created_at=now,
        )
        policy = new.policy.model_dump_json()
        keys: dict[Role, NewKey] = {role: new_key(new.id, role) for role in roles}
        async with self._db.write() as session:
            if not await insert_new(session, row):
                return None
            session.add(PolicyRow(merchant=new.id, version=1, document=policy, published_at=now))
            session.add_all([key.row for key in keys.values()])
        return {role: key.text for role, key in keys.items()}

    async def find(self, merchant: str) -> MerchantRow | None:
        async with self._db.read_one() as session:
            return await session.get(MerchantRow, merchant)

    async def all(self) -> list[MerchantRow]:
        """All of them, by id: for the platform's own work only."""
        async with self._db.read() as session:
            return [*(await session.exec(select(MerchantRow).order_by(MerchantRow.id))).all()]

    async def signing_config(self, merchant: str, source: str) -> SigningConfig:
        """How that source's deliveries are signed; without secrets for unknown merchants and sources alike."""
        row = await self._db.fetch_row(_SIGNING, merchant=merchant)
        if row is None:
            return SigningConfig(secrets=[], now=real_now())
        known = json.loads(self._master.unwrap(_seal_context(merchant), row.secrets))
        account = known.get(_account_key(source), [None])[0]
        secrets = [str(secret) for secret in known.get(source, [])]
        return SigningConfig(secrets=secrets, now=row.clock or real_now(), account=account)

    async def set_signing_secrets(
        self, merchant: str, source: str, secrets: Sequence[str], account: str | None
    ) -> bool:
        """From now on the source's deliveries are signed with one of these; none at all takes none. False: no merchant."""
        async with self._db.write() as session:
            row = await session.get(MerchantRow, merchant, with_for_update=True)
            if row is None:
                return False
            known = json.loads(self._master.unwrap(_seal_context(merchant), row.secrets))
            known[source] = list(secrets)
            known[_account_key(source)] = [account]
            row.secrets = self._master.wrap(_seal_context(merchant), json.dumps(known).encode())
        return True

    async def publish(self, merchant: str, policy: Policy) -> int:
        """Put the policy in force for orders from now on; answers its version. Raises LookupError."""
        async with self._db.write() as session:
            row = await session.get(MerchantRow, merchant, with_for_update=True)
            if row is None:
                raise LookupError(f"no merchant {merchant}")
            row.policy += 1
            document = policy.model_dump_json()
            published = PolicyRow(
                merchant=merchant, version=row.policy, document=document, published_at=real_now()
            )
            session.add(published)
        return published.version

    async def policy(self, merchant: str) -> tuple[int, Policy] | None:
        """The version in force and its document."""
        latest = select(PolicyRow).where(PolicyRow.merchant == merchant)
        async with self._db.read_one() as session:
            row = (await session.exec(latest.order_by(col(PolicyRow.version).desc()).limit(1))).first()
        return (row.version, Policy.model_validate_json(row.document)) if row else None

    async def policy_in_force(self, merchant: str) -> Policy:
        """The policy that the merchant published last. Raises LookupError for an unknown merchant."""
        row = await self._db.fetch_row(_IN_FORCE, merchant=merchant)
        if row is None:
            raise LookupError(f"no merchant {merchant}")
        return Policy.model_validate_json(row.document)


def _account_key(source: str) -> str:
    return f"{source}@account"


def _seal_context(merchant: str) -> str:
    return f"webhook-secrets/{merchant}"
