"""Who calls: bearer keys, roles, and no hint to a stranger why a key was not good."""

import re
from collections.abc import Collection
from typing import Final, Protocol

from aiohttp import web

from api.http.problems import Problem
from domain.actors import Role
from services.merchants.authentication import Caller

PUBLIC: Final[frozenset[Role]] = frozenset()  # an endpoint without bearer key: health, docs, signed webhooks


class Authenticator(Protocol):
    """Finds the holder of a bearer key. Revoked, expired and unknown keys are all None: the difference helps only attackers."""

    async def authenticate(self, bearer: str) -> Caller | None: ...


_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]{1,1024}=*)", re.IGNORECASE)


def bearer_of(request: web.Request) -> str | None:
    """The key that was sent; None without one, or with several."""
    headers = request.headers.getall("Authorization", [])
    match = _BEARER.fullmatch(headers[0].strip()) if len(headers) == 1 else None
    return match[1] if match else None


async def identify(bearer: str | None, keys: Authenticator, roles: Collection[Role]) -> Caller:
    """The caller, if the key is good and its role is one of these. Raises Problem unauthenticated or forbidden."""
    caller = await keys.authenticate(bearer) if bearer else None
    if caller is None:
        raise Problem("unauthenticated", "Send Authorization: Bearer with a key that is valid.")
    if caller.role not in roles:
        raise Problem("forbidden", f"It needs one of these roles: {', '.join(sorted(roles))}.")
    return caller
