"""Letters: a notice in the reader's language as text, HTML and a line for SMS. Compiled once, used for every notice."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from mjml import mjml2html
from pydantic import ValidationError

from adapters.messages.catalogues import SOURCE, Catalogue, choose_catalogue, format_locale, read_catalogues
from adapters.messages.formatting import MessageFormatter
from adapters.messages.parts import MessageBody, frame, short_text, subject_with_order
from domain.model.notice import Notice
from ports.messages import MessageRecipient, RenderedMessage, RenderError

_HERE = Path(__file__).parent
CATALOGUES, TEMPLATES = _HERE / "catalogues", _HERE / "templates"
log = logging.getLogger(__name__)


class TemplateRenderer:
    """A LetterWriter on templates and catalogues. `folders`: more of both, looked at before our own; `fr.po` adds French.

    Raises RenderError for a file that cannot be read; `rehearse` finds all that can break later.
    """

    def __init__(self, *folders: Path) -> None:
        self._catalogues = read_catalogues([*folders, CATALOGUES])
        loader = FileSystemLoader([*folders, TEMPLATES])
        self._plain = _environment(loader, html=False)
        try:
            self._text = self._plain.get_template("message.txt")
            # Customers' words go into the finished HTML, escaped; the MJML engine never sees them.
            mjml = loader.get_source(self._plain, "message.mjml")[0]
            self._html = _environment(loader, html=True).from_string(mjml2html(mjml, fonts={}))
        except (TemplateError, ValueError, OSError) as problem:
            raise RenderError(f"the letter's frame is broken: {problem}") from problem

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages there are, by the names of their catalogues."""
        return tuple(sorted(self._catalogues))

    def render(self, notice: Notice, recipient: MessageRecipient) -> RenderedMessage:
        """The notice in the addressee's language, or in English where that fails. Raises RenderError."""
        return self._render_with_fallback([(notice, recipient)], digest=False)

    def render_digest(self, notices: Sequence[tuple[Notice, MessageRecipient]]) -> RenderedMessage:
        """Several notices to one person as one letter, in the language of the first. Raises RenderError."""
        if not notices:
            raise ValueError("a digest of nothing")
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
            log.error("a letter is sent in English instead: %s", problem)
            return self.render_in(SOURCE, notices, digest=digest)

    def render_in(
        self, locale: str, notices: Sequence[tuple[Notice, MessageRecipient]], *, digest: bool = False
    ) -> RenderedMessage:
        """In that language or not at all. Raises RenderError, naming kind and language."""
        kind = "digest" if digest else notices[0][0].kind
        try:
            return self._render(self._catalogues[locale], notices, digest)
        except Exception as problem:
            raise RenderError(f'"{kind}" in {locale}: {_describe(problem)}') from problem

    def _render(
        self, catalogue: Catalogue, notices: Sequence[tuple[Notice, MessageRecipient]], digest: bool
    ) -> RenderedMessage:
        first, to = notices[0]
        wording = MessageFormatter(catalogue, format_locale(to.locale, catalogue.name), to.zone)
        if digest:
            items = [self._item(catalogue, notice, reader) for notice, reader in notices]
            body = self._body("digest", wording, {"count": len(items)}, {"items": items})
        else:
            body = self._body(first.kind, wording, first.details, {"items": []})
        seen = frame(body, wording, to, several=digest)
        return RenderedMessage(
            subject=str(seen["subject"]),
            text=self._text.render(seen),
            html=self._html.render(seen),
            short_text=short_text(body, wording, to, several=digest),
            locale=catalogue.name,
        )

    def _item(self, catalogue: Catalogue, notice: Notice, recipient: MessageRecipient) -> dict[str, str]:
        """One notice of a digest: a heading and a paragraph."""
        wording = MessageFormatter(catalogue, format_locale(recipient.locale, catalogue.name), recipient.zone)
        body = self._body(notice.kind, wording, notice.details, {"items": []})
        heading = subject_with_order(body.subject, wording, recipient)
        said = [*body.happened, *body.we_do, *body.you_can, body.next]
        return {"heading": heading, "text": catalogue.sentence_separator.join(filter(None, said))}

    def _body(
        self, kind: str, formatter: MessageFormatter, details: dict[str, Any], more: dict[str, Any]
    ) -> MessageBody:
        """What the template of the kind says. `facts` are strict: one that is missing and not asked for is an error."""
        template = self._plain.get_template(f"kinds/{kind}.j2")
        said = template.make_module({**formatter.template_functions(), "details": details, **more})
        return MessageBody.of(said, formatter, details)


def _describe(problem: Exception) -> str:
    """What is wrong, without what a customer wrote: pydantic repeats the value it refuses."""
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
