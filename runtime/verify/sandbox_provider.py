"""The records of the sandbox payment provider."""

from collections.abc import AsyncIterator, Collection

import aiohttp
from pydantic import BaseModel, Field

from runtime.verify.sources import ProviderRecords, RecordedRefund

_MAX_NAMES = 100  # names in one request


class _RefundPage(BaseModel):
    refunds: list[RecordedRefund]
    next: str = Field(min_length=1)
    more: bool


class SandboxProvider:
    """The sandbox provider's payments and refunds. `base`: its URL. Raises aiohttp.ClientError."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    async def find_records(self, payments: Collection[str], legs: Collection[str]) -> ProviderRecords:
        """These payments, and the refunds of these payments or for one of these legs."""
        found = ProviderRecords()
        wanted = [("payments", name) for name in payments] + [("legs", name) for name in legs]
        async with aiohttp.ClientSession(raise_for_status=True) as http:
            for part in (wanted[at : at + _MAX_NAMES] for at in range(0, len(wanted), _MAX_NAMES)):
                body = {kind: [name for of, name in part if of == kind] for kind in ("payments", "legs")}
                async with http.post(f"{self._base}/records/find", json=body) as answer:
                    page = ProviderRecords.model_validate_json(await answer.read())
                found.payments += page.payments
                known = {refund.id for refund in found.refunds}
                found.refunds += [refund for refund in page.refunds if refund.id not in known]
        return found

    async def refund_pages(self) -> AsyncIterator[list[RecordedRefund]]:
        """Every refund that the provider has made, page by page."""
        cursor, more = "0", True
        async with aiohttp.ClientSession(raise_for_status=True) as http:
            while more:
                async with http.get(f"{self._base}/refunds", params={"after": cursor}) as answer:
                    page = _RefundPage.model_validate_json(await answer.read())
                yield page.refunds
                cursor, more = page.next, page.more
