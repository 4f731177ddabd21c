"""The dated version of the API: named in every answer, and refused where a request names one that is not served (ADR 0018)."""

from typing import Final

from aiohttp import web

from api.http.problems import Problem

HEADER: Final = "Smot-Version"
CURRENT: Final = "2026-11-29"
SERVED: Final = (CURRENT,)  # the oldest first: it holds for requests that name none


def check_version(request: web.Request) -> None:
    """Raises Problem unknown_version, with those that are served."""
    sent = request.headers.get(HEADER)
    if sent is not None and sent.strip() not in SERVED:
        raise Problem("unknown_version", f"Send one of {', '.join(SERVED)}, or none.", versions=SERVED)
