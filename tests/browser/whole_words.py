"""Words that a line break divides: `await divided_words(page, ".tl time") == []`."""

from playwright.async_api import Page

_DIVIDED = """(elements) => elements.flatMap((element) => {
  const found = [], texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const word of text.data.matchAll(/[^\\s\\u00a0\\u3000-\\u9fff]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
    }
  }
  return found;
})"""


async def divided_words(page: Page, selector: str) -> list[str]:
    """The words of these elements that stand in two lines. Fonts of this machine are wide: what fits here fits elsewhere."""
    found: list[str] = await page.locator(selector).evaluate_all(_DIVIDED)
    return found
