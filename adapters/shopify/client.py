"""Calls of the Admin API of Shopify: bounded in time and size, paced by its points, and without a retry that could pay twice."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from adapters.shopify.documents import VERSION
from ports.payments import AccountRefused, OutcomeUnknown, PaymentAccount, PaymentAccounts

logger = logging.getLogger(__name__)

ACCESS_TOKEN: Final = "access_token"
_MAX_BYTES: Final = 2_000_000
_MAX_WAIT: Final = 5.0  # seconds for points to come back, each time
_TRIES: Final = 4  # of a call that was throttled: nothing of it was executed
_SHOP: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com")
_REFUSED_STATUSES: Final = (401, 402, 403, 404, 423)


class _Throttle(BaseModel):
    available: float = Field(alias="currentlyAvailable")
    rate: float = Field(alias="restoreRate", gt=0)


class _Cost(BaseModel):
    requested: float = Field(alias="requestedQueryCost")
    throttle: _Throttle = Field(alias="throttleStatus")


class _Points(NamedTuple):
    """The points that a shop had at a time of the loop's clock."""

    available: float
    rate: float
    at: float


class ShopifyClient:
    """Calls with a merchant's access token. `timeout`: seconds for one request."""

    def __init__(self, accounts: PaymentAccounts, timeout: float) -> None:
        self._accounts = accounts
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._points: dict[str, _Points] = {}
        self._costs: dict[str, float] = {}

    async def call(self, merchant: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of an answer without errors, but those of an order's disputes.

        Raises AccountRefused, and OutcomeUnknown for every other answer.
        """
        account = await self._accounts.account(merchant, "shopify")
        if account is None or not account.keys.get(ACCESS_TOKEN):
            raise AccountRefused("the merchant has no access token of Shopify")
        url = f"{_base(account)}/admin/api/{VERSION}/graphql.json"
        for _ in range(_TRIES):
            await self._wait_for_points(url, document)
            status, answer = await self._post(url, account, {"query": document, "variables": dict(variables)})
            self._take_note(url, document, answer)
            if not _is_throttled(status, answer):
                return _data(status, answer)
        raise OutcomeUnknown("throttled")

    async def _wait_for_points(self, url: str, document: str) -> None:
        """Wait until the shop has the points that the document cost before; at most a few seconds."""
        known, cost = self._points.get(url), self._costs.get(document, 0.0)
        if known is None:
            return
        now = asyncio.get_running_loop().time()
        missing = cost - known.available - (now - known.at) * known.rate
        if missing > 0:
            await asyncio.sleep(min(_MAX_WAIT, missing / known.rate))

    def _take_note(self, url: str, document: str, answer: object) -> None:
        extensions = answer.get("extensions") if isinstance(answer, dict) else None
        try:
            cost = _Cost.model_validate(extensions.get("cost") if isinstance(extensions, dict) else None)
        except ValidationError:
            return
        now = asyncio.get_running_loop().time()
        self._points[url] = _Points(cost.throttle.available, cost.throttle.rate, now)
        self._costs[document] = cost.requested

    async def _post(self, url: str, account: PaymentAccount, body: Mapping[str, Any]) -> tuple[int, object]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {"X-Shopify-Access-Token": account.keys[ACCESS_TOKEN]}
        try:
            async with self._session.post(url, json=body, headers=headers, allow_redirects=False) as response:
                if response.status in _REFUSED_STATUSES:
                    raise AccountRefused(f"Shopify answered {response.status}")
                served = response.headers.get("X-Shopify-API-Version", VERSION)
                if served != VERSION:
                    logger.warning("Shopify served another version of its API than %s", VERSION)
                return response.status, _parsed(await _read_limited(response))
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            logger.warning("Shopify gave no answer: %s", type(problem).__name__)
            raise OutcomeUnknown(type(problem).__name__) from problem

    async def close(self) -> None:
        """Close the session; the next request opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _base(account: PaymentAccount) -> str:
    """The shop's address. Raises AccountRefused for a name that is not one of a shop."""
    if account.base:
        return account.base.rstrip("/")
    if not _SHOP.fullmatch(account.account):
        raise AccountRefused("the account's name is not a shop's myshopify.com domain")
    return f"https://{account.account}"


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    """The body. Raises ValueError for one that is too large, which is not read to its end."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ValueError("too large")
    return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed


def _codes(answer: object) -> list[tuple[str, object]]:
    """The codes of the errors, with their paths; an error without a code is ("", …)."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not errors:
        return []
    if not isinstance(errors, list):
        return [("", None)]
    found: list[tuple[str, object]] = []
    for error in errors:
        extensions = error.get("extensions") if isinstance(error, dict) else None
        code = extensions.get("code") if isinstance(extensions, dict) else None
        found.append((code if isinstance(code, str) else "", error.get("path") if extensions else None))
    return found


def _is_throttled(status: int, answer: object) -> bool:
    """Nothing of a throttled document was executed. Shopify says it with 200 or 429."""
    return status == 429 or any(code == "THROTTLED" for code, _ in _codes(answer))


def _data(status: int, answer: object) -> dict[str, Any]:
    if status != 200 or not isinstance(answer, dict):
        raise OutcomeUnknown(f"{status} with an unreadable body")
    codes = [code for code, path in _codes(answer) if not _is_about_disputes(path)]
    if "ACCESS_DENIED" in codes:
        raise AccountRefused("the access token lacks a scope")
    if codes:
        raise OutcomeUnknown(f"errors: {codes[0] or 'without a code'}")
    data = answer.get("data")
    if not isinstance(data, dict):
        raise OutcomeUnknown("an answer without data")
    return data


def _is_about_disputes(path: object) -> bool:
    """Whether only the disputes of an order could not be read: their scope is one of its own."""
    return isinstance(path, list) and "disputes" in path


def stated(at: datetime) -> str:
    """A time as the search of orders takes it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
