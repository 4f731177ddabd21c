"""API keys of a merchant or of the platform: created with a role and a name, replaced, ended. Their text is known once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.actors import Actor, Role
from services.key_names import Doer
from services.merchants.views import KeyStatus, KeyView
from services.paging import Page, PageRequest
from store.audit import AuditLine, AuditLog
from store.engine.columns import real_now
from store.merchants.api_keys import ApiKeys, KeyToCreate
from store.merchants.clock import Clocks
from store.tables.all import ApiKeyRow

KEY_ROLES = (
    Role.ADMIN, Role.STOREFRONT, Role.AGENT, Role.SENIOR_AGENT, Role.WAREHOUSE, Role.PARTNER, Role.FINANCE,
)  # fmt: skip
COMMAND_LINE = "command line"


@dataclass(frozen=True)
class IssuedKey:
    """A new key with its text, which is shown now and never again."""

    view: KeyView
    text: str = field(repr=False)


@dataclass(frozen=True)
class KeyService:
    """The use cases of keys. A merchant of None means the platform's own admins."""

    keys: ApiKeys
    audit: AuditLog
    clocks: Clocks

    async def page(self, merchant: str | None, page: PageRequest) -> Page[KeyView]:
        """Keys with ended ones, the newest first. Raises BadCursor."""
        found = await self.keys.page(merchant, page.limit, page.cursor)
        creators = {row.created_by for row in found.items}
        names = await self.keys.names(merchant or "", creators)
        return Page([self._view(row, names) for row in found.items], found.next)

    async def create(
        self, merchant: str | None, role: Role, name: str, actor: Actor, expires_at: datetime | None = None
    ) -> IssuedKey | None:
        """A further key; None for an unknown merchant."""
        new = KeyToCreate(role, name, actor.name, expires_at)
        made = await self.keys.create(merchant, new)
        if made is None:
            return None
        await self._record(merchant, actor, "key_created", made.row.id, role=role)
        return IssuedKey(await self._seen(merchant, made.row), made.text)

    async def rotate(
        self, merchant: str | None, key_id: str, actor: Actor, overlap: timedelta
    ) -> IssuedKey | None:
        """A key of the same role and name in place of that one, which works until the overlap is over.

        None when it has ended, or for a key that the merchant does not have.
        """
        made = await self.keys.rotate(merchant, key_id, actor.name, overlap)
        if made is None:
            return None
        await self._record(merchant, actor, "key_rotated", key_id, replaced_by=made.row.id)
        return IssuedKey(await self._seen(merchant, made.row), made.text)

    async def change(
        self, merchant: str | None, key_id: str, actor: Actor, name: str | None, expires_at: datetime | None
    ) -> KeyView | None:
        """Rename it or end it at a time; None when it has ended, or for a key that the merchant does not have."""
        row = await self.keys.change(merchant, key_id, name=name, expires_at=expires_at)
        if row is None:
            return None
        ends = {"expires_at": expires_at.isoformat()} if expires_at else {}
        await self._record(merchant, actor, "key_changed", key_id, **ends)
        return await self._seen(merchant, row)

    async def revoke(self, merchant: str | None, key_id: str, actor: Actor) -> bool:
        """End it at once, for all processes within a second; False for a key that the merchant does not have."""
        revoked = await self.keys.revoke(merchant, key_id)
        if revoked:
            await self._record(merchant, actor, "key_revoked", key_id)
        return revoked

    async def _record(
        self, merchant: str | None, actor: Actor, action: str, key_id: str, **details: str
    ) -> None:
        """The audit log belongs to merchants: the platform's own keys have no line."""
        if merchant is not None:
            at = await self.clocks.business_now(merchant)
            await self.audit.write(
                merchant, AuditLine(actor, action, at, subject=f"key {key_id}", details=details)
            )

    async def _seen(self, merchant: str | None, row: ApiKeyRow) -> KeyView:
        return self._view(row, await self.keys.names(merchant or "", {row.created_by}))

    def _view(self, row: ApiKeyRow, names: dict[str, str]) -> KeyView:
        return KeyView(
            id=row.id,
            role=row.role,
            name=self.keys.name(row),
            status=_status(row, real_now()),
            created_by=_creator(row.created_by, names),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            replaced_by=row.replaced_by,
        )


def _creator(creator: str, names: dict[str, str]) -> Doer | None:
    if not creator:
        return None
    return Doer(role=Role.ADMIN, name=names.get(creator, creator), key=creator if creator in names else "")


def _status(row: ApiKeyRow, now: datetime) -> KeyStatus:
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at is None:
        return "active"
    return "expired" if row.expires_at <= now else "expiring"
