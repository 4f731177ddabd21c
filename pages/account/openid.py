"""`/agents/sign-in/oidc`: to the OpenID provider of the shop, and back."""

from typing import Final

from aiohttp import web

from api.http.problems import Problem
from domain.staff.devices import device_of
from domain.staff.openid import ATTEMPT_LIFE
from pages.account.after_sign_in import code_page, opened_page, remember_shop
from pages.web.cookies import ConsoleCookie
from pages.web.kept_forms import KEPT_LIMIT, SIGN_IN, KeptForm, carried_form, own_address, show_sign_in
from pages.web.origins import own_origin
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.session_cookie import set_session
from pages.web.staff import staff
from pages.web.visit import Visit
from ports.openid import OpenIdFault
from services.staff.openid_sign_in import KeptPage, OpenIdBegun, OpenIdOutcome, OpenIdProblem, ReturnedBrowser

_PATH: Final = SIGN_IN + "/oidc"
_LONGEST_CODE: Final = 6000  # characters: some providers put the whole sign-in into it
_STATUS: Final[dict[OpenIdProblem, int]] = {
    "ended": 410,
    "denied": 401,
    "not_believed": 401,
    "no_user": 401,
    "unavailable": 503,
}


@page("POST", _PATH, limit=KEPT_LIMIT)
async def leave_for_provider(visit: Visit) -> web.Response:
    """Send the browser to the provider. A form that was typed waits for it here, sealed.

    The browser goes by `Refresh`: a redirect after a form would be refused by the policy, which lets forms lead to no
    other server.
    """
    shop, kept = visit.form.text("shop", 64), carried_form(visit)
    wanted = KeptPage(next=own_address(visit.form.text("next")), path=kept.path, fields=kept.fields)
    try:
        visit.services.operations.rate_limiter.consume_sign_in_elsewhere(visit.request)
        begun = await visit.services.staff.openid.begin(shop, own_origin(visit.request) + _PATH, wanted)
    except OpenIdFault:
        return await _not_in(visit, OpenIdOutcome("unavailable", shop, wanted))
    except Problem as problem:
        sentence = visit.sentence("Too many attempts. Please wait a few minutes.")
        return await show_sign_in(
            visit, kept=kept, next_address=wanted.next, error=sentence, status=problem.status
        )
    if begun is None:
        return await _not_in(visit, OpenIdOutcome("unavailable", shop, wanted))
    headers = {"Refresh": f"0; url={begun.address}"}
    label = await visit.services.staff.openid_settings.label(shop)
    answer = render(visit, "account/leaving.html", headers=headers, address=begun.address, label=label)
    _bind(visit, answer, begun)
    return answer


@page("GET", _PATH)
async def return_from_provider(visit: Visit) -> web.Response:
    """Back from the provider: a session, the form for a code, or the sign-in page with what was typed."""
    state, query = visit.query.text("state", 100), visit.query
    back = ReturnedBrowser(
        state=state,
        cookie=_cookie(state).of(visit),
        code=query.text("code", _LONGEST_CODE),
        issuer=query.text("iss"),
        error=query.text("error"),
        device=device_of(visit.request.headers.get("User-Agent", "")),
    )
    outcome = await visit.services.staff.openid.finish(back)
    opened, page = outcome.signed_in, outcome.page
    kept, wanted = KeptForm(page.path, page.fields), own_address(page.next)
    if opened is None:
        if outcome.problem == "ended" and await staff(visit) is not None:
            return redirect(wanted)  # the page was loaded again
        return await _not_in(visit, outcome)
    full = opened.session.level == "full"
    answer = opened_page(visit, opened, kept, wanted) if full else code_page(visit, kept, wanted)
    set_session(visit, answer, opened)
    remember_shop(visit, answer, outcome.merchant)
    _cookie(state).delete(visit, answer)
    return answer


async def _not_in(visit: Visit, outcome: OpenIdOutcome) -> web.Response:
    problem = outcome.problem or "ended"
    sentences: dict[OpenIdProblem, str] = {
        "ended": visit.sentence("That sign-in took too long or began in another browser. Please try again."),
        "denied": visit.sentence("The sign-in there was stopped."),
        "not_believed": visit.sentence(
            "The answer of the other sign-in cannot be trusted. Please try again."
        ),
        "no_user": visit.sentence("No user of this shop has that account. An admin of your shop can help."),
        "unavailable": visit.sentence("The other sign-in does not answer at the moment."),
    }
    page = outcome.page
    return await show_sign_in(
        visit,
        shop=outcome.merchant,
        kept=KeptForm(page.path, page.fields),
        next_address=own_address(page.next),
        error=sentences[problem],
        status=_STATUS[problem],
    )


def _cookie(state: str) -> ConsoleCookie:
    """Of one attempt: several tabs may be away at the same time."""
    name = "".join(one for one in state[:16] if one.isascii() and (one.isalnum() or one in "-_"))
    return ConsoleCookie(f"smot_oidc_{name}", _PATH)


def _bind(visit: Visit, answer: web.StreamResponse, begun: OpenIdBegun) -> None:
    """The browser that is away must be the one that comes back. The provider's page leads here by a link: hence Lax."""
    _cookie(begun.state).give(visit, answer, begun.cookie, ATTEMPT_LIFE.total_seconds())
