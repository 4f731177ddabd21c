"""A merchant's logo in letters: it goes with each as a picture, so that no server learns from it who reads them."""

from typing import Final

from domain.branding import Branding
from domain.pictures import picture_size
from ports.messages import LetterLogo

_WIDEST: Final = 200  # pixels
_HIGHEST: Final = 48


def letter_logo(branding: Branding) -> LetterLogo | None:
    """The logo, made smaller where it is large. None without one, and for WebP, which some mail programs do not show."""
    picture = branding.picture
    size = picture_size(picture[1]) if picture else None
    if picture is None or picture[0] == "image/webp" or size is None:
        return None
    scale = min(1.0, _WIDEST / size[0], _HIGHEST / size[1])
    width, height = (max(1, round(side * scale)) for side in size)
    return LetterLogo(content=picture[1], media_type=picture[0], width=width, height=height)


def logo_address(branding: Branding) -> str:
    """The logo as an address that holds it, for readers of letters on a page; one that shows nothing where there is none."""
    logo = letter_logo(branding)
    return logo.inline.data_address if logo else "data:,"
