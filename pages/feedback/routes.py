"""`/feedback/{token}`: how did it go? GET changes nothing; one button keeps a score; a comment may follow."""

from typing import Final

from aiohttp import web

from api.http.problems import Problem
from pages.web.brands import branded
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.visit import Visit
from services.orders.feedback import FeedbackLink

_MAX_COMMENT: Final = 2000


@page("GET", "/feedback/{token}")
async def feedback_page(visit: Visit) -> web.Response:
    """The question with one button for each score, or thanks and room for a comment.

    `?score=`: the score of a letter's link, which one button keeps: programs open the links of every mail.
    """
    link = await _link(visit)
    found = await visit.services.orders.feedback.read(link)
    if found is None:
        raise Problem("not_found")
    visit = await branded(visit, link.order.merchant, locale=found.locale, zone=found.zone)
    wanted = visit.query.number("score")
    return render(
        visit,
        "feedback/page.html",
        asked=found,
        wanted=wanted if wanted in found.scores else None,
        page=visit.request.path,
        limit=_MAX_COMMENT,
    )


@page("POST", "/feedback/{token}")
async def give_feedback(visit: Visit) -> web.Response:
    """Keep the score, or the comment to one that was kept before. A repetition changes nothing."""
    link = await _link(visit)
    score, comment = visit.form.number("score"), visit.form.text("comment", _MAX_COMMENT)
    if score is not None or comment:
        await visit.services.orders.feedback.give(link, score, comment)
    return redirect(f"/feedback/{visit.path['token']}")


async def _link(visit: Visit) -> FeedbackLink:
    """Raises Problem for a link that is not good."""
    link = await visit.services.orders.feedback.find(visit.path["token"])
    if link is None:
        raise Problem("not_found")
    visit.count_link(link.order.merchant, link.order.id)
    return link
