"""`/agents/me`: language, zone, password, sessions and second factor of the user who has signed in."""

import segno
from aiohttp import web
from markupsafe import Markup

from api.http.problems import Problem
from domain.clock import ZONES
from pages.account.passwords import fault_sentence, typed
from pages.web.catalogues import NAMES
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import redirect, render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.staff.users import UserChanges

_ME = "/agents/me"
_FACTOR = _ME + "/second-factor"


@staff_page("GET", _ME)
async def show_me(visit: Visit, user: StaffUser) -> web.Response:
    """Everything about the own account."""
    return await _account(visit, user)


@staff_page("POST", _ME)
async def change_me(visit: Visit, user: StaffUser) -> web.Response:
    """Name, language and zone."""
    name = visit.form.text("name", 100)
    locale, zone = visit.form.choice("locale", NAMES), visit.form.choice("zone", ZONES)
    if not name.isprintable():
        raise Problem("invalid_body", "A name is one line.")
    changes = UserChanges(name=name or None, locale=locale, zone=zone)
    await visit.services.staff.users.change(user.merchant, user.id, changes, user.actor)
    return redirect_with_message(visit, _ME, FlashMessage("me_changed"))


@staff_page("POST", _ME + "/password")
async def change_password(visit: Visit, user: StaffUser) -> web.Response:
    """Another password, by the present one. The user's other sessions end."""
    if typed(visit, "password") != typed(visit, "repeated"):
        return await _account(visit, user, visit.sentence("The two passwords differ."))
    visit.services.operations.rate_limiter.consume(visit.request, "sign_ins", user.id)
    fault = await visit.services.staff.users.change_password(
        user.session.user,
        user.session.merchant,
        (typed(visit, "present"), typed(visit, "password")),
        user.session.id,
    )
    if fault == "wrong":
        return await _account(visit, user, visit.sentence("The present password is wrong."))
    if fault is not None:
        return await _account(visit, user, fault_sentence(visit, fault))
    return redirect_with_message(visit, _ME, FlashMessage("password_changed"))


@staff_page("POST", _ME + "/sessions")
async def end_sessions(visit: Visit, user: StaffUser) -> web.Response:
    """End one other session, or all others."""
    only = visit.form.text("session", 64) or None
    await visit.services.staff.users.end_sessions(
        user.merchant, user.id, user.actor, only=only, keep=user.session.id
    )
    return redirect_with_message(visit, _ME, FlashMessage("sessions_ended"))


@staff_page("GET", _FACTOR)
async def show_second_factor(visit: Visit, user: StaffUser) -> web.Response:
    """The picture for an app and the form for its first code."""
    return await _enrolment(visit, user)


@staff_page("POST", _FACTOR)
async def add_second_factor(visit: Visit, user: StaffUser) -> web.Response:
    """Switch it on by the first code. The recovery codes are shown this once."""
    visit.services.operations.rate_limiter.consume(visit.request, "sign_ins", user.id)
    codes = await visit.services.staff.second_factor.confirm(
        user.merchant, user.id, visit.form.text("code", 20), user.actor
    )
    if codes is None:
        return await _enrolment(visit, user, visit.sentence("It is not the code of this moment."))
    return render(visit, "account/recovery.html", codes=codes)


async def _enrolment(visit: Visit, user: StaffUser, error: str = "") -> web.Response:
    begun = await visit.services.staff.second_factor.begin(user.merchant, user.id)
    if begun is None:
        return redirect(_ME)
    picture = Markup(segno.make(begun.uri, error="m").svg_inline(border=2, omitsize=True, svgclass="qr"))
    groups = " ".join(begun.secret[at : at + 4] for at in range(0, len(begun.secret), 4))
    return render(
        visit,
        "account/second_factor.html",
        status=422 if error else 200,
        picture=picture,
        secret=groups,
        error=error,
    )


async def _account(visit: Visit, user: StaffUser, error: str = "") -> web.Response:
    sessions = await visit.services.staff.users.sessions(user.merchant, user.id)
    return render(
        visit,
        "account/me.html",
        status=422 if error else 200,
        sessions=sessions or [],
        languages_of_pages=[*NAMES.items()],
        zones=[(zone, zone) for zone in sorted(ZONES)],
        error=error,
    )
