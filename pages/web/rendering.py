"""Renders a screen's template in the reader's language: escaped, complete, with the design's macros as `ui`."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from aiohttp import web
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.environment import TemplateModule

from adapters.messages.catalogues import SOURCE, Catalogue
from adapters.messages.formatting import MessageFormatter
from adapters.messages.locales import choose_catalogue, format_locale
from pages.web.catalogues import NAMES, catalogue_of, read_screens
from pages.web.moments import Moments
from pages.web.page_headers import PAGE_HEADERS
from pages.web.static_files import PAGES, StaticFiles
from pages.web.visit import LANGUAGE_COOKIE, Visit

log = logging.getLogger(__name__)
_COOKIE_AGE = 365 * 24 * 3600
_PHRASES_KEPT = 1000  # by language, zone and template: a few milliseconds to make each


class ScreenRenderer:
    """Templates, catalogues and static files of all screens, read once."""

    def __init__(self) -> None:
        self.static = StaticFiles()
        self.catalogues = read_screens()
        self._templates = Environment(
            loader=FileSystemLoader(PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._phrases_of = lru_cache(maxsize=_PHRASES_KEPT)(self._make_phrases)

    def formatter(self, visit: Visit) -> MessageFormatter:
        """The texts and forms of that reader."""
        name = choose_catalogue(visit.locale, self.catalogues)
        return _formatter(catalogue_of(self.catalogues, name, visit.screen), visit)

    def html(self, visit: Visit, template: str, variables: Mapping[str, Any]) -> str:
        """The page in the reader's language, or in English where a sentence has no translation."""
        name = choose_catalogue(visit.locale, self.catalogues)
        try:
            return self.html_in(name, visit, template, variables)
        except LookupError as missing:
            if name == SOURCE:
                raise
            log.error("a page is shown in English instead: %s in %s has no %s", template, name, missing)
            return self.html_in(SOURCE, visit, template, variables)

    def html_in(self, name: str, visit: Visit, template: str, variables: Mapping[str, Any]) -> str:
        """In that language. Raises LookupError for a sentence without a translation."""
        screen = template.partition("/")[0]
        formatter = _formatter(catalogue_of(self.catalogues, name, screen), visit)
        frame = {**self._frame(visit, formatter), **visit.frame, **variables}
        frame["phrases_of"] = partial(
            self._phrases_of, formatter.catalogue.name, formatter.formats, visit.zone
        )
        frame["ui"] = self._templates.get_template("design/macros.html").make_module(frame)
        return self._templates.get_template(template).render(frame)

    def _make_phrases(self, language: str, formats: Locale, zone: str, template: str) -> TemplateModule:
        """The macros of a template that holds phrases only: the same for all who read that language in that zone."""
        formatter = MessageFormatter(catalogue_of(self.catalogues, language, "design"), formats, zone)
        functions = {**formatter.template_functions(), **Moments(formats, zone).functions()}
        return self._templates.get_template(template).make_module(functions)

    def _frame(self, visit: Visit, formatter: MessageFormatter) -> dict[str, Any]:
        lang = str(formatter.formats).replace("_", "-").removesuffix("-001")
        return {
            **formatter.template_functions(),
            **Moments(formatter.formats, visit.zone).functions(),
            "lang": lang,
            "dir": "rtl" if formatter.rtl or visit.frame.get("mirrored") else "ltr",
            "separator": formatter.catalogue.sentence_separator,
            "languages": [(tag, own) for tag, own in NAMES.items() if not lang.startswith(tag)],
            "brand": visit.brand,
            "csrf": visit.csrf,
            "here": visit.request.path,
            "embedded": visit.embedded,
            "asset": self.static.address,
        }


@lru_cache(maxsize=1)
def screen_renderer() -> ScreenRenderer:
    """The renderer of this process."""
    return ScreenRenderer()


def render(
    visit: Visit,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **variables: Any,
) -> web.Response:
    """The page of a template, `find/form.html`, with these variables."""
    text = visit.renderer.html(visit, template, variables)
    answer = web.Response(
        text=text, status=status, content_type="text/html", headers={**PAGE_HEADERS, **(headers or {})}
    )
    chosen = visit.request.query.get("lang")
    if chosen and chosen == visit.chosen_language:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_COOKIE_AGE, httponly=True, samesite="Lax")
    return answer


def redirect(address: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """After a POST: go on to that page of this server by GET, so that a reload repeats nothing."""
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        raise ValueError("a redirect stays on this server")
    return web.Response(status=303, headers={**PAGE_HEADERS, **(headers or {}), "Location": address})


def in_zone(visit: Visit, zone: str) -> Visit:
    """The visit with days and hours of that zone."""
    return replace(visit, zone=zone)


def _formatter(catalogue: Catalogue, visit: Visit) -> MessageFormatter:
    return MessageFormatter(catalogue, format_locale(visit.locale, catalogue.name), visit.zone)
