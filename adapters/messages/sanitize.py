"""Text from outside (names, order ids, places), made safe to print in a message."""

import re
import unicodedata

NAME, SHORT = 80, 32  # characters
_CONTROLS = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff]+"
)


def sanitize(text: str, limit: int = NAME) -> str:
    """One line of at most that many characters, without control characters and marks that change the text direction."""
    line = " ".join(_CONTROLS.sub(" ", text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def bidi_isolated(text: str, rtl: bool) -> str:
    """The text, isolated if it runs against the message's direction, so that it does not reorder the text around it."""
    against = ("L",) if rtl else ("R", "AL")
    turns = any(unicodedata.bidirectional(one) in against for one in text)
    return f"\u2068{text}\u2069" if turns else text
