"""Headers of every response, also of those to requests that never reach an endpoint."""

from typing import Final

SERVER: Final = "smot"  # a version would tell attackers which library to attack
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
