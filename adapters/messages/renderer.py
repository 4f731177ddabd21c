"""The renderer: a notice in the reader's language as text, HTML and a short text, by templates that are compiled once."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from mjml import mjml2html
from pydantic import ValidationError

from adapters.messages.catalogues import SOURCE, Catalogue, read_catalogues
from adapters.messages.formatting import MessageFormatter
from adapters.messages.locales import choose_catalogue, format_locale
from adapters.messages.parts import QR, MessageBody, answer_links, frame, short_text, subject_with_order
from domain.model.notice import Notice
from ports.messages import InlinePicture, MessageRecipient, RenderedMessage, RenderError

_HERE = Path(__file__).parent
CATALOGUES, TEMPLATES = _HERE / "catalogues", _HERE / "templates"
log = logging.getLogger(__name__)


class TemplateRenderer:
    """The port `MessageRenderer` on templates and catalogues.

    folders: more of both, with precedence over our own; a file `fr.po` adds French.
    Raises RenderError for a file that cannot be read; `preflight` finds the errors that would appear while rendering.
    """

    def __init__(self, *folders: Path) -> None:
        self._catalogues = read_catalogues([*folders, CATALOGUES])
        loader = FileSystemLoader([*folders, TEMPLATES])
        self._plain = _environment(loader, html=False)
        try:
            self._text = self._plain.get_template("message.txt")
            # Customers' text is inserted into the finished HTML, escaped; the MJML compiler never gets it.
            mjml = loader.get_source(self._plain, "message.mjml")[0]
            self._html = _environment(loader, html=True).from_string(mjml2html(mjml, fonts={}))
        except (TemplateError, ValueError, OSError) as problem:
            raise RenderError(f"the message frame is wrong: {problem}") from problem

    @property
    def locales(self) -> tuple[str, ...]:
        """The names of all catalogues."""
        return tuple(sorted(self._catalogues))

    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        """See the port."""
        return self._render_with_fallback([(notice, recipient)], digest=False)

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        """See the port."""
        if not notices:
            raise ValueError("a digest without notices")
        return self._render_with_fallback(notices, digest=True)

    def _render_with_fallback(
        self, notices: Sequence[tuple[Notice, MessageRecipient]], *, digest: bool
    ) -> RenderedMessage:
        locale = choose_catalogue(notices[0][1].locale, self._catalogues)
        try:
            return self.render_in(locale, notices, digest=digest)
        except RenderError as problem:
            if locale == SOURCE:
                raise
            log.error("a message is sent in English instead: %s", problem)
            return self.render_in(SOURCE, notices, digest=digest)

    def render_in(
        self, locale: str, notices: Sequence[tuple[Notice, MessageRecipient]], *, digest: bool = False
    ) -> RenderedMessage:
        """In that language, without falling back to English. Raises RenderError naming kind and language."""
        kind = "digest" if digest else notices[0][0].kind
        try:
            return self._render(self._catalogues[locale], notices, digest)
        except Exception as problem:
            raise RenderError(f'"{kind}" in {locale}: {_describe(problem)}') from problem

    def _render(
        self, catalogue: Catalogue, notices: Sequence[tuple[Notice, MessageRecipient]], digest: bool
    ) -> RenderedMessage:
        notice, recipient = notices[0]
        formatter = _formatter(catalogue, recipient)
        if digest:
            items = [self._item(catalogue, one, reader) for one, reader in notices]
            body = self._body("digest", formatter, {"count": len(items)}, {"items": items})
        else:
            body = self._body(notice.kind, formatter, notice.details, {"items": []})
        variables = frame(body, formatter, recipient, several=digest)
        return RenderedMessage(
            subject=str(variables["subject"]),
            text=self._text.render(variables),
            html=self._html.render(variables),
            short_text=short_text(body, formatter, recipient, several=digest),
            locale=catalogue.name,
            pictures=_pictures(recipient),
        )

    def _item(self, catalogue: Catalogue, notice: Notice, recipient: MessageRecipient) -> dict[str, Any]:
        """One notice of a digest: a heading, a paragraph, and the answers that it asks for."""
        formatter = _formatter(catalogue, recipient)
        body = self._body(notice.kind, formatter, notice.details, {"items": []})
        heading = subject_with_order(body.subject, formatter, recipient)
        sentences = [*body.letter, *body.happened, *body.we_do, *body.you_can, body.next]
        text = catalogue.sentence_separator.join(filter(None, sentences))
        answers = answer_links(formatter, recipient)
        order = (formatter.text("See your order"), recipient.order_url) if recipient.order_url else None
        return {"heading": heading, "text": text, "answers": answers, "order": order}

    def _body(
        self, kind: str, formatter: MessageFormatter, details: dict[str, Any], more: dict[str, Any]
    ) -> MessageBody:
        """The output of the kind's template. A detail that the template uses without a test and that is missing is an error."""
        template = self._plain.get_template(f"kinds/{kind}.j2")
        module = template.make_module({**formatter.template_functions(), "details": details, **more})
        return MessageBody.of(module, formatter, details)


def _pictures(recipient: MessageRecipient) -> tuple[InlinePicture, ...]:
    logo = [recipient.logo.inline] if recipient.logo else []
    code = [InlinePicture(content_id=QR, content=recipient.code.png)] if recipient.code else []
    return (*logo, *code)


def _formatter(catalogue: Catalogue, recipient: MessageRecipient) -> MessageFormatter:
    return MessageFormatter(catalogue, format_locale(recipient.locale, catalogue.name), recipient.zone)


def _describe(problem: Exception) -> str:
    """The error without text from outside: pydantic repeats the value that it refuses."""
    if isinstance(problem, ValidationError):
        return type(problem).__name__
    return f"no entry for {problem}" if isinstance(problem, KeyError) else str(problem)


def _environment(loader: FileSystemLoader, *, html: bool) -> Environment:
    return Environment(
        loader=loader,
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=not html,
    )
