"""Merchants and their signing secrets."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from domain.actors import Actor, Role
from domain.model.terms import Policy
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, newest_first
from store.inbox.parking import unpark_resumed
from store.merchants.api_keys import KeyNameSeal, KeyToCreate, make_key
from store.merchants.policies import NewPolicy, policy_row
from store.privacy.encryption import Decoy, DeploymentKeys
from store.privacy.sealed_contexts import webhook_secrets
from store.tables.all import MerchantRow

_SIGNING = select(MerchantRow.secrets, MerchantRow.clock).where(col(MerchantRow.id) == bindparam("merchant"))

_PLATFORM = Actor(role=Role.ADMIN)


@dataclass(frozen=True)
class NewMerchant:
    """What to create a merchant with.

    clock: the first time of a sandbox merchant's clock, by default real time; others have no clock.
    policy_text: the policy as it was written; empty for its JSON.
    webhook_secrets: by source, the secret that signs its deliveries.
    creator: who creates it, and publishes its first policy.
    """

    id: str
    name: str
    sandbox: bool
    clock: datetime | None = None
    policy: Policy = field(default_factory=Policy)
    policy_text: str = ""
    webhook_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    creator: Actor = _PLATFORM

    @property
    def first_policy(self) -> NewPolicy:
        return NewPolicy(self.policy, self.policy_text or self.policy.model_dump_json(indent=2))


@dataclass(frozen=True)
class SigningConfig:
    """How a source's deliveries to a merchant are signed, and the merchant's business time: read in one query.

    secrets: each of them may sign; empty when deliveries are refused.
    account: the merchant's name at the source; None when it was not given.
    """

    secrets: list[str] = field(repr=False)
    now: datetime
    account: str | None = None


class Merchants:
    """The table of merchants. `keys`: the deployment's, which encrypts webhook secrets."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db = db
        self._keys = keys
        nobodys = {"easypost": ["x" * 43], "aftership": ["x" * 43], "generic": ["x" * 50]}
        self._decoy = Decoy(keys, json.dumps(nobodys).encode())

    async def create(self, new: NewMerchant, roles: Collection[Role] = ()) -> dict[Role, str] | None:
        """Create it with a key for each role, in one transaction; returns the keys' texts. None when the id exists already."""
        now = real_now()
        row = MerchantRow(
            id=new.id,
            name=new.name,
            sandbox=new.sandbox,
            clock=(new.clock or now) if new.sandbox else None,
            secrets=self._sealed(
                new.id, {source: [secret] for source, secret in new.webhook_secrets.items()}
            ),
            created_at=now,
        )
        names, creator = KeyNameSeal(self._keys), new.creator.name
        keys = {
            role: make_key(names, new.id, new.sandbox, KeyToCreate(role, role.replace("_", " "), creator))
            for role in roles
        }
        async with self._db.write() as session:
            if not await insert_new(session, row):
                return None
            session.add(policy_row(new.id, 1, new.first_policy, new.creator))
            session.add_all([key.row for key in keys.values()])
        return {role: key.text for role, key in keys.items()}

    async def find(self, merchant: str) -> MerchantRow | None:
        async with self._db.read_one() as session:
            return await session.get(MerchantRow, merchant)

    async def page(self, limit: int, cursor: str | None) -> Page[MerchantRow]:
        """The newest first. Raises BadCursor."""
        by = (col(MerchantRow.created_at), col(MerchantRow.id))
        return await newest_first(self._db, select(MerchantRow), by, limit, cursor)

    async def change(
        self, merchant: str, actor: Actor, action: str, values: Mapping[str, Any], **details: str
    ) -> MerchantRow | None:
        """Set these columns and write the action into the audit log, unless they are so already; None for an unknown merchant."""
        async with self._db.write() as session:
            row = await session.get(MerchantRow, merchant, with_for_update=True)
            if row is None:
                return None
            if any(getattr(row, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(row, name, value)
                line = AuditLine(actor, action, row.clock or real_now(), details=details)
                session.add(audit_row(merchant, line))
        return row

    async def resume(self, merchant: str, actor: Actor) -> MerchantRow | None:
        """End a pause; deliveries that waited for it are received again. None for an unknown merchant."""
        async with self._db.write() as session:
            row = await session.get(MerchantRow, merchant, with_for_update=True)
            if row is None:
                return None
            if row.paused_at is not None:
                row.paused_at, row.letters = None, "send"
                session.add(
                    audit_row(merchant, AuditLine(actor, "merchant_resumed", row.clock or real_now()))
                )
            await unpark_resumed(session, merchant)
        return row

    async def all(self) -> list[MerchantRow]:
        """All merchants, by id; only for work of the platform itself."""
        async with self._db.read_one() as session:
            return [*(await session.exec(select(MerchantRow).order_by(MerchantRow.id))).all()]

    async def signing_config(self, merchant: str, source: str) -> SigningConfig:
        """See SigningConfig. Without secrets for unknown merchants and unknown sources alike, at the same cost."""
        row = await self._db.fetch_row(_SIGNING, merchant=merchant)
        stored = self._opened(merchant, row.secrets) if row is not None else json.loads(self._decoy.open())
        account = stored.get(_account_key(source), [None])[0]
        secrets = [str(secret) for secret in stored.get(source, [])] if row is not None else []
        clock = row.clock if row is not None else None
        return SigningConfig(secrets=secrets, now=clock or real_now(), account=account)

    async def set_signing_secrets(
        self, merchant: str, source: str, secrets: Sequence[str], account: str | None
    ) -> bool:
        """Set the secrets that may sign the source's deliveries; with none, all are refused. False for an unknown merchant."""
        async with self._db.write() as session:
            row = await session.get(MerchantRow, merchant, with_for_update=True)
            if row is None:
                return False
            stored = self._opened(merchant, row.secrets)
            stored[source] = list(secrets)
            stored[_account_key(source)] = [account]
            row.secrets = self._sealed(merchant, stored)
        return True

    def _sealed(self, merchant: str, stored: Mapping[str, Sequence[str | None]]) -> bytes:
        return self._keys.wrap(webhook_secrets(merchant), json.dumps(stored).encode())

    def _opened(self, merchant: str, sealed: bytes) -> dict[str, list[str | None]]:
        opened: dict[str, list[str | None]] = json.loads(self._keys.unwrap(webhook_secrets(merchant), sealed))
        return opened


def _account_key(source: str) -> str:
    return f"{source}@account"
