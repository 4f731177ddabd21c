"""Headers of every response (security, and the API's version), also of those to requests that never reach an endpoint."""

from typing import Final

from api.http.versions import CURRENT, HEADER

SERVER: Final = "smot"  # a version would tell attackers which library to attack
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    HEADER: CURRENT,
}
