"""Users of a merchant: invited by a one-time link, changed, switched off. Only its admins do so."""

from dataclasses import dataclass, field
from typing import Literal

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.staff.accounts import SESSION_LIFE, PasswordFault, password_fault
from services.paging import Page, PageRequest
from services.staff.passwords import Passwords
from services.staff.views import UserSessionView, UserStatus, UserView
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.merchants.user_sessions import UserSessions
from store.merchants.users import UserLink, UserPerson, Users, UserToCreate
from store.tables.all import UserRow, UserSessionRow


class OwnAccount(ValueError):
    """Admins neither switch themselves off nor change their own role: the last one would lock all out."""


class UserChanges(Frozen):
    """What changes about a user; what is left out stays."""

    name: str | None = None
    role: Role | None = None
    locale: str | None = None
    zone: str | None = None
    active: bool | None = None


class NewUser(Frozen):
    """A user who is invited."""

    email: str
    name: str
    role: Role
    locale: str = "en"
    zone: str = "UTC"


@dataclass(frozen=True)
class InvitedUser:
    """A user with an open one-time link, whose token is shown now and never again."""

    view: UserView
    token: str = field(repr=False)


@dataclass(frozen=True)
class UserService:
    """The use cases of a merchant's users."""

    users: Users
    open_sessions: UserSessions
    passwords: Passwords
    audit: AuditLog
    clocks: Clocks

    async def page(self, merchant: str, page: PageRequest, *, with_addresses: bool) -> Page[UserView]:
        """The newest first, with those that are off. Raises BadCursor."""
        found = await self.users.page(merchant, page.limit, page.cursor)
        return Page([self._view(row, with_addresses) for row in found.items], found.next)

    async def find(self, merchant: str, user: str, *, with_address: bool = True) -> UserView | None:
        row = await self.users.find(merchant, user)
        return self._view(row, with_address) if row is not None else None

    async def invite(self, merchant: str, new: NewUser, actor: Actor) -> InvitedUser | None:
        """None when the merchant has a user of that address."""
        person = UserPerson(new.name, new.email)
        row = UserToCreate(person, new.role, new.locale, new.zone, actor.name)
        made = await self.users.create(merchant, row)
        if made is not None:
            await self._record(merchant, actor, "user_invited", made.row.id, role=new.role)
        return self._invited(made)

    async def renew_link(self, merchant: str, user: str, actor: Actor) -> InvitedUser | None:
        """A new one-time link, by which the user chooses a new password; None for an unknown user."""
        made = await self.users.open_link(merchant, user)
        if made is not None:
            await self._record(merchant, actor, "user_link_made", user)
        return self._invited(made)

    async def change(self, merchant: str, user: str, changes: UserChanges, actor: Actor) -> UserView | None:
        """Effective with the next request of the user. None for an unknown user. Raises OwnAccount."""
        row = await self.users.find(merchant, user)
        if row is None:
            return None
        if actor.name == user and (changes.role is not None or changes.active is not None):
            raise OwnAccount
        columns = changes.model_dump(exclude_none=True, exclude={"name"})
        if changes.name is not None:
            columns["person"] = UserPerson(changes.name, self.users.person(row).email)
        row = await self.users.change(merchant, user, **columns)
        if row is not None and changes.active is False:
            await self.open_sessions.end(merchant, user)
        written = {name: str(value) for name, value in columns.items() if name in ("role", "active")}
        await self._record(merchant, actor, "user_changed", user, **written)
        return self._view(row, True) if row is not None else None

    async def unlink(self, merchant: str, user: str, actor: Actor) -> bool:
        """Forget the person of the provider, and end all sessions; False for a user who is not linked.

        The next person there with the user's verified address is linked.
        """
        row = await self.users.find(merchant, user)
        if row is None or row.openid is None:
            return False
        await self.users.change(merchant, user, openid=None)
        await self.open_sessions.end(merchant, user)
        await self._record(merchant, actor, "oidc_unlinked", user)
        return True

    async def accept(self, token: str, password: str) -> UserView | PasswordFault | None:
        """Choose the password by an open link: the sessions before it end. None for a link that is not open."""
        row = await self.users.by_link(token)
        if row is None:
            return None
        person = self.users.person(row)
        fault = password_fault(password, person.email, person.name)
        if fault is not None:
            return fault
        row = await self.users.use_link(token, await self.passwords.hash(password))
        if row is None:
            return None
        await self.open_sessions.end(row.merchant, row.id)
        await self._record(row.merchant, _actor(row), "password_chosen", row.id)
        return self._view(row, True)

    async def change_password(
        self, user: str, merchant: str, passwords: tuple[str, str], keep: str
    ) -> PasswordFault | Literal["wrong"] | None:
        """Another password in place of the present one, which comes first. All sessions end but the one to `keep`.

        None when it was changed.
        """
        row = await self.users.find(merchant, user)
        if row is None or not await self.passwords.verify(row.password, passwords[0]):
            return "wrong"
        person = self.users.person(row)
        fault = password_fault(passwords[1], person.email, person.name)
        if fault is None:
            await self.users.change(merchant, user, password=await self.passwords.hash(passwords[1]))
            await self.open_sessions.end(merchant, user, keep=keep)
            await self._record(merchant, _actor(row), "password_chosen", user)
        return fault

    async def invited(self, token: str) -> UserView | None:
        """Whose open link it is."""
        row = await self.users.by_link(token)
        return self._view(row, True) if row is not None else None

    async def sessions(self, merchant: str, user: str) -> list[UserSessionView] | None:
        """The open sessions, the newest first; None for an unknown user."""
        if await self.users.find(merchant, user) is None:
            return None
        return [session_view(row) for row in await self.open_sessions.of_user(merchant, user)]

    async def end_sessions(
        self, merchant: str, user: str, actor: Actor, *, only: str | None = None, keep: str = ""
    ) -> int | None:
        """End the user's sessions, or the `only` one, or all but one. How many; None for an unknown user."""
        if await self.users.find(merchant, user) is None:
            return None
        ended = await self.open_sessions.end(merchant, user, only=only, keep=keep)
        if ended:
            await self._record(merchant, actor, "sessions_ended", user, count=ended)
        return ended

    def _invited(self, made: UserLink | None) -> InvitedUser | None:
        return InvitedUser(self._view(made.row, True), made.text) if made is not None else None

    def _view(self, row: UserRow, with_address: bool) -> UserView:
        person = self.users.person(row)
        status: UserStatus = (
            "off" if not row.active else "active" if row.password or row.openid else "invited"
        )
        return UserView(
            id=row.id,
            merchant=row.merchant,
            name=person.name,
            email=person.email if with_address else None,
            role=row.role,
            locale=row.locale,
            zone=row.zone,
            status=status,
            second_factor=row.totp_since is not None,
            oidc=row.openid is not None,
            created_at=row.created_at,
            signed_in_at=row.signed_in_at,
        )

    async def _record(
        self, merchant: str, actor: Actor, action: str, user: str, **details: str | int
    ) -> None:
        at = await self.clocks.business_now(merchant)
        line = AuditLine(actor, action, at, subject=f"user {user}", details=details)
        await self.audit.write(merchant, line)


def session_view(row: UserSessionRow) -> UserSessionView:
    """The session without its token."""
    return UserSessionView(
        id=row.id,
        device=row.device,
        created_at=row.created_at,
        used_at=row.used_at,
        ends_at=row.created_at + SESSION_LIFE,
    )


def _actor(row: UserRow) -> Actor:
    return Actor(role=Role(row.role), name=row.id)
