"""A hundred texts that would run as markup on a careless page, for the pages that show what people and carriers wrote."""

from pathlib import Path
from typing import Final

from playwright.async_api import Page

HOSTILE: Final = tuple(
    (Path(__file__).parents[1] / "data/hostile_texts.txt").read_text(encoding="utf-8").splitlines()
)
_FOREIGN = """
() => [...document.querySelectorAll("*")].filter((one) =>
  [...one.attributes].some((it) => it.name.startsWith("on") || it.value.includes("evil.example") || it.name === "srcdoc")
  || (one.localName === "script" && !one.src) || ["iframe", "object", "embed", "marquee", "math", "base"].includes(one.localName)
  || (one.localName === "img" && one.getAttribute("src") === "x")
).map((one) => one.outerHTML.slice(0, 200))
"""


def record_effects(page: Page) -> list[str]:
    """Collects what a text of the list would do if it ran: dialogs, errors, calls to other servers."""
    effects: list[str] = []

    def dialog(shown: object) -> None:
        effects.append(f"dialog {shown}")

    page.on("dialog", dialog)
    page.on("pageerror", lambda error: effects.append(str(error)))
    page.on("request", lambda sent: effects.append(sent.url) if "evil.example" in sent.url else None)
    return effects


async def assert_inert(page: Page) -> None:
    """No element or attribute of the page was made by such a text."""
    assert await page.evaluate(_FOREIGN) == []
