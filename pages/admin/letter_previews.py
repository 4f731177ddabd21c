"""Every letter about a sample order, in the merchant's looks and in each language. Nothing is sent."""

from typing import Final, get_args

from aiohttp import web

from api.http.problems import Problem
from domain.model.notice import NoticeKind
from pages.admin.frame import ADMIN, ADMINS, show
from pages.admin.mailbox import LETTER_POLICY
from pages.web.catalogues import NAMES
from pages.web.page_headers import PAGE_HEADERS
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.notifications.letter_previews import LetterPreview

_PATH = f"{ADMIN}/branding/letters"
_LETTERS: Final[tuple[str, ...]] = get_args(NoticeKind)


@staff_page("GET", _PATH, roles=ADMINS)
async def show_previews(visit: Visit, user: StaffUser) -> web.Response:
    """One letter, chosen by the fields of the address."""
    found = await _preview(visit, user)
    return show(visit, "letter_previews", "looks", preview=found, letters=_LETTERS, names=NAMES)


@staff_page("GET", _PATH + "/html", roles=ADMINS)
async def show_preview_html(visit: Visit, user: StaffUser) -> web.Response:
    """The letter as a mail program shows it, for a frame."""
    found = await _preview(visit, user)
    headers = {**PAGE_HEADERS, "Content-Security-Policy": LETTER_POLICY}
    return web.Response(text=found.html, content_type="text/html", headers=headers)


async def _preview(visit: Visit, user: StaffUser) -> LetterPreview:
    letter = visit.query.choice("letter", _LETTERS) or _LETTERS[0]
    locale = visit.query.choice("locale", NAMES) or visit.locale
    previews, sample = visit.services.merchants.letter_previews, visit.query.number("sample") or 0
    found = await previews.show(user.merchant, letter, locale, sample)
    if found is None and sample:  # of the letter that was shown before
        found = await previews.show(user.merchant, letter, locale)
    if found is None:
        raise Problem("not_found")
    return found
