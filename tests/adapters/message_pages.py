"""Messages for tests: notices, their recipients, their pages as a mail program sees them, and a made-up language."""

import html.parser
import re
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from adapters.messages.renderer import TemplateRenderer
from domain.model.notice import Notice, NoticeKind
from ports.messages import MessageRecipient, RenderedMessage
from tests.messages_source import source

RENDERER = TemplateRenderer()
LOCALES = ("en", "de", "zh-Hans")


def notice(kind: NoticeKind, **facts: str | int) -> Notice:
    return Notice(key="k", kind=kind, subject="p1", at=datetime(2026, 3, 5, tzinfo=UTC), details=facts)


def late(**facts: str | int) -> Notice:
    return notice(
        "delayed", **{"reason": "no_movement", "revision": 1, "due": "2026-03-07T00:00:00+00:00", **facts}
    )


def rendered_for(to: MessageRecipient, about: Notice | None = None) -> RenderedMessage:
    return RENDERER.render(about or late(), to)


class ParsedPage(html.parser.HTMLParser):
    """What a mail program sees: tags that open and close in order, resources that are loaded, text that is shown."""

    VOID = {"meta", "br", "img", "hr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.shown: list[str] = []
        self.feed(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.shown.append(data)


def language(folder: Path, name: str, mark: str, leave_out: str = "") -> Path:
    """A language in which every sentence is the English one between two marks."""
    catalog = Catalog(locale=name)
    for one in source():
        if one.id and one.id != leave_out:
            ids = (one.id,) if isinstance(one.id, str) else tuple(one.id)
            forms = tuple(f"{mark}{ids[-1]}" for _ in range(catalog.num_plurals))
            catalog.add(one.id, forms[0] if len(ids) == 1 else forms)
    with (folder / f"{name}.po").open("wb") as file:
        write_po(file, catalog)
    return folder
