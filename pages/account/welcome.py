"""`/agents/welcome/{token}`: a user chooses a password by a one-time link."""

from urllib.parse import quote

from aiohttp import web

from api.http.problems import Problem
from pages.account.passwords import fault_sentence, typed
from pages.web.kept_forms import ADDRESS_COOKIE, SIGN_IN
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.visit import Visit

_PATH = "/agents/welcome/{token}"
_MINUTES = 10  # for which the sign-in page knows the address


@page("GET", _PATH)
async def show_welcome(visit: Visit) -> web.Response:
    """The form, for a link that is open. To open the page changes nothing."""
    return await _form(visit)


@page("POST", _PATH)
async def choose_first_password(visit: Visit) -> web.Response:
    """Set the password; the link ends by it. The sign-in page says so and knows the address: by a cookie, never by a URL."""
    if typed(visit, "password") != typed(visit, "repeated"):
        return await _form(visit, visit.sentence("The two passwords differ."))
    found = await visit.services.staff.users.accept(visit.path["token"], typed(visit, "password"))
    if found is None:
        raise Problem("link_ended")
    if isinstance(found, str):
        return await _form(visit, fault_sentence(visit, found))
    answer = redirect(f"{SIGN_IN}?shop={quote(found.merchant, safe='')}")
    ADDRESS_COOKIE.give(visit, answer, quote(found.email or "", safe=""), _MINUTES * 60)
    return answer


async def _form(visit: Visit, error: str = "") -> web.Response:
    user = await visit.services.staff.users.invited(visit.path["token"])
    if user is None:
        raise Problem("link_ended")
    status = 422 if error else 200
    return render(
        visit.read_as(locale=user.locale), "account/welcome.html", status=status, invited=user, error=error
    )
