"""`/o/{token}/preferences`: which messages the customer gets by which way, and in which language."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from domain.branding import BrandLocale
from pages.customer_order.opened import OpenedOrder, opened
from pages.web.catalogues import NAMES
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.visit import LANGUAGE_COOKIE, Visit
from services.notifications.choice_page import SentChoices

_LANGUAGES: Final[Mapping[str, BrandLocale]] = {"en": "en", "de": "de", "zh-Hans": "zh-Hans"}
_NAME: Final = 40  # characters of a choice's name


@page("GET", "/o/{token}/preferences")
async def get_preferences_page(visit: Visit) -> web.StreamResponse:
    """What the customer is sent, one box for each way, and what they agreed to and when. Opening it changes nothing."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    found = await visit.services.customers.choices.of(order.order)
    reader = await order.reader()
    return render(
        reader,
        "customer_order/preferences.html",
        number=order.linked.number,
        found=found,
        push=await visit.services.customers.push.offer(order.order),
        names=NAMES,
        language=_known(found.language),
        kept=visit.query.checked("kept"),
    )


@page("POST", "/o/{token}/preferences", limit=8192)
async def keep_preferences(visit: Visit) -> web.StreamResponse:
    """Keep what was changed on the form. The same form again changes nothing."""
    order = await opened(visit)
    if not isinstance(order, OpenedOrder):
        return order
    form = visit.form
    language = _LANGUAGES.get(form.text("language", _NAME))
    changed = language is not None and language != form.text("shown_language", _NAME)
    sent = SentChoices(form.many("shown", _NAME), form.many("allowed", _NAME), language if changed else None)
    await visit.services.customers.choices.choose(order.order, sent)
    answer = redirect(f"{order.address}/preferences?kept=1")
    if changed:  # this page is to be in it too, whatever was chosen below a page before
        answer.del_cookie(LANGUAGE_COOKIE)
    return answer


def _known(locale: str) -> str:
    """The language of ours that it is; empty for one that only the shop's own letters have."""
    parts = locale.replace("_", "-").split("-")
    return next((tag for tag in NAMES if tag.split("-")[0] == parts[0].lower()), "")
