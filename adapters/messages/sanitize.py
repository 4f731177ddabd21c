"""Text from outside (names, order ids, places), made safe to print in a message."""

import unicodedata

from domain.text import cut, single_line

NAME, SHORT = 80, 32  # characters


def sanitize(text: str, limit: int = NAME) -> str:
    """One line of at most that many characters, in any script, that changes nothing outside of itself."""
    line = single_line(text, len(text))
    return line if len(line) <= limit else cut(line, limit - 1).rstrip() + "…"


def bidi_isolated(text: str, rtl: bool) -> str:
    """The text, isolated if it runs against the message's direction, so that it does not reorder the text around it."""
    against = ("L",) if rtl else ("R", "AL")
    turns = any(unicodedata.bidirectional(one) in against for one in text)
    return f"\u2068{text}\u2069" if turns else text
