"""Under which names a letter carries its reference: in its own header, and in what relays keep beside it."""

from typing import Final

LETTER_HEADER: Final = (
    "X-Smot-Letter"  # returned by mail servers with the headers of what they could not deliver
)
METADATA: Final = "smot_letter"
