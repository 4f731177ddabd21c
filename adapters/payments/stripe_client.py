"""Calls to Stripe by the official SDK: bounded in time and size, and each failure is one of four outcomes."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any, Final, TypeVar

import aiohttp
import stripe

from ports.payments import AccountRefused, OutcomeUnknown, PaymentAccount

T = TypeVar("T")

SECRET_KEY: Final = "secret_key"
"""The name of the secret or restricted API key among an account's keys."""

_MAX_BODY: Final = 4 * 1024 * 1024  # a page of a hundred events has 200 KB
_RETRIES_OF_READS: Final = 2

# The SDK reports durations and the platform with each call, and logs messages that name amounts.
stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)


class StripeDeclined(Exception):
    """Stripe refused the request as it is: nothing was done under its key.

    code: empty for a refund above what is left.
    """

    def __init__(self, status: int, code: str, param: str) -> None:
        super().__init__(f"{status} {code or param}")
        self.status, self.code, self.param = status, code, param


class KeptFailure(OutcomeUnknown):
    """An answer 500 that is kept under the key: the same key never gets another one."""


class _ConnectionFailed(stripe.APIConnectionError):
    """No answer, or a part of one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, should_retry=True)  # type: ignore[no-untyped-call]


class BoundedHttpClient(stripe.HTTPClient):
    """The SDK's transport. It follows no redirects, reads a bounded answer, and a cut answer is a connection error.

    The SDK's own transport reads without a limit, and passes the error of an answer that was cut on as it is.
    """

    name = "aiohttp"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """See the SDK. Raises stripe.APIConnectionError."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method, url, headers=headers, data=post_data, allow_redirects=False
            ) as response:
                return await _read(response), response.status, response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _ConnectionFailed(type(error).__name__) from error

    def sleep_async(self, secs: float) -> Awaitable[None]:
        """See the SDK."""
        return asyncio.sleep(secs)

    def close(self) -> None:
        """See the SDK; there is nothing that could be closed without waiting."""

    async def close_async(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _MAX_BODY:
            raise aiohttp.ClientPayloadError("the answer is too large")
    return bytes(body)


def open_client(account: PaymentAccount, http: BoundedHttpClient) -> stripe.StripeClient:
    """A client with the account's key, for its connected account if it names one. Raises AccountRefused without a key."""
    key = account.keys.get(SECRET_KEY, "").strip()
    if not key:
        raise AccountRefused("the merchant has no Stripe key")
    return stripe.StripeClient(
        key,
        stripe_account=account.account or None,
        base_addresses={"api": account.base.rstrip("/")} if account.base else {},
        max_network_retries=_RETRIES_OF_READS,
        http_client=http,
    )


async def outcome(work: Awaitable[T]) -> T:
    """The answer. Raises StripeDeclined, AccountRefused, KeptFailure, OutcomeUnknown; their texts hold nothing of the request."""
    try:
        return await work
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise AccountRefused(f"it answered {error.http_status} {_code(error)}".rstrip()) from None
    except (stripe.IdempotencyError, stripe.RateLimitError) as error:
        raise OutcomeUnknown(f"{error.http_status} {_code(error) or type(error).__name__}") from None
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise StripeDeclined(error.http_status or 400, _code(error), error.param or "") from None
    except _ConnectionFailed as error:
        raise OutcomeUnknown(f"no answer: {error}") from None
    except stripe.StripeError as error:
        is_kept = error.http_status == 500 and "idempotent-replayed" in (error.headers or {})
        unknown = KeptFailure if is_kept else OutcomeUnknown
        raise unknown(f"{error.http_status or 'no status'} {_code(error) or type(error).__name__}") from None
    except Exception as error:  # the SDK met an answer of a form that it does not expect
        raise OutcomeUnknown(f"an unreadable answer: {type(error).__name__}") from error


def _code(error: stripe.StripeError) -> str:
    """The code stands in the body; the exception's own field is empty for several statuses."""
    body = error.json_body
    details = body.get("error") if isinstance(body, dict) else None
    code = details.get("code") if isinstance(details, dict) else None
    return code[:100] if isinstance(code, str) else ""
