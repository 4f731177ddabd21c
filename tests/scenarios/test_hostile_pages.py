"""A hundred hostile texts in everything that people may write: every page shows them as they were written, and none runs."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

import pytest

from pages.app import ROUTES
from tests.scenarios.hostile_shop import (
    HOSTILE,
    MARKUP,
    hostile_order,
    hostile_query,
    hostile_shop,
    names_in_paths,
    staff,
)

NO_PAGES = {
    "/agents/orders/{order}/live", "/o/{token}/live", "/agents/queue/events",  # streams
    "/o/{token}/calendar.ics", "/brand/{accent}.css", "/brand/{merchant}/logo/{digest}", "/agents/privacy/{request}/data.jsonl",
    "/agents/kpis/facts.csv", "/agents/kpis/facts.jsonl",
}  # fmt: skip
_WITH_ADDRESS = {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "background"}
_NEVER = {"object", "embed", "marquee", "math", "base", "applet", "foreignobject"}
_RUNS = re.compile(r"^[\s\x00-\x1f]*(javascript|vbscript|data:text/html)", re.IGNORECASE)


class Markup(HTMLParser):
    """What of a page runs or calls another server, though it is no file of ours; and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.foreign: list[str] = []
        self.text: list[str] = []
        self._script = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        inline = tag == "script" and "src" not in given and given.get("type") != "application/ld+json"
        events = any(name.startswith("on") or name == "srcdoc" for name in given)
        events = events or any("evil" in given.get(name, "") for name in ("style", "content"))
        addresses = [value for name, value in given.items() if name in _WITH_ADDRESS]
        leaves = any(
            _RUNS.match(one) or one.startswith(("//", "http://evil", "https://evil")) for one in addresses
        )
        if inline or events or leaves or tag in _NEVER or given.get("src") == "x":
            self.foreign.append(f"<{tag} {given}>"[:200])
        self.text += [
            value for name, value in given.items() if name in ("value", "aria-label", "title", "alt")
        ]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_no_page_runs_a_text(deployment: Any, http: Any) -> None:
    shop = await hostile_shop(deployment, http)
    admin, order = await staff(shop), await hostile_order(shop)
    names, shown, failed = await names_in_paths(shop, order), "", []
    for path in [
        *(one.path for one in ROUTES if one.method == "GET" and one.path not in NO_PAGES),
        "/c/{token}",
        "/a/{token}",
    ]:
        for address in addresses_of(path, names):
            status, html = await fetch(shop, http, admin.token, address)
            page = Markup()
            page.feed(html)
            raw = [text for text in (*HOSTILE, MARKUP) if "<" in text and text in html]
            if page.foreign or raw or status >= 500:
                failed.append((address[:80], status, page.foreign[:3], raw[:3]))
            shown += plain(page.text)
    assert failed == []
    assert [text for text in HOSTILE if plain([text]) not in shown] == [], "each is shown as it was written"


def addresses_of(path: str, names: dict[str, str]) -> Iterable[str]:
    """The page as people open it, with hostile parameters, and with a hostile name in its place."""
    known = {
        "/feedback/{token}": names["feedback"],
        "/embed/order": names["panel"],
        "/withdrawn/{token}": names["withdrawn"],
        "/withdrawn/{token}/confirmation.html": f"{names['withdrawn']}/confirmation.html",
    }.get(path)
    real = known or path.format_map(names)
    yield real
    if not path.startswith(
        ("/agents/admin", "/agents/orders", "/design")
    ):  # they read no free text from the address
        yield f"{real}{'&' if '?' in real else '?'}{hostile_query()}"
    if "{" in path and not path.startswith("/agents"):
        yield path.format_map(dict.fromkeys(names, "%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"))


async def fetch(shop: Any, http: Any, session: str, address: str) -> tuple[int, str]:
    """The page for a user of the shop."""
    url = shop.deployment.addresses["api"] + address
    async with http.get(url, headers={"Cookie": f"smot_session={session}"}, allow_redirects=False) as answer:
        return answer.status, await answer.text() if "html" in answer.headers.get("Content-Type", "") else ""


def plain(texts: Iterable[str]) -> str:
    """Without the marks that keep a text's direction to itself, and without spaces."""
    marks = dict.fromkeys((0x2066, 0x2067, 0x2068, 0x2069, 0x200E, 0x200F))
    return "".join("".join(texts).translate(marks).split())
