"""The second factor of a user: an app's codes, and recovery codes for a lost phone."""

import json
import secrets
from dataclasses import dataclass

from domain.actors import Actor
from domain.staff.one_time_codes import SECRET_BYTES, base32_of, enrolment_uri, step_of
from services.clock import real_now
from services.ids import ALPHABET
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.merchants.users import Users
from store.tables.all import UserRow

RECOVERY_CODES = 10
_CODE_LENGTH = 10  # characters, 49 bits


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to know, until the first code confirms that it does."""

    uri: str
    secret: str


@dataclass(frozen=True)
class SecondFactor:
    """The use cases of the second factor."""

    users: Users
    audit: AuditLog
    clocks: Clocks

    async def begin(self, merchant: str, user: str) -> Enrolment | None:
        """The secret for the app; the same until it is confirmed. None for users who have a second factor."""
        row = await self.users.find(merchant, user)
        if row is None or row.totp_since is not None:
            return None
        if row.totp is None:
            sealed = self.users.seal_totp(row, secrets.token_bytes(SECRET_BYTES))
            row = await self.users.change(merchant, user, totp=sealed)
            assert row is not None, "users are never deleted"
        secret = self.users.open_totp(row)
        return Enrolment(enrolment_uri(secret, merchant, self.users.person(row).email), base32_of(secret))

    async def confirm(self, merchant: str, user: str, code: str, actor: Actor) -> list[str] | None:
        """Switch it on by the first code of the app. The recovery codes, shown now and never again; None for a wrong code."""
        row = await self.users.find(merchant, user)
        if row is None or row.totp is None or row.totp_since is not None:
            return None
        step = step_of(self.users.open_totp(row), code, real_now())
        if step is None or not await self.users.take_step(merchant, user, step):
            return None
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        kept = json.dumps([self._hash(row, one) for one in codes])
        await self.users.change(merchant, user, totp_since=real_now(), recovery=kept)
        await self._record(merchant, actor, "second_factor_added", user)
        return codes

    async def fits(self, row: UserRow, code: str) -> bool:
        """Whether the code is the app's, or a recovery code that is left. Each is taken once."""
        if row.totp_since is None:
            return False
        step = step_of(self.users.open_totp(row), code, real_now())
        if step is not None:
            return await self.users.take_step(row.merchant, row.id, step)
        return await self.users.take_recovery_code(row.merchant, row.id, self._hash(row, code))

    async def remove(self, merchant: str, user: str, actor: Actor) -> bool:
        """Switch it off; False for an unknown user."""
        row = await self.users.change(merchant, user, totp=None, totp_since=None, totp_used=0, recovery="[]")
        if row is not None:
            await self._record(merchant, actor, "second_factor_removed", user)
        return row is not None

    def _hash(self, row: UserRow, code: str) -> str:
        return self.users.code_hash(row, code.upper().replace("-", "").replace(" ", ""))

    async def _record(self, merchant: str, actor: Actor, action: str, user: str) -> None:
        at = await self.clocks.business_now(merchant)
        await self.audit.write(merchant, AuditLine(actor, action, at, subject=f"user {user}"))


def _recovery_code() -> str:
    text = "".join(secrets.choice(ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{text[:5]}-{text[5:]}"
