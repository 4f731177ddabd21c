"""A calendar file (RFC 5545) with the dates of an order that are to come."""

from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from domain.journey.customer_page.moments import MomentKind
from pages.customer_order.shown import ShownMoment, shown
from pages.web.page_headers import PAGE_HEADERS
from pages.web.visit import Visit
from services.orders.customer_pages import OrderPage

_KINDS: frozenset[MomentKind] = frozenset(
    {"arrives", "answer_until", "return_code_ends", "return_window_ends", "money_arrives"}
)


def calendar_of(visit: Visit, page: OrderPage) -> web.Response:
    """The file, in the reader's language."""
    entries = [
        one for one in shown(page)["moments"] if one.state in ("future", "moved") and one.entry.kind in _KINDS
    ]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//smot//order//EN", "METHOD:PUBLISH"]
    for number, one in enumerate(entries):
        lines += _event(visit, page, one, number)
    text = "\r\n".join([*map(_folded, lines), "END:VCALENDAR", ""])
    headers = {**PAGE_HEADERS, "Content-Disposition": 'attachment; filename="order.ics"'}
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=headers)


def _event(visit: Visit, page: OrderPage, one: ShownMoment, number: int) -> list[str]:
    order = page.details
    title = _title(visit, one.entry.kind, page.shop)
    return [
        "BEGIN:VEVENT",
        f"UID:{_escaped(order.order_id)}-{one.entry.kind}-{one.entry.about or number}@smot",
        f"SEQUENCE:{order.seq}",
        f"DTSTAMP:{_utc(order.as_of)}",
        *_when(one.at),
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(visit.sentence('Order %(order)s', order=order.number))}",
        "END:VEVENT",
    ]


def _title(visit: Visit, kind: MomentKind, shop: str) -> str:
    match kind:
        case "arrives":
            return visit.sentence("Parcel from %(shop)s", shop=shop)
        case "answer_until":
            return visit.sentence("Last day to answer %(shop)s", shop=shop)
        case "return_code_ends":
            return visit.sentence("Hand in the return to %(shop)s", shop=shop)
        case "money_arrives":
            return visit.sentence("Money back from %(shop)s", shop=shop)
        case _:
            return visit.sentence("Last day to send something back to %(shop)s", shop=shop)


def _when(at: datetime | date) -> list[str]:
    if isinstance(at, datetime):
        return [f"DTSTART:{_utc(at - timedelta(hours=1))}", f"DTEND:{_utc(at)}"]
    return [f"DTSTART;VALUE=DATE:{at:%Y%m%d}", f"DTEND;VALUE=DATE:{at + timedelta(days=1):%Y%m%d}"]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """A text value: no line break or separator of it is one of the file's."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Lines have at most 75 bytes; a longer one goes on after a space."""
    parts, rest = [], line
    while len(rest.encode()) > 73:
        cut = 73
        while len(rest[:cut].encode()) > 73:
            cut -= 1
        parts.append(rest[:cut])
        rest = rest[cut:]
    return "\r\n ".join([*parts, rest])
