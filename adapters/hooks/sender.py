"""Sending webhooks as Standard Webhooks 1.0.0 says, over connections that go only where they may."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import Webhook
from yarl import URL

from adapters.hooks.addresses import Reach, is_literal
from ports.hooks import HookAnswer, HookMessage

Resolve = Callable[[str], Awaitable[Sequence[str]]]
TIMEOUT = 15.0
# Names are a merchant's word: a name server that never answers may hold these threads, and nobody else's.
_LOOKING_UP = ThreadPoolExecutor(32, thread_name_prefix="webhook-names")


class NotPublic(OSError):
    """The name leads to an address that we do not connect to."""


async def resolve(host: str) -> list[str]:
    """The addresses of that name, from the machine's own resolver. Raises OSError."""
    look_up = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKING_UP, look_up)
    return [str(info[4][0]) for info in found]


class Judged(AbstractResolver):
    """Resolves a name once for one connection and refuses it whole when any of its addresses is not allowed."""

    def __init__(self, reach: Reach, look_up: Resolve) -> None:
        self._reach, self._look_up = reach, look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._look_up(host)
        if not addresses:
            raise OSError(f"no address of {host}")
        if not all(self._reach.allows_text(address) for address in addresses):
            raise NotPublic(host)
        return [_found(host, address, port) for address in dict.fromkeys(addresses)]

    async def close(self) -> None:
        """It holds nothing."""


class HttpHooks:
    """The port `HookSender` over HTTP: no redirects, no proxies, no cookies, a connection of its own for each message.

    `look_up`: how names become addresses. `open_socket`: the last gate before a connection, for tests to watch.
    """

    def __init__(
        self,
        reach: Reach,
        timeout: float = TIMEOUT,
        look_up: Resolve = resolve,
        open_socket: Callable[..., socket.socket] = socket.socket,
    ) -> None:
        self._reach, self._look_up, self._open_socket = reach, look_up, open_socket
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._resolver = Judged(reach, look_up)
        self._session: aiohttp.ClientSession | None = None

    async def objection(self, url: str) -> str | None:
        wrong = self._reach.objection(url)
        if wrong is not None:
            return wrong
        host = URL(url, encoded=True).host
        assert host is not None
        if is_literal(host):
            return None
        try:
            async with asyncio.timeout(self._timeout.total):
                addresses = await self._look_up(host)
        except (OSError, UnicodeError, TimeoutError):
            return "unresolved"
        if not addresses:
            return "unresolved"
        public = all(self._reach.allows_text(address) for address in addresses)
        return None if public else "address_not_public"

    async def send(self, message: HookMessage) -> HookAnswer:
        wrong = self._reach.objection(message.url)
        if wrong is not None:
            return HookAnswer(None, wrong, never_left=True)
        headers = signed(message, datetime.now(UTC))
        url = URL(message.url, encoded=True)
        try:
            async with self._http().post(
                url, data=message.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                answer.close()  # what it says beyond its status is of no use, and may be endless
                return HookAnswer(answer.status, retry_after=_retry_after(answer))
        except TimeoutError:
            return HookAnswer(None, "timeout")
        except aiohttp.ClientConnectorDNSError as error:
            return HookAnswer(
                None, "address_not_public" if _forbidden(error) else "unresolved", never_left=True
            )
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            return HookAnswer(None, "tls", never_left=isinstance(error, aiohttp.ClientConnectorError))
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            unmade = isinstance(error, aiohttp.ClientConnectorError)
            problem = "address_not_public" if _forbidden(error) else "no_connection"
            return HookAnswer(None, problem, never_left=unmade)

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _http(self) -> aiohttp.ClientSession:
        """Made when first needed: it belongs to the loop it is used in."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                force_close=True,
                limit=0,
                socket_factory=self._gate,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                trust_env=False,
                auto_decompress=False,
            )
        return self._session

    def _gate(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket for exactly this address, if it is allowed: whatever led here cannot lead elsewhere any more."""
        family, kind, protocol, _, address = info
        if not self._reach.allows_text(str(address[0])):
            raise NotPublic(str(address[0]))
        return self._open_socket(family, kind, protocol)


def signed(message: HookMessage, now: datetime) -> dict[str, str]:
    """The headers of one try at that instant (UTC): every secret signs."""
    signatures = [Webhook(secret).sign(message.id, now, message.body) for secret in message.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "smot",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _found(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=flags
    )


def _retry_after(answer: aiohttp.ClientResponse) -> timedelta | None:
    """Only from those who are entitled to ask: too many requests, or out of service for a while."""
    said = answer.headers.get("Retry-After", "").strip() if answer.status in (429, 503) else ""
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), 10**8))
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, OverflowError):  # the second for a year of twenty digits
        return None
    return max(at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC), timedelta(0))


def _forbidden(error: BaseException | None) -> bool:
    """Was it our own gate? It is somewhere below what the HTTP library raises."""
    while error is not None:
        if isinstance(error, NotPublic) or isinstance(getattr(error, "os_error", None), NotPublic):
            return True
        error = error.__cause__ or error.__context__
    return False
