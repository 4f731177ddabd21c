"""Fetches certificates and confirmations from SNS."""

import aiohttp

_TIMEOUT = 5.0  # seconds
_MAX_BYTES = 64 * 1024


async def fetch_from_sns(url: str) -> bytes:
    """The content of an address that is known to be one of SNS. Raises OSError, also for a redirect or a long answer."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    try:
        async with (
            aiohttp.ClientSession(
                timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            ) as http,
            http.get(url, allow_redirects=False) as response,
        ):
            content = await response.content.read(_MAX_BYTES + 1)
            if response.status != 200 or len(content) > _MAX_BYTES:
                raise OSError(f"status {response.status}")
            return content
    except (aiohttp.ClientError, TimeoutError) as problem:
        raise OSError(type(problem).__name__) from None
