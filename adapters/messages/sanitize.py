"""Text from outside, made fit to be read: names, order ids, places."""

import re
import unicodedata

NAME, SHORT = 80, 32  # characters
_CONTROLS = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff]+"
)
_LINK = re.compile(r"://|www\.|@|\w\.[a-z]{2,}/", re.IGNORECASE)


def sanitize(text: str, limit: int = NAME) -> str:
    """One line of at most that many characters, without controls or marks that turn the direction of what follows."""
    line = " ".join(_CONTROLS.sub(" ", text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def sanitize_name(text: str) -> str:
    """A name to greet by; empty for one with an address in it, which a mail program would make a link of."""
    return "" if _LINK.search(text) else sanitize(text)


def bidi_isolated(text: str, rtl: bool) -> str:
    """The text marked off where it runs against the letter's direction, so that it cannot turn its neighbours around."""
    against = ("L",) if rtl else ("R", "AL")
    turns = any(unicodedata.bidirectional(one) in against for one in text)
    return f"\u2068{text}\u2069" if turns else text
