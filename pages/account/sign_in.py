"""`/agents/sign-in`: address and password, then the code of the second factor; `/agents/sign-out`."""

from aiohttp import web

from api.http.problems import Problem
from domain.staff.devices import device_of
from pages.account.after_sign_in import code_page, opened_page, remember_shop
from pages.web.kept_forms import (
    ADDRESS_COOKIE,
    KEPT_LIMIT,
    SIGN_IN,
    KeptForm,
    carried_form,
    own_address,
    show_sign_in,
)
from pages.web.rendering import redirect
from pages.web.routes import page
from pages.web.session_cookie import forget_session, set_session
from pages.web.staff import StaffUser, session_of, staff, staff_page
from pages.web.visit import Visit

_CODE = SIGN_IN + "/code"


@page("GET", SIGN_IN)
async def show_sign_in_page(visit: Visit) -> web.Response:
    """The form; who has signed in goes on."""
    goes_on = own_address(visit.query.text("next"))
    if await staff(visit) is not None:
        return redirect(goes_on)
    return await show_sign_in(visit, next_address=goes_on)


@page("POST", SIGN_IN, limit=KEPT_LIMIT)
async def sign_in(visit: Visit) -> web.Response:
    """Open a session. What is wrong is not said."""
    service, limiter = visit.services.staff.sign_in, visit.services.operations.rate_limiter
    shop, email = visit.form.text("shop", 64), visit.form.text("email", 254)
    try:
        limiter.consume_sign_in(visit.request, service.account_of(shop, email))
    except Problem as problem:
        return await _again(visit, visit.sentence("Too many attempts. Please wait a few minutes."), problem)
    device = device_of(visit.request.headers.get("User-Agent", ""))
    opened = await service.sign_in(shop, email, _password(visit), device)
    if opened is None:
        wrong = visit.sentence("Shop, e-mail address or password is wrong.")
        return await _again(visit, wrong, Problem("sign_in_refused"))
    if opened.session.level == "full":
        answer = opened_page(visit, opened, carried_form(visit), _next(visit))
    elif (kept := carried_form(visit)).path:
        answer = code_page(visit, kept, _next(visit))
    else:
        answer = redirect(f"{_CODE}?next={_next(visit)}")
    set_session(visit, answer, opened)
    ADDRESS_COOKIE.delete(visit, answer)
    remember_shop(visit, answer, shop)
    return answer


@page("GET", _CODE)
async def show_code_page(visit: Visit) -> web.Response:
    """The form for the code, after the password."""
    half = await session_of(visit)
    if half is None or half.level == "full":
        return redirect(SIGN_IN)
    return code_page(visit, KeptForm(), _next(visit))


@page("POST", _CODE, limit=KEPT_LIMIT)
async def take_code(visit: Visit) -> web.Response:
    """Replace the half session by the full one, by the app's code or a recovery code."""
    half, kept = await session_of(visit), carried_form(visit)
    if half is None or half.level == "full":
        return await show_sign_in(visit, kept=kept, next_address=_next(visit))
    try:
        visit.services.operations.rate_limiter.consume(visit.request, "sign_ins", half.user)
    except Problem as problem:
        sentence = visit.sentence("Too many attempts. Please wait a few minutes.")
        return code_page(visit, kept, _next(visit), sentence, problem.status)
    opened = await visit.services.staff.sign_in.confirm(half, visit.form.text("code", 20))
    if opened is None:
        wrong = visit.sentence("It is not the code of this moment.")
        return code_page(visit, kept, _next(visit), wrong, 401)
    answer = opened_page(visit, opened, kept, _next(visit))
    set_session(visit, answer, opened)
    return answer


@staff_page("POST", "/agents/sign-out")
async def sign_out(visit: Visit, user: StaffUser) -> web.Response:
    """End the session of this browser."""
    await visit.services.staff.sign_in.sign_out(user.session)
    answer = redirect(SIGN_IN)
    forget_session(visit, answer)
    return answer


async def _again(visit: Visit, sentence: str, problem: Problem) -> web.Response:
    kept, goes_on = carried_form(visit), _next(visit)
    return await show_sign_in(visit, kept=kept, next_address=goes_on, error=sentence, status=problem.status)


def _next(visit: Visit) -> str:
    return own_address(visit.form.text("next") or visit.query.text("next"))


def _password(visit: Visit) -> str:
    """As it was typed: blanks at its ends belong to it."""
    return next(iter(visit.form.all_values().get("password", ())), "")[:512]
