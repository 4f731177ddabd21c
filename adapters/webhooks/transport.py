"""Outgoing webhooks over HTTP, signed as Standard Webhooks 1.0.0 says, to addresses that are allowed only."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
from standardwebhooks import Webhook
from yarl import URL

from adapters.retry_after import parse_retry_after
from adapters.webhooks.guarded_resolver import (
    AddressNotPublic,
    GuardedResolver,
    Resolve,
    blocked_by_policy,
    resolve,
)
from adapters.webhooks.ssrf_guard import EgressPolicy, is_literal
from ports.webhooks import WebhookAnswer, WebhookMessage, WebhookResponse

TIMEOUT = 15.0  # seconds for one attempt
FETCH_TIMEOUT = 5.0  # seconds for a document that a page waits for


class HttpWebhookTransport:
    """The ports `WebhookTransport`, `PushTransport` and `OpenIdTransport`.

    No redirects, proxies or cookies, and one connection for each message.

    dns_lookup: resolves names.
    open_socket: creates the socket of a connection; tests replace it.
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
        """See the port."""
        reason = self._egress.rejection_reason(url)
        if reason is not None:
            return reason
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

    async def request(self, message: WebhookMessage, limit: int) -> WebhookAnswer:
        """Send a message to which the receiver answers with at most `limit` bytes; a longer answer is none."""
        reason = self._egress.rejection_reason(message.url)
        if reason is not None:
            return WebhookAnswer(None, error=reason)
        return await _answer_of(partial(self._post, message), limit)

    async def fetch(
        self, url: str, limit: int, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> WebhookAnswer:
        """Of the port `OpenIdTransport`, by the same rules. A person waits for it, so it takes seconds at most."""
        reason = self._egress.rejection_reason(url)
        if reason is not None:
            return WebhookAnswer(None, error=reason)
        request = partial(
            self._http().request,
            "GET" if form is None else "POST",
            URL(url, encoded=True),
            data=form,
            headers={"User-Agent": "smot", "Accept-Encoding": "identity", **headers},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=min(self._timeout.total or FETCH_TIMEOUT, FETCH_TIMEOUT)),
        )
        return await _answer_of(request, limit)

    def _post(self, message: WebhookMessage) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._posted(message.url, signed_headers(message, datetime.now(UTC)), message.body.encode())

    def _posted(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._http().post(URL(url, encoded=True), data=body, headers=headers, allow_redirects=False)

    async def send(self, message: WebhookMessage) -> WebhookResponse:
        """See the port."""
        return await self.post(message.url, signed_headers(message, datetime.now(UTC)), message.body.encode())

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookResponse:
        """Of the port `PushTransport`: bytes with headers of their own, by the same rules."""
        reason = self._egress.rejection_reason(url)
        if reason is not None:
            return WebhookResponse(None, reason, not_sent=True)
        try:
            async with self._posted(url, headers, body) as response:
                response.close()  # its body is not used, and may be endless
                return WebhookResponse(response.status, retry_after=_retry_after(response))
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            return _failure(error)

    async def close(self) -> None:
        """See the port."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _http(self) -> aiohttp.ClientSession:
        """Created by the first call, because a session belongs to the event loop that uses it."""
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
        """The socket for exactly this address, if it is allowed: the last check, after which the address cannot change."""
        family, kind, protocol, _, address = info
        if not self._egress.allows_text(str(address[0])):
            raise AddressNotPublic(str(address[0]))
        return self._open_socket(family, kind, protocol)


async def _answer_of(
    request: Callable[[], AbstractAsyncContextManager[aiohttp.ClientResponse]], limit: int
) -> WebhookAnswer:
    try:
        async with request() as response:
            body = await response.content.read(limit + 1)
            while len(body) <= limit and (more := await response.content.read(limit + 1 - len(body))):
                body += more
            too_long = len(body) > limit
            return WebhookAnswer(
                response.status, b"" if too_long else body, "answer_too_long" if too_long else ""
            )
    except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
        return WebhookAnswer(None, error=_failure(error).error)


def signed_headers(message: WebhookMessage, now: datetime) -> dict[str, str]:
    """The headers of one attempt at that instant (UTC). Every secret signs."""
    signatures = [Webhook(secret).sign(message.id, now, message.body) for secret in message.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "smot",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _failure(error: Exception) -> WebhookResponse:
    """The response of an attempt that got none. A connector's error means that no connection was made."""
    not_sent = isinstance(error, aiohttp.ClientConnectorError)
    if isinstance(error, TimeoutError):
        return WebhookResponse(None, "timeout")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return WebhookResponse(None, "tls", not_sent=not_sent)
    if blocked_by_policy(error):
        return WebhookResponse(None, "address_not_public", not_sent=not_sent)
    unresolved = isinstance(error, aiohttp.ClientConnectorDNSError)
    return WebhookResponse(None, "unresolved" if unresolved else "no_connection", not_sent=not_sent)


def _retry_after(response: aiohttp.ClientResponse) -> timedelta | None:
    """The requested wait, from the two statuses that may request one: too many requests, and unavailable for a while."""
    return (
        parse_retry_after(response.headers.get("Retry-After", "")) if response.status in (429, 503) else None
    )
