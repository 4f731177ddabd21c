"""Style sheets, scripts and icons: files of ours, with their hash in the name, so that browsers may keep them for a year."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

PAGES: Final = Path(__file__).parents[1]
VENDOR: Final = PAGES / "design" / "vendor"
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".webmanifest": "application/manifest+json",
}
_BASES: Final = ("customer.css", "console.css")  # which are joined with pico and the tokens
_DATA_PICTURE: Final = re.compile(r'url\("data:[^"]*"\)')
_KEPT: Final = "public, max-age=31536000, immutable"
_SHORT: Final = "public, max-age=300"
_POLICY: Final = "default-src 'none'; style-src 'self'"


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent. address: with its hash."""

    address: str
    media_type: str
    body: bytes
    packed: bytes


class StaticFiles:
    """All files in `static/` of every screen and of the design, and the vendored ones. A name exists once."""

    def __init__(self) -> None:
        self._by_name: dict[str, StaticFile] = {}
        for file in sorted([*PAGES.glob("*/static/*"), *VENDOR.iterdir()]):
            if file.suffix in _TYPES:
                self._add(file.name, _content(file), _TYPES[file.suffix])
        self._by_address = {one.address: one for one in self._by_name.values()}

    def _add(self, name: str, body: bytes, media_type: str) -> None:
        if name in self._by_name:
            raise ValueError(f"two static files are called {name}")
        stem, _, end = name.rpartition(".")
        address = f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{end}"
        self._by_name[name] = StaticFile(address, media_type, body, gzip.compress(body, 9))

    def address(self, name: str) -> str:
        """The address of a file. Raises LookupError for an unknown name."""
        return self._by_name[name].address

    def size(self, name: str) -> int:
        """Bytes of the file as it is sent to a browser."""
        return len(self._by_name[name].packed)

    def respond(self, request: web.Request) -> web.Response:
        """The file of the path's `name`, with or without its hash, for `/static/{name}`. An older hash gets the newest file."""
        name = request.match_info["name"]
        exact = self._by_address.get(f"/static/{name}")
        found = exact or self._by_name.get(re.sub(r"\.[0-9a-f]{12}\.", ".", name))
        if found is None:
            raise web.HTTPNotFound
        headers = {
            "Cache-Control": _KEPT if exact else _SHORT,
            "Content-Security-Policy": _POLICY,
            "Vary": "Accept-Encoding",
        }
        body = found.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = found.packed, "gzip"
        return web.Response(body=body, content_type=found.media_type, charset="utf-8", headers=headers)


def _content(file: Path) -> bytes:
    """The file; a base style sheet comes with pico, in a layer below, and the tokens. Pico's pictures are data, which our
    policy refuses, so they are left out: ours are drawn by rules."""
    if file.name not in _BASES:
        return file.read_bytes()
    pico = _DATA_PICTURE.sub("none", (VENDOR / "pico.min.css").read_text()).removeprefix('@charset "UTF-8";')
    tokens = file.with_name("tokens.css").read_text()
    return f"@layer pico{{{pico}}}\n{tokens}\n{file.read_text()}".encode()
