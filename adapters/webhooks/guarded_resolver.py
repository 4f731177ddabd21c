"""Name resolution for outgoing webhooks: a name that leads to an address that is not allowed is refused as a whole."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.webhooks.ssrf_guard import EgressPolicy

Resolve = Callable[[str], Awaitable[Sequence[str]]]
# Merchants choose the names: a name server that never answers can block these threads, and no others.
_DNS_POOL = ThreadPoolExecutor(32, thread_name_prefix="webhook-names")


class AddressNotPublic(OSError):
    """The name leads to an address that is not allowed."""


async def resolve(host: str) -> list[str]:
    """The addresses of that name, from the machine's own resolver. Raises OSError."""
    look_up = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_DNS_POOL, look_up)
    return [str(info[4][0]) for info in found]


class GuardedResolver(AbstractResolver):
    """Resolves a name once for one connection, and refuses it when any of its addresses is not allowed."""

    def __init__(self, egress: EgressPolicy, dns_lookup: Resolve) -> None:
        self._egress, self._dns_lookup = egress, dns_lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._dns_lookup(host)
        if not addresses:
            raise OSError(f"no address of {host}")
        if not all(self._egress.allows_text(address) for address in addresses):
            raise AddressNotPublic(host)
        return [_resolve_result(host, address, port) for address in dict.fromkeys(addresses)]

    async def close(self) -> None:
        """Nothing is held."""


def blocked_by_policy(error: BaseException | None) -> bool:
    """Whether AddressNotPublic is the cause of an error of the HTTP library."""
    while error is not None:
        os_error = getattr(error, "os_error", None)
        if isinstance(error, AddressNotPublic) or isinstance(os_error, AddressNotPublic):
            return True
        error = error.__cause__ or error.__context__
    return False


def _resolve_result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=flags
    )
