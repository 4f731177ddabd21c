"""Sign-in of users: a password, then the code of the second factor where the user has one."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.actors import Actor, Role
from domain.staff.accounts import SESSION_IDLE, SESSION_LIFE, SessionLevel
from services.clock import real_now
from services.merchants.authentication import Caller
from services.staff.passwords import Passwords
from services.staff.second_factor import SecondFactor
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.merchants.openid_providers import StoredOpenIdProviders
from store.merchants.user_sessions import NewSession, UserSessions
from store.merchants.users import Users
from store.tables.all import UserRow, UserSessionRow


@dataclass(frozen=True)
class StaffSession:
    """An open session with its user.

    level: `password` opens nothing but the page for the code of the second factor.
    """

    id: str
    level: SessionLevel
    user: str
    merchant: str
    role: Role
    name: str
    email: str
    locale: str
    zone: str
    second_factor: bool
    ends_at: datetime
    idle_at: datetime

    @property
    def caller(self) -> Caller:
        """As the holder of a key: for services and the audit."""
        return Caller(self.merchant, self.role, self.user)


@dataclass(frozen=True)
class SignedIn:
    """A session that was just opened, with its token, which is known only now."""

    session: StaffSession
    token: str = field(repr=False)


@dataclass(frozen=True)
class SignIn:
    """Opens, finds and ends sessions. A wrong address, a wrong password and an unknown shop take the same time."""

    users: Users
    sessions: UserSessions
    passwords: Passwords
    second_factor: SecondFactor
    audit: AuditLog
    clocks: Clocks
    providers: StoredOpenIdProviders

    def account_of(self, merchant: str, email: str) -> str:
        """A name for the account that was tried, whether it exists or not: attempts are counted by it."""
        return self.users.index(merchant, email)

    async def sign_in(self, merchant: str, email: str, password: str, device: str) -> SignedIn | None:
        """Open a session; of level `password` where a code is still needed. None for anything that is wrong."""
        row = await self.users.by_address(merchant, email)
        provider = await self.providers.find(merchant)
        only = provider.password_user if provider is not None else ""
        stored = row.password if row is not None and row.active and only in ("", row.id) else ""
        if not await self.passwords.verify(stored, password) or row is None:
            return None
        return await self.open_session(row, device)

    async def open_session(self, row: UserRow, device: str) -> SignedIn:
        """A session of a user whose first factor was right, here or at a provider."""
        level: SessionLevel = "full" if row.totp_since is None else "password"
        return await self._opened(row, await self.sessions.create(row, level, device))

    async def confirm(self, half: StaffSession, code: str) -> SignedIn | None:
        """The full session in place of the half one, by a code of the app or a recovery code; None for a wrong code."""
        row = await self.users.find(half.merchant, half.user)
        if row is None or half.level != "password" or not await self.second_factor.fits(row, code):
            return None
        made = await self.sessions.replace(half.merchant, half.id, "full")
        return await self._opened(row, made) if made is not None else None

    async def find(self, token: str) -> StaffSession | None:
        """The open session of that token, of either level."""
        found = await self.sessions.find(token)
        return self._session(*found) if found is not None else None

    async def sign_out(self, session: StaffSession) -> None:
        """End the session at once."""
        await self.sessions.end(session.merchant, session.user, only=session.id)

    async def _opened(self, row: UserRow, made: NewSession) -> SignedIn:
        if made.row.level == "full":
            await self.users.change(row.merchant, row.id, signed_in_at=real_now())
            actor = Actor(role=Role(row.role), name=row.id)
            at = await self.clocks.business_now(row.merchant)
            line = AuditLine(actor, "signed_in", at, subject=f"user {row.id}")
            await self.audit.write(row.merchant, line)
        return SignedIn(self._session(made.row, row), made.token)

    def _session(self, row: UserSessionRow, user: UserRow) -> StaffSession:
        person = self.users.person(user)
        return StaffSession(
            id=row.id,
            level="full" if row.level == "full" else "password",
            user=user.id,
            merchant=user.merchant,
            role=Role(user.role),
            name=person.name,
            email=person.email,
            locale=user.locale,
            zone=user.zone,
            second_factor=user.totp_since is not None,
            ends_at=row.created_at + SESSION_LIFE,
            idle_at=row.used_at + SESSION_IDLE,
        )
