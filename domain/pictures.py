"""Which kind of picture some bytes are, by their first bytes: what was declared is never believed."""

from typing import Final, Literal

PictureType = Literal["image/png", "image/jpeg", "image/webp"]
MAX_SIDE: Final = 2000  # pixels
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def picture_type(content: bytes) -> PictureType | None:
    """PNG, JPEG or WebP; None for anything else, such as SVG, which could hold scripts."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None where the bytes do not say it."""
    kind = picture_type(content)
    if kind == "image/png" and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if kind == "image/jpeg":
        return _jpeg_size(content)
    return _webp_size(content) if kind == "image/webp" else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """From the frame's header, which follows other segments."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 2 + max(length, 2)
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """Of the three kinds of WebP: extended, lossless, lossy."""
    kind, body = content[12:16], content[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None
