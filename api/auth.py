"""Who is asking: bearer keys, roles, and nothing that tells a stranger why a key was not good."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from api.problems import Problem
from domain.actors import Role

PUBLIC: Final[frozenset[Role]] = frozenset()  # an endpoint without bearer key: health, docs, signed webhooks


@dataclass(frozen=True)
class Caller:
    """The holder of a good key.

    `merchant` is None only for the platform's own admin. `name` is the key's id, never its secret. `order` is set for
    customers: their link opens this order (our `ord_…` id) and no other.
    """

    merchant: str | None
    role: Role
    name: str
    order: str | None = None

    @property
    def identity(self) -> str:
        """One string per holder; idempotency keys are scoped to it so that nobody reads another's answers."""
        return "/".join((self.role, self.name, self.order or ""))


class Authenticator(Protocol):
    """Looks a bearer key up. Revoked, expired and unknown are all None: the difference helps only attackers."""

    async def authenticate(self, bearer: str) -> Caller | None: ...


_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]{1,1024}=*)", re.IGNORECASE)


def bearer_of(request: web.Request) -> str | None:
    """The key that was sent; None without one, or with several."""
    headers = request.headers.getall("Authorization", [])
    match = _BEARER.fullmatch(headers[0].strip()) if len(headers) == 1 else None
    return match[1] if match else None


async def identify(request: web.Request, keys: Authenticator, roles: Collection[Role]) -> Caller:
    """The caller, if the key is good and its role is one of these. Raises Problem unauthenticated or forbidden."""
    bearer = bearer_of(request)
    caller = await keys.authenticate(bearer) if bearer else None
    if caller is None:
        raise Problem("unauthenticated", "Send Authorization: Bearer with a key that is valid.")
    if caller.role not in roles:
        raise Problem("forbidden", f"It needs one of these roles: {', '.join(sorted(roles))}.")
    return caller
