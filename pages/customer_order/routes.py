"""`/o/{token}`: the order's page, its letters, its calendar file, and what the customer does on it."""

from aiohttp import web

from api.http.problems import Problem
from domain.journey.customer_questions import ANSWERS, Answer, QuestionKind
from pages.customer_order.calendar import calendar_of
from pages.customer_order.live import stream
from pages.customer_order.opened import OpenedOrder, opened
from pages.customer_order.shown import shown
from pages.web.goods_pictures import goods_pictures
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.visit import Visit

_MAX_EVIDENCE = 2000


@page("GET", "/o/{token}")
async def get_order_page(visit: Visit) -> web.StreamResponse:
    """The order: its date, what happens now and next, questions, timeline, money, contents."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    found = await order.page(visit.query.text("package", 64))
    feedback, _ = await visit.services.orders.feedback.of_order(order.order)
    if "HX-Request" not in visit.request.headers:  # the page itself, not its renewal by script
        await visit.services.merchants.figures.count_view(order.order.merchant, order.order.id)
    push = await visit.services.customers.push.offer(order.order)
    pictures = goods_pictures(found.details.lines)
    return render(
        await order.reader(),
        "customer_order/page.html",
        headers=pictures.headers,
        feedback=feedback,
        push=push,
        pictures=pictures.addresses,
        **shown(found),
    )


@page("GET", "/o/{token}/live", timeout=None)
async def get_order_stream(visit: Visit) -> web.StreamResponse:
    """The middle of the page each time that the order changes, as server-sent events."""
    order = await opened(visit)
    return await stream(order) if isinstance(order, OpenedOrder) else order


@page("POST", "/o/{token}/answers")
async def answer_question(visit: Visit) -> web.StreamResponse:
    """Give the pressed button's answer, `kind/subject/answer`. A repetition, or one that came too late, changes nothing."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    kind, subject, answer = _pressed(visit.form.text("answer", 200))
    text = visit.form.text("text", _MAX_EVIDENCE)
    await visit.services.orders.letter_answers.answer_on_page(order.order, (kind, subject), answer, text)
    return redirect(order.address)


@page("POST", "/o/{token}/cancel")
async def cancel_on_page(visit: Visit) -> web.StreamResponse:
    """Cancel the order, while no carrier has it."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    await visit.services.orders.letter_answers.cancel_order(order.order)
    return redirect(order.address)


@page("GET", "/o/{token}/letters")
async def get_letters_page(visit: Visit) -> web.StreamResponse:
    """Every letter about the order, to be read again."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    found = await order.page()
    letters = await visit.services.orders.pages.sent_letters(order.order)
    return render(await order.reader(), "customer_order/letters.html", letters=letters, order=found.details)


@page("GET", "/o/{token}/calendar.ics")
async def get_calendar_file(visit: Visit) -> web.StreamResponse:
    """The dates that are to come, for the customer's calendar."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    found = await order.page()
    return calendar_of(await order.reader(), found)


def _pressed(text: str) -> tuple[QuestionKind, str, Answer]:
    """Of a button's value. Raises Problem for one that no page has."""
    kind, _, rest = text.partition("/")
    subject, _, answer = rest.rpartition("/")
    for known, answers in ANSWERS.items():
        for possible in answers:
            if (known, possible) == (kind, answer):
                return known, subject, possible
    raise Problem("bad_request", "The page has no such answer.")
