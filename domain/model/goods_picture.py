"""The address of a picture of goods, as a shop sends it: bounded, by https, at a host with a name."""

import re
from collections.abc import Iterable
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

MAX_ADDRESS: Final = 500  # characters
MAX_ORIGINS: Final = 8
"""From how many servers the pictures of one page come; it shows no pictures of any further one."""
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORM: Final = rf"^https://({_LABEL}\.)+[A-Za-z]{{2,63}}(:[0-9]{{1,5}})?/[!#-&(-;=?-\[\]_a-z~]*$"
_WHOLE: Final = re.compile(_FORM)

PictureAddress = Annotated[str, Field(max_length=MAX_ADDRESS, pattern=_FORM)]
"""No user, no number as host, and no sign that could end an attribute or a header."""


def picture_address(text: str) -> str | None:
    """The address if it has that form; None for any other text of a storefront."""
    return text if len(text) <= MAX_ADDRESS and _WHOLE.fullmatch(text) else None


def origin_of(address: str) -> str:
    """The server that it is loaded from."""
    parts = urlsplit(address)
    return f"https://{parts.netloc.lower()}"


def picture_origins(addresses: Iterable[str | None]) -> tuple[str, ...]:
    """The servers of these pictures, each once, in the order of the goods; no more than MAX_ORIGINS."""
    found = dict.fromkeys(origin_of(one) for one in addresses if one)
    return tuple(found)[:MAX_ORIGINS]
