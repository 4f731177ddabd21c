"""What a form has done, in one line of the page that comes after it: kept in a cookie for that page, and shown once."""

import base64
import hmac
import json
from dataclasses import astuple, dataclass
from typing import Final

from aiohttp import web

from pages.web.cookies import ConsoleCookie
from pages.web.rendering import redirect
from pages.web.session_cookie import session_token
from pages.web.visit import Visit

FLASH_COOKIE: Final = "smot_flash"
_SECONDS: Final = 60  # for which the browser keeps a line that no page has shown
_LONGEST: Final = 120  # characters of a name


@dataclass(frozen=True)
class FlashMessage:
    """What was done. action: a name of `design/flash.html`. order: the shop's number. what, who: to what, for whom."""

    action: str
    order: str = ""
    what: str = ""
    who: str = ""


def redirect_with_message(visit: Visit, address: str, done: FlashMessage) -> web.Response:
    """After a form of the console: go on to that page, which says in one line what was done.

    Nothing of it is in the address. The cookie is bound to the session: no other site can put words on a page.
    """
    answer, path = redirect(address), address.partition("?")[0]
    parts = [path, *(text[:_LONGEST] for text in astuple(done))]
    ConsoleCookie(FLASH_COOKIE, path).give(
        visit, answer, _signed(visit, json.dumps(parts, ensure_ascii=False)), _SECONDS
    )
    return answer


def flash_message_of(visit: Visit) -> FlashMessage | None:
    """The line that this visit's page is to show; None for none, or for one that this server did not write.

    What a script reads in the background, of this or another tab, is not shown as a page, and leaves the line to the page.
    """
    if visit.request.headers.get("Sec-Fetch-Dest", "document") != "document":
        return None
    sent = visit.request.cookies.get(FLASH_COOKIE, "")
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
    return FlashMessage(*parts) if path == _path(visit) else None


def delete_flash_message(visit: Visit, answer: web.StreamResponse) -> None:
    """After a page has shown its line: take it away from the browser. A stream or a file shows none."""
    if answer.content_type == "text/html":
        ConsoleCookie(FLASH_COOKIE, _path(visit)).delete(visit, answer)


def _path(visit: Visit) -> str:
    return visit.request.rel_url.raw_path


def _signed(visit: Visit, text: str) -> str:
    encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    mark = hmac.digest(session_token(visit).encode(), b"done " + text.encode(), "sha256").hex()[:32]
    return f"{encoded}.{mark}"
