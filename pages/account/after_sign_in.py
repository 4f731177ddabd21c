"""The page after a sign-in: the one that was wanted, the form that was kept, or the form for a code."""

from dataclasses import replace

from aiohttp import web

from pages.web.kept_forms import SHOP_COOKIE, KeptForm, show_again
from pages.web.rendering import redirect, render
from pages.web.staff import StaffUser, csrf_of, read_as_user
from pages.web.visit import Visit
from services.staff.sign_in import SignedIn

_SHOP_AGE = 365 * 24 * 3600  # seconds


def remember_shop(visit: Visit, answer: web.StreamResponse, shop: str) -> None:
    """Have the next sign-in page of this browser name the shop."""
    SHOP_COOKIE.give(visit, answer, shop, _SHOP_AGE)


def opened_page(visit: Visit, opened: SignedIn, kept: KeptForm, wanted: str) -> web.Response:
    """The page that was wanted, or the form that was kept, for one more press of a button."""
    if not kept.path:
        return redirect(wanted)
    user = StaffUser(opened.session, csrf_of(opened.token))
    return show_again(read_as_user(visit, user), kept, status=200)


def code_page(visit: Visit, kept: KeptForm, wanted: str, error: str = "", status: int = 200) -> web.Response:
    """The form for the code of the second factor."""
    return render(
        replace(visit, csrf=""), "account/code.html", status=status, kept=kept, next=wanted, error=error
    )
