"""The interactive documentation (Swagger UI) and its files, which are kept in this package: no page loads from other servers."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent.parent / "static"
PAGE: Final = FOLDER / "docs.html"
# Only this server; pictures may be inside of the style sheet. Swagger UI sets styles by script, which needs no permission.
POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
FILES: Final = {
    "docs.css": (FOLDER / "docs.css", "text/css"),
    "docs.js": (FOLDER / "docs.js", "text/javascript"),
    "swagger-ui.css": (FOLDER / "swagger-ui" / "swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": (FOLDER / "swagger-ui" / "swagger-ui-bundle.js", "text/javascript"),
    "favicon-32x32.png": (FOLDER / "swagger-ui" / "favicon-32x32.png", "image/png"),
}


class Asset(NamedTuple):
    """One file as it is sent. packed: its gzip. tag: its ETag."""

    body: bytes
    packed: bytes
    media_type: str
    tag: str


@lru_cache(maxsize=len(FILES))
def asset(name: str) -> Asset:
    """A file by its name, read and packed once. Raises KeyError for an unknown name."""
    path, media_type = FILES[name]
    body = path.read_bytes()
    return Asset(body, gzip.compress(body, 6), media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
