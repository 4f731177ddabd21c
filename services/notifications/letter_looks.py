"""A merchant's colour on the buttons of letters."""

from typing import TypedDict

from domain.colours import PALETTES, mended


class LetterColours(TypedDict):
    """Two fields of a `MessageRecipient`."""

    accent: str
    accent_text: str


def letter_colours(accent: str) -> LetterColours:
    """The colour, darker until text on it can be read; nothing for a merchant without one."""
    if not accent:
        return LetterColours(accent="", accent_text="")
    found = mended(accent, PALETTES[0])
    return LetterColours(accent=found.colour, accent_text=found.on)
