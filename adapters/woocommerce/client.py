"""Calls of a shop's WooCommerce: bounded in time and size, never redirected, to addresses that are allowed only."""

import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.woocommerce.dirty_json import find_json
from ports.payments import AccountRefused, NotSent, OutcomeUnknown, PaymentAccount, PaymentAccounts

logger = logging.getLogger(__name__)

PROVIDER: Final = "woocommerce"
CONSUMER_KEY: Final = "consumer_key"
CONSUMER_SECRET: Final = "consumer_secret"
PAGE: Final = 50
_MAX_PAGES: Final = 2000
_MAX_BYTES: Final = 8_000_000
_ROOT: Final = "/wp-json/wc/v3/"


class Egress(NamedTuple):
    """Where calls may go.

    rejection: why an address as it is written is not allowed, None if it may be.
    resolver: checks the addresses that a name leads to; None for the machine's own.
    """

    rejection: Callable[[str], str | None]
    resolver: AbstractResolver | None = None


class WooAnswer(NamedTuple):
    """An answer. content: the JSON object or list in its body; None where none could be found."""

    status: int
    content: object

    @property
    def code(self) -> str:
        """The refusal's code; empty where it is none."""
        code = self.content.get("code") if isinstance(self.content, dict) else None
        return code if isinstance(code, str) else ""


class WooCommerceClient:
    """Calls with a merchant's keys. timeout: seconds for one request."""

    def __init__(self, accounts: PaymentAccounts, egress: Egress, timeout: float) -> None:
        self._accounts, self._egress = accounts, egress
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, merchant: str, method: str, path: str, query: Mapping[str, str] | None = None, json: Any = None
    ) -> WooAnswer:
        """One call, never repeated here. path: below `/wp-json/wc/v3/`.

        Raises AccountRefused where the merchant has no account or the shop refuses its keys, OutcomeUnknown for no answer.
        """
        account = await self._accounts.account(merchant, PROVIDER)
        if account is None:
            raise AccountRefused("the merchant has no account of WooCommerce")
        url, auth = self._address(account) + _ROOT + path, _auth(account)
        # A page cache in front of the shop must not answer a question of this minute with an answer of the last hour.
        fresh = {**(query or {}), **({"_": secrets.token_hex(6)} if method == "GET" else {})}
        headers = {"Authorization": auth, "Accept": "application/json", "Cache-Control": "no-cache"}
        try:
            async with self._open().request(
                method, url, params=fresh, json=json, headers=headers, allow_redirects=False
            ) as response:
                answer = WooAnswer(response.status, find_json(await _read_limited(response)))
        except aiohttp.ClientConnectorError as problem:
            raise NotSent(type(problem).__name__) from problem
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as problem:
            logger.warning("WooCommerce gave no answer: %s", type(problem).__name__)
            raise OutcomeUnknown(type(problem).__name__) from problem
        if answer.status == 401 or (answer.status == 403 and answer.code.startswith("woocommerce_rest_")):
            raise AccountRefused(f"WooCommerce answered {answer.status} {answer.code}".strip())
        return answer

    async def pages(
        self, merchant: str, path: str, query: Mapping[str, str] | None = None
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """The pages of a list. Raises as `call` does, and OutcomeUnknown for an answer that is no list."""
        for number in range(1, _MAX_PAGES + 1):
            asked = {**(query or {}), "per_page": str(PAGE), "page": str(number)}
            answer = await self.call(merchant, "GET", path, asked)
            if answer.status != 200 or not isinstance(answer.content, list):
                raise OutcomeUnknown(f"a list with status {answer.status} {answer.code}".strip())
            yield answer.content
            if len(answer.content) < PAGE:
                return
        raise OutcomeUnknown(f"a list of more than {_MAX_PAGES} pages")

    def _address(self, account: PaymentAccount) -> str:
        """The shop's address. Raises AccountRefused for one that is not allowed."""
        given = (account.base or account.account).rstrip("/")
        address = given if "://" in given else f"https://{given}"
        reason = self._egress.rejection(address)
        if not given or reason is not None:
            raise AccountRefused(f"the shop's address is not allowed: {reason or 'it is empty'}")
        return address

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = (
                aiohttp.TCPConnector(resolver=self._egress.resolver) if self._egress.resolver else None
            )
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def site(self, merchant: str) -> str:
        """The host of the merchant's shop. Raises AccountRefused."""
        account = await self._accounts.account(merchant, PROVIDER)
        if account is None:
            raise AccountRefused("the merchant has no account of WooCommerce")
        return URL(self._address(account)).authority

    async def close(self) -> None:
        """Close the session; the next call opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _auth(account: PaymentAccount) -> str:
    """Raises AccountRefused where a key is missing."""
    key, secret = account.keys.get(CONSUMER_KEY, ""), account.keys.get(CONSUMER_SECRET, "")
    if not (key and secret):
        raise AccountRefused("the merchant has no keys of WooCommerce")
    try:
        return aiohttp.encode_basic_auth(key, secret)
    except ValueError as problem:
        raise AccountRefused("the consumer key is not one") from problem


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    """The body. Raises ValueError for one that is too large, which is not read to its end."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ValueError("too large")
    return bytes(body)
