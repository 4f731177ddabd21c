"""Pages of the console: who has signed in, what they may open, and how a form survives the end of a session."""

import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Literal

from aiohttp import web

from api.http.problems import Problem
from domain.actors import Actor, Role
from domain.staff.accounts import USER_ROLES
from pages.web.brand import PageBrand
from pages.web.error_pages import error_page
from pages.web.flash_messages import delete_flash_message, flash_message_of
from pages.web.form_tokens import masked, unmasked
from pages.web.kept_forms import kept_form, needs_sign_in, show_again
from pages.web.routes import FORM_LIMIT, PageRoute, page
from pages.web.session_cookie import session_token
from pages.web.visit import Visit
from services.merchants.authentication import Caller
from services.staff.sign_in import StaffSession


@dataclass(frozen=True)
class StaffUser:
    """The user who has signed in. csrf: what the forms of this session carry."""

    session: StaffSession
    csrf: str

    @property
    def id(self) -> str:
        return self.session.user

    @property
    def merchant(self) -> str:
        return self.session.merchant

    @property
    def role(self) -> Role:
        return self.session.role

    @property
    def name(self) -> str:
        return self.session.name

    @property
    def initials(self) -> str:
        """For the round mark beside the name: two letters at most."""
        parts = [part[0].upper() for part in self.name.split() if part]
        return "".join((parts[0], parts[-1]) if len(parts) > 1 else parts)

    @property
    def caller(self) -> Caller:
        """As the holder of a key, for services."""
        return self.session.caller

    @property
    def actor(self) -> Actor:
        """For commands and the audit."""
        return self.caller.actor


StaffHandler = Callable[[Visit, StaffUser], Awaitable[web.StreamResponse]]


def staff_page(
    method: Literal["GET", "POST"],
    path: str,
    *,
    roles: Collection[Role] = USER_ROLES,
    limit: int = FORM_LIMIT,
    timeout: float | None = 20.0,
) -> Callable[[StaffHandler], PageRoute]:
    """Declare a console page: `async def name(visit, user)`. `roles`: who may open it; others get 403.

    Without a session the sign-in page is shown, and goes on to this page. A form that was sent without a session, or with the
    hidden field of an earlier one, is kept: it is sent again by one button after the sign-in.
    """

    def declare(handler: StaffHandler) -> PageRoute:
        @wraps(handler)
        async def opened(visit: Visit) -> web.StreamResponse:
            user = await staff(visit)
            if user is None:
                return await needs_sign_in(visit)
            singles = await visit.services.console.preferences.single_keys(user.merchant, user.id)
            visit = read_as_user(visit, user).read_as(singles=singles)
            if user.role not in roles:
                return error_page(visit, Problem("forbidden"), roles=roles)
            if method == "POST" and not hmac.compare_digest(
                unmasked(visit.form.text("csrf")).encode(), user.csrf.encode()
            ):
                return show_again(visit, kept_form(visit))
            return await _with_flash_message(visit, user, handler)

        return page(method, path, limit=limit, timeout=timeout)(opened)

    return declare


async def _with_flash_message(visit: Visit, user: StaffUser, handler: StaffHandler) -> web.StreamResponse:
    """The handler's answer, with what the form before it has done."""
    line = flash_message_of(visit)
    if line is None:
        return await handler(visit, user)
    answer = await handler(visit.read_as(flash=line), user)
    delete_flash_message(visit, answer)
    return answer


async def staff(visit: Visit) -> StaffUser | None:
    """The user of the visit's session; None without one that is open and complete."""
    session = await session_of(visit)
    if session is None or session.level != "full":
        return None
    return StaffUser(session, csrf_of(session_token(visit)))


async def session_of(visit: Visit) -> StaffSession | None:
    """The session of the visit's cookie, also one that still waits for a code."""
    token = session_token(visit)
    return await visit.services.staff.sign_in.find(token) if token else None


def read_as_user(visit: Visit, user: StaffUser) -> Visit:
    """The visit in the user's language and zone."""
    return visit.read_as(
        locale=user.session.locale,
        zone=user.session.zone,
        brand=PageBrand(name=user.merchant),
        csrf=masked(user.csrf),
        user=user,
    )


def csrf_of(token: str) -> str:
    """The hidden field of a session's forms. It tells nothing of the token."""
    return hmac.digest(token.encode(), b"csrf", "sha256").hex()[:32]
