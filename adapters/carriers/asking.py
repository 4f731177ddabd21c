"""One question to a tracker over HTTP: bounded in time and size, and whatever goes wrong is an answer."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from domain.looking import LookAsk
from ports.trackers import BadKey, NotKnown, NotNow

log = logging.getLogger(__name__)

LARGEST = 2_000_000  # bytes of an answer
_LONGEST_WAIT = timedelta(days=1)  # that anybody may ask us to stay away
SANDBOX_NOW = "Sandbox-Now"  # business time of a sandbox merchant; only our simulator reads it


class Http:
    """A client for all trackers. `timeout`: seconds for one answer. The first question opens its session."""

    def __init__(self, timeout: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> bytes | NotKnown | NotNow | BadKey:
        """The body of a good answer, or what the answer means."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.request(
                method, url, headers=headers, params=params, json=json, allow_redirects=False
            ) as response:
                return await _meaning(response)
        except (aiohttp.ClientError, TimeoutError, ValueError) as lost:
            return NotNow(why=type(lost).__name__)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def sandbox_time(ask: LookAsk, now: datetime) -> dict[str, str]:
    """The header by which a simulator learns what time it is for this merchant; none where time is real."""
    return {SANDBOX_NOW: now.isoformat()} if ask.sandbox else {}


async def _meaning(response: aiohttp.ClientResponse) -> bytes | NotKnown | NotNow | BadKey:
    match response.status:
        case 200 | 201:
            body = await _all(response)
            return NotNow(why="too large") if len(body) > LARGEST else body
        case 401 | 403:
            return BadKey()
        case 404:
            return NotKnown()
        case 429:
            return NotNow(why="rate limited", after=_stay_away(response.headers.get("Retry-After", "")))
        case status:
            return NotNow(why=f"answered {status}")


async def _all(response: aiohttp.ClientResponse) -> bytes:
    """At most one byte more than may be: what is longer is not read to its end."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LARGEST:
            break
    return bytes(body)


def _stay_away(told: str) -> timedelta | None:
    """Retry-After in seconds or as a date; None for what is neither. Never negative, never more than a day."""
    if told.isascii() and told.isdigit():
        return min(timedelta(seconds=min(int(told), 10**6)), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - datetime.now(UTC), timedelta(0)), _LONGEST_WAIT)
