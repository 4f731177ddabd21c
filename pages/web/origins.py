"""Forms of other sites are refused: a POST must come from a page of this server."""

from urllib.parse import urlsplit

from aiohttp import web

from api.http.problems import Problem

_OWN = frozenset(["same-origin", "none"])


def own_origin(request: web.Request) -> str:
    """This server as the browser addresses it, for links that people copy. Behind a proxy its header says the scheme."""
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme).partition(",")[0].strip()
    return f"{'https' if scheme == 'https' else 'http'}://{request.host}"


def check_same_origin(request: web.Request) -> None:
    """Raises Problem origin_refused for a form that a page of another site sent.

    Browsers send `Sec-Fetch-Site` or `Origin` with every form and no page can change them. Behind a proxy only the host is
    compared, as the scheme is the proxy's. A client that sends neither is no browser, so it holds no cookie of a person.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        allowed = site in _OWN
    else:
        origin = request.headers.get("Origin")
        allowed = origin is None or urlsplit(origin).netloc.lower() == request.host.lower()
    if not allowed:
        raise Problem("origin_refused", "A form of another site cannot be sent here.")
