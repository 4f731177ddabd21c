"""Origins whose pages may call the API with links of a merchant's customers; what was read is reused for some seconds."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from store.merchants.origins import StoredOrigins

CACHE_SECONDS: Final = 15.0  # until a change holds in every API process
MAX_ENTRIES: Final = 1024  # origins are chosen by strangers; the oldest entry goes first
MAX_ORIGIN: Final = 300  # characters; a longer one is allowed by no merchant


class OriginService:
    """Read by every request of a page, written by merchants."""

    def __init__(self, stored: StoredOrigins, now: Callable[[], float] = monotonic) -> None:
        self._stored, self._now = stored, now
        self._read: dict[str, tuple[float, frozenset[str]]] = {}

    async def allows(self, merchant: str, origin: str) -> bool:
        """Whether that merchant allows the origin."""
        return merchant in await self._merchants_of(origin)

    async def allowed_by_any(self, origin: str) -> bool:
        """Whether any merchant does."""
        return bool(await self._merchants_of(origin))

    async def of(self, merchant: str) -> list[str]:
        """The merchant's origins, sorted."""
        return await self._stored.of(merchant)

    async def replace(self, merchant: str, origins: Sequence[str]) -> list[str]:
        """Allow exactly these. This process knows it at once, others within CACHE_SECONDS."""
        await self._stored.replace(merchant, origins)
        self._read.clear()
        return await self._stored.of(merchant)

    async def _merchants_of(self, origin: str) -> frozenset[str]:
        if len(origin) > MAX_ORIGIN:
            return frozenset()
        until, merchants = self._read.get(origin, (0.0, frozenset()))
        if until > self._now():
            return merchants
        merchants = frozenset(await self._stored.merchants_of(origin))
        self._read.pop(origin, None)
        self._read[origin] = (self._now() + CACHE_SECONDS, merchants)
        if len(self._read) > MAX_ENTRIES:
            del self._read[next(iter(self._read))]
        return merchants
