"""The cookie of a staff session: given, taken away, and whether it may leave by HTTPS alone."""

from typing import Final

from aiohttp import web

from domain.staff.accounts import SESSION_LIFE
from pages.web.kept_forms import CONSOLE
from pages.web.visit import Visit
from services.staff.sign_in import SignedIn

SESSION_COOKIE: Final = "smot_session"


def session_token(visit: Visit) -> str:
    """The token that the browser sent; empty for none."""
    return visit.request.cookies.get(SESSION_COOKIE, "")


def set_session(visit: Visit, answer: web.StreamResponse, signed_in: SignedIn) -> None:
    """Give the browser the token of a session. Scripts cannot read it, and forms of other sites do not send it."""
    answer.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        path=CONSOLE,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=is_https(visit),
    )


def forget_session(visit: Visit, answer: web.StreamResponse) -> None:
    """Take the token away from the browser."""
    answer.del_cookie(SESSION_COOKIE, path=CONSOLE, httponly=True, samesite="Lax", secure=is_https(visit))


def is_https(visit: Visit) -> bool:
    """Whether the browser came by HTTPS. Behind a proxy its header says so.

    Who invents that header only keeps an own cookie from an insecure address.
    """
    forwarded = visit.request.headers.get("X-Forwarded-Proto", "")
    return visit.request.secure or forwarded.partition(",")[0].strip().lower() == "https"
