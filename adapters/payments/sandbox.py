"""The sandbox payment provider, over its HTTP API."""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Final, Literal

import aiohttp
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from domain.money import Money
from ports.payments import Declined, OutcomeUnknown, ProviderRefund, ProviderState, RefundRequest

logger = logging.getLogger(__name__)

# Declines that the provider keeps under the key, so that they are final. `idempotency_error` is not one of them:
# another refund may have been made under that key.
_FINAL_DECLINES = {
    (402, "declined"),
    (400, "charge_already_refunded"),
    (400, "amount_too_large"),
    (400, "currency_mismatch"),
    (404, "unknown_payment"),
}


_STATES: Final[dict[str, ProviderState]] = {"succeeded": "settled", "pending": "accepted", "failed": "failed"}


class _RefundResponse(BaseModel):
    """amount: minor units. changed_at: since when it is in its state."""

    id: str
    payment: str
    amount: int = Field(gt=0)
    currency: str
    status: Literal["succeeded", "pending", "failed"]
    metadata: dict[str, str]
    changed_at: AwareDatetime
    reason: str = ""
    bank_reference: str = ""

    def as_refund(self) -> ProviderRefund:
        """The refund in the port's words."""
        return ProviderRefund(
            reference=self.id,
            key=self.metadata.get("leg", ""),
            payment=self.payment,
            amount=Money(minor=self.amount, currency=self.currency),
            state=_STATES[self.status],
            raw_state=self.status,
            reason=self.reason,
            bank_reference=self.bank_reference,
            at=self.changed_at,
        )


class _RefundListResponse(BaseModel):
    refunds: list[_RefundResponse]
    next: str = Field(min_length=1)
    more: bool


class _ErrorResponse(BaseModel):
    """left: what the payment still holds, in minor units."""

    code: str
    left: int | None = None


class SandboxPayments:
    """The port `Payments` on the sandbox provider.

    base: the provider's URL.
    session: stays the caller's. Without one, the first request opens one and `close` closes it.
    timeout: seconds for one request.
    """

    name: Final = "sandbox"

    def __init__(
        self, base: str, *, session: aiohttp.ClientSession | None = None, timeout: float = 10.0
    ) -> None:
        self._base = base.rstrip("/")
        self._session = session
        self._owned = session is None
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """Pay back once per key. Raises OutcomeUnknown whenever money may have moved without our knowledge."""
        body = {
            "payment": request.payment,
            "account": request.merchant,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "metadata": {"leg": request.key, "order": request.order},
        }
        status, response = await self._request("POST", json=body, headers={"Idempotency-Key": request.key})
        try:
            if status == 201:
                return _RefundResponse.model_validate_json(response).as_refund()
            error = _ErrorResponse.model_validate_json(response)
        except ValidationError:
            raise OutcomeUnknown(f"{status} with an unreadable body") from None
        if (status, error.code) not in _FINAL_DECLINES:
            raise OutcomeUnknown(f"{status} {error.code}")
        left = None if error.left is None else Money(minor=error.left, currency=request.amount.currency)
        return Declined(code=error.code, left=left)

    async def find(self, request: RefundRequest) -> ProviderRefund | None:
        """The refund made under that key, if any. Raises OutcomeUnknown."""
        found = await self._page({"account": request.merchant, "leg": request.key})
        return found.refunds[0].as_refund() if found.refunds else None

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """All refunds of the merchant's payments that were made or changed since then, page by page. Raises OutcomeUnknown."""
        cursor, more = "0", True
        while more:
            page = await self._page({"account": merchant, "since": since.isoformat(), "after": cursor})
            for refund in page.refunds:
                yield refund.as_refund()
            cursor, more = page.next, page.more

    async def check(self, merchant: str) -> str:
        """The sandbox needs no keys: its account has the merchant's name. Raises OutcomeUnknown when it does not answer."""
        await self._page({"account": merchant, "limit": "1"})
        return merchant

    async def _page(self, query: Mapping[str, str]) -> _RefundListResponse:
        status, response = await self._request("GET", params=query)
        if status != 200:
            raise OutcomeUnknown(f"a look-up with status {status}")
        try:
            return _RefundListResponse.model_validate_json(response)
        except ValidationError:
            raise OutcomeUnknown("look-up with an unreadable body") from None

    async def _request(
        self,
        method: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        url = f"{self._base}/refunds"
        try:
            async with self._session.request(
                method,
                url,
                json=json,
                headers=headers,
                params=params,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("the payment provider gave no answer: %s", type(error).__name__)
            raise OutcomeUnknown(type(error).__name__) from error

    async def close(self) -> None:
        """Close the session, unless it is the caller's."""
        if self._owned and self._session is not None:
            await self._session.close()
            self._session = None
