"""Letters: what left, what waits, what no channel took; each as it was sent, and a dead one sent again."""

import secrets
from datetime import timedelta
from typing import Final

from aiohttp import web

from api.http.problems import Problem
from domain.actors import STAFF
from pages.admin.frame import ADMIN, page_of, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.page_headers import PAGE_HEADERS
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.clock import real_now
from services.orders.history import NoticeDetail
from services.replays.notices import NoticeFilter, Status, TooManyCopies
from services.replays.replayer import Replayer

_PATH = f"{ADMIN}/mailbox"
_SAME_CLOCK: Final = timedelta(minutes=1)
_STATUSES: Final[tuple[Status, ...]] = ("sent", "queued", "held", "dead", "dropped")
# A letter has styles of its own and nothing from elsewhere. It is shown in a frame of this page, without scripts and forms.
LETTER_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)


@staff_page("GET", _PATH, roles=STAFF)
async def list_letters(visit: Visit, user: StaffUser) -> web.Response:
    """Notices of one status, the oldest first."""
    named = visit.query.text("status", 20)
    status: Status = next((one for one in _STATUSES if one == named), "sent")
    page = await visit.services.orders.notice_replays.page(
        user.merchant, NoticeFilter(status=status), page_of(visit)
    )
    ids = {one.order for one in page.items}
    orders = await visit.services.console.names.of(user.merchant, ids, with_customers=True)
    ahead = await visit.services.console.queue.now(user.merchant) - real_now()
    return show(
        visit,
        "mailbox",
        "mailbox",
        notices=page,
        statuses=_STATUSES,
        status_shown=status,
        orders=orders,
        other_clock=abs(ahead) > _SAME_CLOCK,
    )


@staff_page("GET", _PATH + "/{notice}", roles=STAFF)
async def show_letter(visit: Visit, user: StaffUser) -> web.Response:
    """One notice with its letters."""
    notice, click = await _notice(visit, user), secrets.token_urlsafe(12)
    return show(visit, "letter", "mailbox", notice=notice, click=click)


@staff_page("GET", _PATH + "/{notice}/html/{number}", roles=STAFF)
async def show_letter_html(visit: Visit, user: StaffUser) -> web.Response:
    """A letter as a mail program shows it, for a frame."""
    letters, number = (await _notice(visit, user)).letters, visit.path["number"]
    if not number.isdecimal() or int(number) >= len(letters) or not letters[int(number)].html:
        raise Problem("not_found")
    headers = {**PAGE_HEADERS, "Content-Security-Policy": LETTER_POLICY}
    return web.Response(text=letters[int(number)].html, content_type="text/html", headers=headers)


@staff_page("POST", _PATH + "/{notice}", roles=STAFF)
async def send_letter_again(visit: Visit, user: StaffUser) -> web.Response:
    """Send a letter again, once for each form; it is judged again first."""
    notice, click = await _notice(visit, user), visit.form.text("click", 40)
    by, replays = Replayer(user.actor, visit.form.text("reason", 500)), visit.services.orders.notice_replays
    if len(by.reason) < 3:
        raise Problem("refused", "A reason of three letters or more is needed.")
    try:
        queued = await replays.send_again(user.merchant, notice.id, by, click)
    except TooManyCopies:
        raise Problem("refused", "It was sent again three times within a day.") from None
    if queued is None:
        raise Problem("not_found")
    return redirect_with_message(visit, f"{_PATH}/{queued}", FlashMessage("letter_sent_again"))


async def _notice(visit: Visit, user: StaffUser) -> NoticeDetail:
    number = visit.path["notice"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Problem("not_found")
    found = await visit.services.orders.history.notice(user.merchant, int(number))
    if found is None:
        raise Problem("not_found")
    return found
