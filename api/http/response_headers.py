"""Headers that follow from an answer: where the created object is, the next page, and 304 for what the caller has already."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from pydantic import JsonValue

# What a cross-origin page may read beside the body.
EXPOSED: Final = "ETag, Location, Link, Retry-After, Smot-Version, X-Request-Id, RateLimit, RateLimit-Policy, Idempotent-Replayed"


def location(template: str, path: Mapping[str, str], body: JsonValue) -> dict[str, str]:
    """The address of what was created. `{return.return_id}` is a member of the body, `{order}` else a part of the path."""
    segments = [
        quote(_value(part[1:-1], path, body), safe="") if part.startswith("{") else part
        for part in template.split("/")
    ]
    return {"Location": "/".join(segments)}


def _value(name: str, path: Mapping[str, str], body: JsonValue) -> str:
    here: Any = body
    for step in name.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return str(path[name] if here is None else here)


def next_page(request: web.Request, body: object) -> dict[str, str]:
    """`Link: <…>; rel="next"` for a page of a list that has another one."""
    cursor = body.get("next") if isinstance(body, dict) and "items" in body else None
    if not isinstance(cursor, str):
        return {}
    return {"Link": f'<{request.rel_url.update_query(cursor=cursor)}>; rel="next"'}


def is_unchanged(request: web.Request, headers: Mapping[str, str]) -> bool:
    """Whether the caller has this version already: If-None-Match names its ETag, strong or weak, or is `*`."""
    sent = request.headers.get("If-None-Match")
    tag = headers.get("ETag")
    if sent is None or tag is None or request.method not in ("GET", "HEAD"):
        return False
    return sent.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in sent.split(",")]
