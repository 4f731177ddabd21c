"""The refunds of the sandbox payment provider."""

import aiohttp
from pydantic import BaseModel, Field

from runtime.verify.sources import ProviderRefund


class _RefundPage(BaseModel):
    refunds: list[ProviderRefund]
    next: str = Field(min_length=1)
    more: bool


class SandboxProvider:
    """The sandbox provider's list of refunds, read page by page. `base`: its URL. Raises aiohttp.ClientError."""

    def __init__(self, base: str) -> None:
        self._url = f"{base.rstrip('/')}/refunds"

    async def refunds(self) -> list[ProviderRefund]:
        """Every refund that the provider has made."""
        listed: list[ProviderRefund] = []
        cursor, more = "0", True
        async with aiohttp.ClientSession(raise_for_status=True) as http:
            while more:
                async with http.get(self._url, params={"after": cursor}) as answer:
                    page = _RefundPage.model_validate_json(await answer.read())
                listed += page.refunds
                cursor, more = page.next, page.more
        return listed
