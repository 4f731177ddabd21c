"""What a form has done, in one line of the page that comes after it: kept in a cookie for that page, and shown once."""

import base64
import hmac
import json
from dataclasses import astuple, dataclass
from typing import Final

from aiohttp import web

from pages.web.rendering import redirect
from pages.web.session_cookie import is_https, session_token
from pages.web.visit import Visit

DONE_COOKIE: Final = "smot_done"
_SECONDS: Final = 60  # for which the browser keeps a line that no page has shown
_LONGEST: Final = 120  # characters of a name


@dataclass(frozen=True)
class DoneLine:
    """What was done. deed: a name of `design/done.html`. order: the shop's number. what, who: to what, for whom."""

    deed: str
    order: str = ""
    what: str = ""
    who: str = ""


def go_on(visit: Visit, address: str, done: DoneLine) -> web.Response:
    """After a form of the console: go on to that page, which says in one line what was done.

    Nothing of it is in the address. The cookie is bound to the session: no other site can put words on a page.
    """
    answer, path = redirect(address), address.partition("?")[0]
    parts = [path, *(text[:_LONGEST] for text in astuple(done))]
    answer.set_cookie(
        DONE_COOKIE,
        _signed(visit, json.dumps(parts, ensure_ascii=False)),
        path=path,
        max_age=_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=is_https(visit),
    )
    return answer


def kept_line(visit: Visit) -> DoneLine | None:
    """The line that this visit's page is to show; None for none, or for one that this server did not write."""
    sent = visit.request.cookies.get(DONE_COOKIE, "")
    if not sent or visit.request.method != "GET":
        return None
    try:
        text = base64.urlsafe_b64decode(sent.partition(".")[0] + "==").decode()
        genuine = hmac.compare_digest(_signed(visit, text).encode(), sent.encode())
    except ValueError:  # no text, or a cookie in another encoding
        return None
    if not genuine:
        return None
    path, *parts = json.loads(text)
    return DoneLine(*parts) if path == _path(visit) else None


def forget_line(visit: Visit, answer: web.StreamResponse) -> None:
    """After a page has shown its line: take it away from the browser. A stream or a file shows none."""
    if answer.content_type == "text/html":
        answer.del_cookie(
            DONE_COOKIE, path=_path(visit), httponly=True, samesite="Lax", secure=is_https(visit)
        )


def _path(visit: Visit) -> str:
    return visit.request.rel_url.raw_path


def _signed(visit: Visit, text: str) -> str:
    encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    mark = hmac.digest(session_token(visit).encode(), b"done " + text.encode(), "sha256").hex()[:32]
    return f"{encoded}.{mark}"
