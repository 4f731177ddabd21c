"""API keys: made, replaced, ended. A key's text is shown once."""

from datetime import timedelta

from aiohttp import web

from api.http.problems import Problem
from domain.actors import Role
from pages.admin.frame import ADMIN, ADMINS, page_of, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.merchants.keys import KEY_ROLES, IssuedKey

_PATH = f"{ADMIN}/keys"
_HOURS = (0, 1, 24, 168)


@staff_page("GET", _PATH, roles=ADMINS)
async def list_keys(visit: Visit, user: StaffUser) -> web.Response:
    """All keys, the newest first."""
    return await _keys(visit, user)


@staff_page("POST", _PATH, roles=ADMINS)
async def create_key(visit: Visit, user: StaffUser) -> web.Response:
    """A further key."""
    role, name = visit.form.choice("role", KEY_ROLES), visit.form.text("name", 60)
    if role is None or not name.isprintable():
        raise Problem("invalid_body", "A key needs a role, and its name is one line.")
    made = await visit.services.merchants.keys.create(user.merchant, Role(role), name, user.actor)
    return await _keys(visit, user, made)


@staff_page("POST", _PATH + "/{key}/rotate", roles=ADMINS)
async def rotate_key(visit: Visit, user: StaffUser) -> web.Response:
    """A key in place of that one, which works on for some hours."""
    hours = visit.form.number("hours")
    if hours not in _HOURS:
        raise Problem("invalid_body", "Choose for how long the old key works on.")
    made = await visit.services.merchants.keys.rotate(
        user.merchant, visit.path["key"], user.actor, timedelta(hours=hours)
    )
    if made is None:
        raise Problem("key_ended")
    return await _keys(visit, user, made)


@staff_page("POST", _PATH + "/{key}/revoke", roles=ADMINS)
async def revoke_key(visit: Visit, user: StaffUser) -> web.Response:
    """End a key at once."""
    if not await visit.services.merchants.keys.revoke(user.merchant, visit.path["key"], user.actor):
        raise Problem("not_found")
    return redirect_with_message(visit, _PATH, FlashMessage("key_ended"))


async def _keys(visit: Visit, user: StaffUser, made: IssuedKey | None = None) -> web.Response:
    page = await visit.services.merchants.keys.page(user.merchant, page_of(visit))
    return show(visit, "keys", "keys", keys=page, made=made, roles=[str(role) for role in KEY_ROLES])
