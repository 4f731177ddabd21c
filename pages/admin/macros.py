"""Texts that agents answer with often: written, changed and deleted. Agents insert them beside a conversation."""

import secrets
from dataclasses import dataclass

from aiohttp import web

from api.http.problems import Problem
from domain.actors import Role
from pages.admin.frame import ADMIN, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from pages.web.written import LONGEST, is_message
from services.console.macros import PLACES, TooManyMacros, UnknownPlaces

_PATH = f"{ADMIN}/macros"
_WRITERS = frozenset({Role.SENIOR_AGENT, Role.ADMIN})
_LONGEST_NAME, _LONGEST_ID = 80, 40


@dataclass(frozen=True)
class _Typed:
    """A form that was not taken. fault: `text`, `places` or `many`."""

    macro: str
    name: str
    text: str
    fault: str


@staff_page("GET", _PATH, roles=_WRITERS)
async def list_macros(visit: Visit, user: StaffUser) -> web.Response:
    """All of them, each with its form."""
    return await _macros(visit, user)


@staff_page("POST", _PATH + "/{macro}", roles=_WRITERS)
async def write_macro(visit: Visit, user: StaffUser) -> web.Response:
    """Write one; the same form again changes nothing. With a mistake the form is shown as it was typed."""
    name, text = visit.form.text("name", _LONGEST_NAME), visit.form.text("text", LONGEST)
    macro, text = _id(visit), text.replace("\r\n", "\n")
    fault = ""
    if not name or not name.isprintable() or not is_message(text):
        fault = "text"
    else:
        try:
            await visit.services.console.macros.put(user.merchant, user.actor, macro, (name, text))
        except UnknownPlaces:
            fault = "places"
        except TooManyMacros:
            fault = "many"
    if fault:
        return await _macros(visit, user, _Typed(macro, name, text, fault))
    return redirect_with_message(visit, _PATH, FlashMessage("macro_kept", what=name))


@staff_page("POST", _PATH + "/{macro}/deletion", roles=_WRITERS)
async def delete_macro(visit: Visit, user: StaffUser) -> web.Response:
    """Delete one. Answers that were written with it stay."""
    await visit.services.console.macros.delete(user.merchant, user.actor, _id(visit))
    return redirect_with_message(visit, _PATH, FlashMessage("macro_deleted"))


def _id(visit: Visit) -> str:
    macro = visit.path["macro"]
    if not macro.replace("-", "").isalnum() or not macro.isascii() or len(macro) > _LONGEST_ID:
        raise Problem("not_found")
    return macro


async def _macros(visit: Visit, user: StaffUser, typed: _Typed | None = None) -> web.Response:
    found = await visit.services.console.macros.of(user.merchant)
    return show(
        visit,
        "macros",
        "macros",
        status=422 if typed else 200,
        macros=found,
        typed=typed,
        fresh=secrets.token_hex(8),  # the id of the next one: a second press of its button writes the same
        places=[f"{{{name}}}" for name in PLACES],
    )
