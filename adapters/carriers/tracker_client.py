"""HTTP calls to trackers: bounded in time and size, and every failure is a reply."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import aiohttp

from adapters.retry_after import parse_retry_after
from domain.tracking.polling import PollRequest
from ports.trackers import NotFound, RetryLater, Unauthorized

MAX_RESPONSE_BYTES = 2_000_000
_MAX_RETRY_AFTER = timedelta(days=1)  # a longer wait is shortened to this
SANDBOX_NOW = "Sandbox-Now"  # business time of a sandbox merchant; only our simulator reads it


class TrackerHttpClient:
    """One client for all trackers. `timeout`: seconds for one response. Its session is opened by the first request."""

    def __init__(self, timeout: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> bytes | NotFound | RetryLater | Unauthorized:
        """The body of a successful response, or what another response means."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.request(
                method, url, headers=headers, params=params, json=json, allow_redirects=False
            ) as response:
                return await _reply_for(response)
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            return RetryLater(reason=type(problem).__name__)

    async def close(self) -> None:
        """Close the session; the next request opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def sandbox_headers(request: PollRequest, now: datetime) -> dict[str, str]:
    """The header with the merchant's business time, for the simulator; none where time is real."""
    return {SANDBOX_NOW: now.isoformat()} if request.sandbox else {}


async def _reply_for(response: aiohttp.ClientResponse) -> bytes | NotFound | RetryLater | Unauthorized:
    match response.status:
        case 200 | 201:
            body = await _read_limited(response)
            return RetryLater(reason="too large") if len(body) > MAX_RESPONSE_BYTES else body
        case 401 | 403:
            return Unauthorized()
        case 404:
            return NotFound()
        case 429:
            wait = parse_retry_after(response.headers.get("Retry-After", ""))
            return RetryLater(reason="rate limited", retry_after=wait and min(wait, _MAX_RETRY_AFTER))
        case status:
            return RetryLater(reason=f"answered {status}")


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    """At most the limit and one chunk more: an endless response is not read to its end."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            break
    return bytes(body)
