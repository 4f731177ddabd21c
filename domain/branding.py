"""How a merchant's pages and letters are dressed: name, colour, logo, language, help. Set by the merchant, checked here."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from domain.base import Frozen
from domain.colours import is_colour
from domain.pictures import MAX_SIDE, PictureType, picture_size, picture_type
from domain.text import IsText, is_mail_address

MAX_LOGO: Final = 64 * 1024  # bytes
_MAX_ENCODED: Final = MAX_LOGO * 4 // 3 + 4
BrandLocale = Literal["en", "de", "zh-Hans"]
HelpText = Annotated[str, Field(max_length=300), *IsText]


def _colour(text: str) -> str:
    if text and not is_colour(text):
        raise ValueError("must be a colour as six hexadecimal digits, such as #0b5a47")
    return f"#{text.removeprefix('#').lower()}" if text else ""


def _address(text: str) -> str:
    if text and not is_mail_address(text):
        raise ValueError("must be one e-mail address")
    return text


def _web_address(text: str) -> str:
    if text and not text.startswith("https://"):
        raise ValueError("must be an https address")
    return text


def _logo(text: str) -> str:
    """PNG, JPEG or WebP, by its bytes. SVG is refused: it can hold scripts."""
    if not text:
        return ""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    size = picture_size(content)
    if picture_type(content) is None or size is None:
        raise ValueError("must be a PNG, JPEG or WebP picture; SVG is refused")
    if len(content) > MAX_LOGO or not (0 < size[0] <= MAX_SIDE and 0 < size[1] <= MAX_SIDE):
        raise ValueError(f"must have at most {MAX_LOGO // 1024} kB and {MAX_SIDE} pixels on each side")
    return text


class Branding(Frozen):
    """What a merchant gives its pages and letters. What is empty is smot's own."""

    name: Annotated[str, Field(max_length=78), *IsText] = ""
    """The name that customers know; empty for the merchant's name."""
    accent: Annotated[str, Field(max_length=7), AfterValidator(_colour)] = ""
    """The colour of buttons and links. Pages darken or lighten it in each palette until it can be read."""
    logo: Annotated[str, Field(max_length=_MAX_ENCODED), AfterValidator(_logo)] = ""
    """PNG, JPEG or WebP in base64, at most 64 kB and 2000 pixels on each side."""
    reply_to: Annotated[str, Field(max_length=254), AfterValidator(_address)] = ""
    """Where customers' answers to letters go, unless the platform's admin has set an address."""
    locale: BrandLocale = "en"
    """The language of pages whose reader is not known yet."""
    help_address: Annotated[str, Field(max_length=300), *IsText, AfterValidator(_web_address)] = ""
    """The shop's own page with help."""
    help_texts: Mapping[BrandLocale, HelpText] = {}
    """One sentence on every page of a customer, by language: when people answer, for example."""

    @property
    def picture(self) -> tuple[PictureType, bytes] | None:
        """The logo's type and bytes, or None. The type is found again from the bytes."""
        content = base64.b64decode(self.logo)
        kind = picture_type(content)
        return (kind, content) if kind else None

    def help_text(self, locale: str) -> str:
        """The sentence in that language, else in the merchant's, else none."""
        tag = next((one for one in self.help_texts if locale.replace("_", "-").startswith(one)), self.locale)
        return self.help_texts.get(tag, "")
