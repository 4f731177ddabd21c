"""`/agents/users`: users are invited, changed, switched off, and their sessions ended."""

from typing import Final

from aiohttp import web

from api.http.problems import Problem
from domain.actors import Role
from domain.staff.accounts import USER_ROLES
from domain.text import is_mail_address
from pages.staff_users.listed import listed
from pages.web.catalogues import NAMES
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.origins import own_origin
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.staff.users import InvitedUser, NewUser, OwnAccount, UserChanges

_PATH: Final = "/agents/users"
_ONE: Final = _PATH + "/{user}"
_ADMINS: Final = frozenset({Role.ADMIN})


@staff_page("GET", _PATH, roles=_ADMINS)
async def list_users(visit: Visit, user: StaffUser) -> web.Response:
    """All users, and the form for another one."""
    return await listed(visit, user)


@staff_page("POST", _PATH, roles=_ADMINS)
async def invite_user(visit: Visit, user: StaffUser) -> web.Response:
    """Invite a user; the one-time link is shown this once."""
    email, name = visit.form.text("email", 254), visit.form.text("name", 100)
    role = visit.form.choice("role", [str(one) for one in USER_ROLES])
    if not is_mail_address(email) or not name or not name.isprintable() or role is None:
        sentence = visit.sentence("It needs a name, one e-mail address and a role.")
        return await listed(visit, user, sentence)
    new = NewUser(
        email=email,
        name=name,
        role=Role(role),
        locale=visit.form.choice("locale", NAMES) or "en",
        zone=user.session.zone,
    )
    made = await visit.services.staff.users.invite(user.merchant, new, user.actor)
    if made is None:
        return await listed(visit, user, visit.sentence("There is a user with that address."))
    return _link(visit, made)


@staff_page("GET", _ONE, roles=_ADMINS)
async def show_user(visit: Visit, user: StaffUser) -> web.Response:
    """One user with the open sessions."""
    return await _one(visit, user)


@staff_page("POST", _ONE, roles=_ADMINS)
async def change_user(visit: Visit, user: StaffUser) -> web.Response:
    """Another role, or on and off."""
    role = visit.form.choice("role", [str(one) for one in USER_ROLES])
    active = visit.form.choice("active", ("yes", "no"))
    changes = UserChanges(
        role=Role(role) if role else None, active=None if active is None else active == "yes"
    )
    try:
        found = await visit.services.staff.users.change(
            user.merchant, visit.path["user"], changes, user.actor
        )
    except OwnAccount:
        return await _one(visit, user, visit.sentence("Another admin must change that about you."))
    if found is None:
        raise Problem("not_found")
    return redirect_with_message(visit, f"{_PATH}/{found.id}", FlashMessage("user_changed", who=found.name))


@staff_page("POST", _ONE + "/link", roles=_ADMINS)
async def renew_link(visit: Visit, user: StaffUser) -> web.Response:
    """A new one-time link, shown this once."""
    made = await visit.services.staff.users.renew_link(user.merchant, visit.path["user"], user.actor)
    if made is None:
        raise Problem("not_found")
    return _link(visit, made)


@staff_page("POST", _ONE + "/sessions", roles=_ADMINS)
async def end_sessions(visit: Visit, user: StaffUser) -> web.Response:
    """End all sessions of the user, or one of them."""
    only, other = visit.form.text("session", 64) or None, visit.path["user"]
    keep = user.session.id if other == user.id else ""
    ended = await visit.services.staff.users.end_sessions(
        user.merchant, other, user.actor, only=only, keep=keep
    )
    if ended is None:
        raise Problem("not_found")
    return redirect_with_message(visit, f"{_PATH}/{other}", FlashMessage("sessions_ended"))


@staff_page("POST", _ONE + "/second-factor", roles=_ADMINS)
async def remove_factor(visit: Visit, user: StaffUser) -> web.Response:
    """Take the second factor away, for a phone that is lost; the user's sessions end."""
    other = visit.path["user"]
    if not await visit.services.staff.second_factor.remove(user.merchant, other, user.actor):
        raise Problem("not_found")
    keep = user.session.id if other == user.id else ""
    await visit.services.staff.users.end_sessions(user.merchant, other, user.actor, keep=keep)
    return redirect_with_message(visit, f"{_PATH}/{other}", FlashMessage("factor_removed"))


def _link(visit: Visit, made: InvitedUser) -> web.Response:
    link = f"{own_origin(visit.request)}/agents/welcome/{made.token}"
    return render(visit, "staff_users/link.html", made=made.view, link=link)


async def _one(visit: Visit, user: StaffUser, error: str = "") -> web.Response:
    users, other = visit.services.staff.users, visit.path["user"]
    found = await users.find(user.merchant, other)
    if found is None:
        raise Problem("not_found")
    return render(
        visit,
        "staff_users/one.html",
        status=422 if error else 200,
        person=found,
        sessions=await users.sessions(user.merchant, other) or [],
        roles=[str(one) for one in USER_ROLES],
        error=error,
    )
