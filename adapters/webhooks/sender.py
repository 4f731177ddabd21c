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

from adapters.webhooks.ssrf_guard import EgressPolicy, is_literal
from ports.webhooks import WebhookMessage, WebhookResponse

Resolve = Callable[[str], Awaitable[Sequence[str]]]
TIMEOUT = 15.0
# Names are a merchant's word: a name server that never answers may hold these threads, and nobody else's.
_DNS_POOL = ThreadPoolExecutor(32, thread_name_prefix="webhook-names")


class AddressNotPublic(OSError):
    """The name leads to an address that we do not connect to."""


async def resolve(host: str) -> list[str]:
    """The addresses of that name, from the machine's own resolver. Raises OSError."""
    look_up = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_DNS_POOL, look_up)
    return [str(info[4][0]) for info in found]


class GuardedResolver(AbstractResolver):
    """Resolves a name once for one connection and refuses it whole when any of its addresses is not allowed."""

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
        """It holds nothing."""


class HttpWebhookTransport:
    """The port `HookSender` over HTTP: no redirects, no proxies, no cookies, a connection of its own for each message.

    `look_up`: how names become addresses. `open_socket`: the last gate before a connection, for tests to watch.
    """

    def __init__(
        self,
        egress: EgressPolicy,
        timeout: float = TIMEOUT,
        dns_lookup: Resolve = resolve,
        open_socket: Callable[..., socket.socket] = socket.socket,
    ) -> None:
        self._egress, self._dns_lookup, self._open_socket = egress, dns_lookup, open_socket
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._resolver = GuardedResolver(egress, dns_lookup)
        self._session: aiohttp.ClientSession | None = None

    async def rejection_reason(self, url: str) -> str | None:
        wrong = self._egress.rejection_reason(url)
        if wrong is not None:
            return wrong
        host = URL(url, encoded=True).host
        assert host is not None
        if is_literal(host):
            return None
        try:
            async with asyncio.timeout(self._timeout.total):
                addresses = await self._dns_lookup(host)
        except (OSError, UnicodeError, TimeoutError):
            return "unresolved"
        if not addresses:
            return "unresolved"
        public = all(self._egress.allows_text(address) for address in addresses)
        return None if public else "address_not_public"

    async def send(self, message: WebhookMessage) -> WebhookResponse:
        wrong = self._egress.rejection_reason(message.url)
        if wrong is not None:
            return WebhookResponse(None, wrong, not_sent=True)
        headers = signed_headers(message, datetime.now(UTC))
        url = URL(message.url, encoded=True)
        try:
            async with self._http().post(
                url, data=message.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                answer.close()  # what it says beyond its status is of no use, and may be endless
                return WebhookResponse(answer.status, retry_after=_retry_after(answer))
        except TimeoutError:
            return WebhookResponse(None, "timeout")
        except aiohttp.ClientConnectorDNSError as error:
            return WebhookResponse(
                None, "address_not_public" if _blocked_by_policy(error) else "unresolved", not_sent=True
            )
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            return WebhookResponse(None, "tls", not_sent=isinstance(error, aiohttp.ClientConnectorError))
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            unmade = isinstance(error, aiohttp.ClientConnectorError)
            problem = "address_not_public" if _blocked_by_policy(error) else "no_connection"
            return WebhookResponse(None, problem, not_sent=unmade)

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
                socket_factory=self._guarded_socket,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                trust_env=False,
                auto_decompress=False,
            )
        return self._session

    def _guarded_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket for exactly this address, if it is allowed: whatever led here cannot lead elsewhere any more."""
        family, kind, protocol, _, address = info
        if not self._egress.allows_text(str(address[0])):
            raise AddressNotPublic(str(address[0]))
        return self._open_socket(family, kind, protocol)


def signed_headers(message: WebhookMessage, now: datetime) -> dict[str, str]:
    """The headers of one try at that instant (UTC): every secret signs."""
    signatures = [Webhook(secret).sign(message.id, now, message.body) for secret in message.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "smot",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _resolve_result(host: str, address: str, port: int) -> ResolveResult:
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


def _blocked_by_policy(error: BaseException | None) -> bool:
    """Was it our own gate? It is somewhere below what the HTTP library raises."""
    while error is not None:
        if isinstance(error, AddressNotPublic) or isinstance(
            getattr(error, "os_error", None), AddressNotPublic
        ):
            return True
        error = error.__cause__ or error.__context__
    return False
