"""Every kind of notice in every language as a picture: `python -m tests.browser.messages FOLDER [WIDTH]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from adapters.messages.renderer import TemplateRenderer
from adapters.messages.sample_notices import sample_recipient, samples
from ports.messages import RenderedMessage
from tests.browser.chromium import a_page

NAMES = {"de": "Käthe Müller-Lüdenscheidt", "zh_Hans": "王小明"}


def rendered_messages(writer: TemplateRenderer) -> Iterator[tuple[str, RenderedMessage]]:
    """Name and message: each sample in each language, and a digest of four."""
    some = [*samples()]
    for locale in writer.locales:
        to = sample_recipient(locale).model_copy(update={"name": NAMES.get(locale, "Ada Lovelace")})
        for notice in some:
            number = notice.key.rsplit("/", 1)[1]
            about = notice.details.get("reason", number)
            yield f"{locale}-{notice.kind}-{about}-{number}", writer.render(notice, to)
        several = [(some[at], to.model_copy(update={"order_id": f"10{at:02}"})) for at in (4, 13, 24, 41)]
        yield f"{locale}-digest-of-four", writer.render_digest(several)


def picture(page: Page, message: RenderedMessage, file: Path) -> None:
    page.set_content(message.html)
    page.screenshot(path=file, full_page=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with a_page(int(sys.argv[2]) if len(sys.argv) > 2 else 640) as (page, requested):
        for name, message in rendered_messages(TemplateRenderer()):
            picture(page, message, folder / f"{name}.png")
    sys.stdout.write(f"{len([*folder.glob('*.png')])} pictures in {folder}, {len(requested)} requests\n")
