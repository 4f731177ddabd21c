"""The cookie of a staff session: given, read and taken away."""

from typing import Final

from aiohttp import web

from domain.staff.accounts import SESSION_LIFE
from pages.web.cookies import ConsoleCookie
from pages.web.kept_forms import CONSOLE
from pages.web.visit import Visit
from services.staff.sign_in import SignedIn

_COOKIE: Final = ConsoleCookie("smot_session", CONSOLE)


def session_token(visit: Visit) -> str:
    """The token that the browser sent; empty for none."""
    return _COOKIE.of(visit)


def set_session(visit: Visit, answer: web.StreamResponse, signed_in: SignedIn) -> None:
    """Give the browser the token of a session."""
    _COOKIE.give(visit, answer, signed_in.token, SESSION_LIFE.total_seconds())


def forget_session(visit: Visit, answer: web.StreamResponse) -> None:
    """Take the token away from the browser."""
    _COOKIE.delete(visit, answer)
