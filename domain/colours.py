"""Colours of the web: contrast as WCAG 2.2 measures it, and a merchant's colour mended until it can be read."""

import colorsys
import re
from typing import Final, NamedTuple

Rgb = tuple[float, float, float]
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
_WHITE: Final = "#ffffff"
_BLACK: Final = "#000000"
_READABLE: Final = 4.5
_SOFT: Final = 0.13  # share of the colour in its soft ground


class Palette(NamedTuple):
    """One look of the pages: its name, the grounds that text in the colour stands on, and the contrast that is needed."""

    name: str
    grounds: tuple[str, ...]
    dark: bool
    contrast: float


# The grounds are those of the pages' tokens: surface, ground, sunken.
PALETTES: Final = (
    Palette("light", ("#ffffff", "#f2f5f3", "#e9eeeb"), False, _READABLE),
    Palette("dark", ("#161f1c", "#0d1412", "#1f2a26"), True, _READABLE),
    Palette("light, high contrast", ("#ffffff",), False, 7.0),
    Palette("dark, high contrast", ("#000000",), True, 7.0),
)


class Accent(NamedTuple):
    """A merchant's colour in one palette. on: text on it; soft: a ground on which it can be read; mended: it was changed."""

    colour: str
    hover: str
    on: str
    soft: str
    mended: bool


def is_colour(text: str) -> bool:
    """Whether it is six hexadecimal digits, with or without `#`."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (equal) to 21 (black on white)."""
    light, dark = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mended(colour: str, palette: Palette) -> Accent:
    """The colour, darker or lighter until it can be read on every ground of that palette and text can be read on it.

    Raises ValueError for what is no colour.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step = 0.01 if palette.dark else -0.01
    for tries in range(101):
        shade = _hex(colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness + step * tries)), saturation))
        soft = palette.grounds[0] if palette.contrast > _READABLE else _mixed(shade, palette.grounds[0])
        on = _WHITE if contrast(_WHITE, shade) > contrast(_BLACK, shade) else _BLACK
        grounds = (*palette.grounds, soft)
        if min(contrast(shade, one) for one in (*grounds, on)) >= palette.contrast:
            break
    hovered = min(1.0, max(0.0, lightness + step * (tries + 8)))
    return Accent(shade, _hex(colorsys.hls_to_rgb(hue, hovered, saturation)), on, soft, tries > 0)


def _mixed(shade: str, ground: str) -> str:
    pairs = zip(_rgb(shade), _rgb(ground), strict=True)
    red, green, blue = (above * _SOFT + below * (1 - _SOFT) for above, below in pairs)
    return _hex((red, green, blue))


def _rgb(text: str) -> Rgb:
    found = _HEX.fullmatch(text)
    if found is None:
        raise ValueError("a colour is six hexadecimal digits")
    red, green, blue = (int(found[1][at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
