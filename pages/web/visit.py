"""One request of a person: what they sent, in which language they read, and the use cases that answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from aiohttp import web

from adapters.messages.formatting import MessageFormatter
from api.context import Services
from api.http.languages import wanted_languages
from pages.web.brand import PageBrand
from pages.web.fields import Fields

LANGUAGE_COOKIE = "lang"
_LONGEST_TAG = 35


class VisitRenderer(Protocol):
    """What renders templates for a visit."""

    def formatter(self, visit: "Visit") -> MessageFormatter:
        """The texts and forms of the visit's reader."""

    def html(self, visit: "Visit", template: str, variables: Mapping[str, Any]) -> str:
        """The page of a template."""


@dataclass(frozen=True)
class Visit:
    """What a page's handler gets.

    locale, zone, brand: of the reader; `read_as` sets them once the order or the user is known.
    csrf: the hidden field `csrf` of this page's forms; empty where no session exists.
    screen: the folder of the handler, whose sentences it has.
    embedded: whether this is `smot up`, which has the sandbox and sample pages.
    """

    request: web.Request
    services: Services
    renderer: VisitRenderer
    form: Fields = field(default_factory=Fields)
    query: Fields = field(default_factory=Fields)
    locale: str = "en"
    zone: str = "UTC"
    brand: PageBrand = field(default_factory=PageBrand)
    csrf: str = ""
    embedded: bool = False
    screen: str = ""
    frame: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> Mapping[str, str]:
        """The named parts of the address."""
        return self.request.match_info

    @property
    def chosen_language(self) -> str:
        """The language that the reader chose on a page (`?lang=de`, then a cookie), or empty."""
        tag = self.request.query.get("lang") or self.request.cookies.get(LANGUAGE_COOKIE, "")
        return tag if len(tag) <= _LONGEST_TAG and tag.replace("-", "").isalnum() and tag.isascii() else ""

    def read_as(
        self,
        *,
        locale: str = "",
        zone: str = "",
        brand: PageBrand | None = None,
        csrf: str = "",
        **frame: object,
    ) -> "Visit":
        """The same visit for a known reader. A language that was chosen on a page stays.

        frame: variables that every template of this visit gets, such as the signed-in user.
        """
        return replace(
            self,
            locale=self.chosen_language or locale or self.locale,
            zone=zone or self.zone,
            brand=brand or self.brand,
            csrf=csrf or self.csrf,
            frame={**self.frame, **frame},
        )

    def sentence(self, english: str, **values: str) -> str:
        """The sentence in the reader's language."""
        return self.renderer.formatter(self).text(english, **values)

    def count_link(self, merchant: str, order: str) -> None:
        """Count one request by a link of that order. Raises Problem rate_limited."""
        self.services.operations.rate_limiter.consume(self.request, "links", f"{merchant}/{order}")


def language_of(visit: Visit) -> str:
    """The language of a reader who is not known yet: as chosen on a page, else as the browser wants it."""
    return visit.chosen_language or next(iter(wanted_languages(visit.request)), "en")
