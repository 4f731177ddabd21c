"""Routes of the pages behind letters' links: a question with its answers, and the code of a return.

Programs open the links of every mail before people do. So GET changes nothing, and an answer is a POST.
"""

import hashlib
from urllib.parse import parse_qs

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, Response, endpoint
from api.schemas.claw_backs import MAX_EVIDENCE
from services.journeys import JourneyUnavailable
from services.per_order_limiter import OrderBusy

_PAGE = {
    "Content-Security-Policy": "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex, nofollow",
}
_STYLE = {"Cache-Control": "public, max-age=3600", "Content-Security-Policy": "default-src 'none'"}


@endpoint("GET", "/a/{token}", roles=PUBLIC, tags=("letters",), produces="text/html", other_statuses=(404,))
async def get_answer_page(call: Call[Services]) -> Response[bytes]:
    """The question of a letter with one button for each answer, or what became of it. Opening the page changes nothing."""
    pages = call.services.customers.pages
    link = await call.services.orders.letter_answers.find(call.path["token"])
    if link is None:
        return _unknown(call)
    _count(call, f"{link.claims.merchant}/{link.claims.order}")
    page = await call.services.orders.letter_answers.page(link)
    return Response(pages.answer_page(page), headers=_PAGE) if page else _unknown(call)


@endpoint(
    "POST", "/a/{token}", roles=PUBLIC, status=303, tags=("letters",), produces="text/html", limit=16 * 1024,
    other_statuses=(404, 503),
)  # fmt: skip
async def answer_letter(call: Call[Services], body: bytes) -> Response[bytes]:
    """Give the answer of the link, as the customer, and go on to the page that shows what became of the question.

    A repetition changes nothing. Of the form's fields only `text` is read: what the customer adds as evidence.
    """
    token = call.path["token"]
    link = await call.services.orders.letter_answers.find(token)
    if link is None:
        return _unknown(call)
    _count(call, f"{link.claims.merchant}/{link.claims.order}")
    try:
        await call.services.orders.letter_answers.answer(link, _text(body))
    except (OrderBusy, JourneyUnavailable):
        return _unavailable(call)
    return Response(b"", status=303, headers={**_PAGE, "Location": token})


@endpoint("GET", "/c/{token}", roles=PUBLIC, tags=("letters",), produces="text/html", other_statuses=(404,))
async def get_code_page(call: Call[Services]) -> Response[bytes]:
    """The drop-off code of a return, large, with what to do and until when; or why there is none any more."""
    code_pages = call.services.returns.code_pages
    found = await code_pages.find(call.path["token"])
    if found is None:
        return _unknown(call)
    _count(call, f"{found.order.merchant}/{found.order.id}")
    page = await code_pages.page(found)
    pages = call.services.customers.pages
    return Response(pages.code_page(page), headers=_PAGE) if page else _unknown(call)


@endpoint("GET", "/pages/customer.css", roles=PUBLIC, tags=("letters",), produces="text/css")
async def get_stylesheet(call: Call[Services]) -> Response[bytes]:
    """The style sheet of the customers' pages."""
    style = call.services.customers.pages.stylesheet
    return Response(style, headers={**_STYLE, "ETag": f'"{hashlib.sha256(style).hexdigest()[:16]}"'})


def _text(body: bytes) -> str:
    """The field `text` of the form; empty for a body that is no form."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        return ""
    return fields.get("text", [""])[0].strip()[:MAX_EVIDENCE]


def _count(call: Call[Services], order: str) -> None:
    """One quota for all links of an order: a letter that is shared cannot slow others down."""
    call.services.operations.rate_limiter.consume(call.request, "links", order)


def _unknown(call: Call[Services]) -> Response[bytes]:
    return Response(call.services.customers.pages.unknown_link(_language(call)), status=404, headers=_PAGE)


def _unavailable(call: Call[Services]) -> Response[bytes]:
    page = call.services.customers.pages.unavailable(_language(call))
    return Response(page, status=503, headers={**_PAGE, "Retry-After": "5"})


def _language(call: Call[Services]) -> str:
    """The first language that the browser wants: no order says it."""
    return call.request.headers.get("Accept-Language", "en").split(",")[0].split(";")[0].strip()[:35] or "en"
