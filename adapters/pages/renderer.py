"""The renderer of customers' pages: in the reader's language, by templates that are compiled once."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.messages.catalogues import SOURCE, Catalogue, read_catalogues
from adapters.messages.formatting import MessageFormatter
from adapters.messages.locales import choose_catalogue, format_locale
from adapters.messages.renderer import CATALOGUES
from adapters.messages.sanitize import SHORT, sanitize
from ports.messages import RenderError
from ports.pages import AnswerPage, CodePage, PageReader

_HERE = Path(__file__).parent
TEMPLATES = _HERE / "templates"
log = logging.getLogger(__name__)


class TemplatePages:
    """The port `PageRenderer` on templates and catalogues.

    folders: more catalogues, with precedence over our own, as for the letters.
    """

    def __init__(self, *folders: Path) -> None:
        self._catalogues = read_catalogues([*folders, CATALOGUES])
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.stylesheet = (_HERE / "assets/customer.css").read_bytes()

    @property
    def locales(self) -> tuple[str, ...]:
        """The names of all catalogues."""
        return tuple(sorted(self._catalogues))

    def answer_page(self, page: AnswerPage) -> bytes:
        """See the port."""
        return self._page("answer.html", page.reader, {"page": page, "status": page.status})

    def code_page(self, page: CodePage) -> bytes:
        """See the port."""
        return self._page("code.html", page.reader, {"page": page})

    def unknown_link(self, locale: str) -> bytes:
        """See the port."""
        return self._page("unknown_link.html", PageReader(locale=locale), {})

    def unavailable(self, locale: str) -> bytes:
        """See the port."""
        return self._page("unavailable.html", PageReader(locale=locale), {})

    def _page(self, template: str, reader: PageReader, variables: Mapping[str, Any]) -> bytes:
        """The page in the reader's language, or in English where a sentence has no translation."""
        name = choose_catalogue(reader.locale, self._catalogues)
        try:
            return self.render_in(name, template, reader, variables)
        except RenderError as problem:
            if name == SOURCE:
                raise
            log.error("a page is shown in English instead: %s", problem)
            return self.render_in(SOURCE, template, reader, variables)

    def render_in(self, name: str, template: str, reader: PageReader, variables: Mapping[str, Any]) -> bytes:
        """In that language, without falling back to English. Raises RenderError naming template and language."""
        formatter = _formatter(self._catalogues[name], reader)
        frame = {
            "lang": str(formatter.formats).replace("_", "-").removesuffix("-001"),
            "dir": "rtl" if formatter.rtl else "ltr",
            "accent": reader.accent.removeprefix("#"),
            "brand": formatter.untrusted(sanitize(reader.brand, SHORT)),
            "order": formatter.untrusted(sanitize(reader.order_id, SHORT)),
            "separator": formatter.catalogue.sentence_separator,
            "by": lambda instant: _kept_together(formatter.by(instant)),
            "on": lambda instant: _kept_together(formatter.on(instant)),
        }
        functions = formatter.template_functions()
        try:
            return self._templates.get_template(template).render({**functions, **frame, **variables}).encode()
        except LookupError as missing:
            raise RenderError(f'"{template}" in {name}: no entry for {missing}') from missing


def _kept_together(date: str) -> str:
    """A date that no line break divides."""
    return date.replace(" ", "\u00a0")


def _formatter(catalogue: Catalogue, reader: PageReader) -> MessageFormatter:
    return MessageFormatter(catalogue, format_locale(reader.locale, catalogue.name), reader.zone)
