"""One question to a tracker over HTTP: bounded in time and size, and whatever goes wrong is an answer."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from domain.tracking.polling import PollRequest
from ports.trackers import NotFound, RetryLater, Unauthorized

log = logging.getLogger(__name__)

MAX_RESPONSE_BYTES = 2_000_000  # bytes of an answer
_MAX_RETRY_AFTER = timedelta(days=1)  # that anybody may ask us to stay away
SANDBOX_NOW = "Sandbox-Now"  # business time of a sandbox merchant; only our simulator reads it


class TrackerHttpClient:
    """A client for all trackers. `timeout`: seconds for one answer. The first question opens its session."""

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
        """The body of a good answer, or what the answer means."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.request(
                method, url, headers=headers, params=params, json=json, allow_redirects=False
            ) as response:
                return await _reply_for(response)
        except (aiohttp.ClientError, TimeoutError, ValueError) as lost:
            return RetryLater(reason=type(lost).__name__)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def sandbox_headers(request: PollRequest, now: datetime) -> dict[str, str]:
    """The header by which a simulator learns what time it is for this merchant; none where time is real."""
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
            return RetryLater(
                reason="rate limited", retry_after=_retry_after(response.headers.get("Retry-After", ""))
            )
        case status:
            return RetryLater(reason=f"answered {status}")


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    """At most one byte more than may be: what is longer is not read to its end."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            break
    return bytes(body)


def _retry_after(header: str) -> timedelta | None:
    """Retry-After in seconds or as a date; None for what is neither. Never negative, never more than a day."""
    if header.isascii() and header.isdigit():
        return min(timedelta(seconds=min(int(header), 10**6)), _MAX_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - datetime.now(UTC), timedelta(0)), _MAX_RETRY_AFTER)
