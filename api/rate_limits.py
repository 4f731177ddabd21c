"""How much a merchant may ask of us in a while, so that one who sends far too much slows nobody else down.

Counted in the memory of this process: with several API processes behind one address each gives its own share.
"""

import hashlib
import ipaddress
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Final, Literal

from aiohttp import web
from limits import RateLimitItem, parse

from api import metrics
from api.problems import Problem

Quota = Literal["reads", "writes", "webhooks", "failures"]
OFF: Final = "off"
# High enough that no honest merchant notices; a sale day of one is still shared out. `failures`: 401s of one address.
DEFAULTS: Final[Mapping[Quota, str]] = {
    "reads": "10000/10seconds",
    "writes": "3000/10seconds",
    "webhooks": "10000/10seconds",
    "failures": "1200/minute",
}
_CLEANUP_SIZE: Final = 4096  # keys held before idle ones are looked for
_PLATFORM: Final = "(platform)"  # its admin belongs to no merchant


@dataclass(frozen=True)
class QuotaState:
    """What is left of a budget: `left` of `most` requests in `window` seconds, more in `reset` seconds."""

    quota: Quota
    limit: int
    window: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """RateLimit fields as the IETF draft spells them; the names of budgets are strings there."""
        return {
            "RateLimit-Policy": f'"{self.quota}";q={self.limit};w={self.window}',
            "RateLimit": f'"{self.quota}";r={self.remaining};t={self.reset}',
        }


QUOTA_STATE: Final = web.RequestKey("quota", QuotaState)


class SlidingWindows:
    """When each key's requests of the last seconds came, oldest first.

    A moving window, exact to the request. The library's own storage in memory starts a thread for every request.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._requests: dict[str, tuple[float, deque[float]]] = {}
        self._cleanup_at = _CLEANUP_SIZE

    def __len__(self) -> int:
        return len(self._requests)

    def acquire(self, key: str, limit: RateLimitItem) -> tuple[bool, int, float]:
        """Whether there was room for one more, how many there may be still, and in how many seconds more."""
        seconds, now = float(limit.get_expiry()), self._now()
        if key not in self._requests:
            self._drop_idle()
            self._requests[key] = (seconds, deque())
        came = self._requests[key][1]
        _drop_expired(came, now - seconds)
        room = len(came) < limit.amount
        if room:
            came.append(now)
        return room, limit.amount - len(came), came[0] + seconds - now

    def peek(self, key: str, limit: RateLimitItem) -> tuple[int, float]:
        """How many there may be, and in how many seconds more; takes nothing."""
        seconds, now = float(limit.get_expiry()), self._now()
        came = self._requests[key][1] if key in self._requests else deque[float]()
        _drop_expired(came, now - seconds)
        return limit.amount - len(came), (came[0] + seconds - now) if came else 0.0

    def _drop_idle(self) -> None:
        """Not before there are twice as many as were busy the last time: a flood of addresses shall not pay for a look each."""
        if len(self._requests) >= self._cleanup_at:
            for key, (seconds, came) in [*self._requests.items()]:
                _drop_expired(came, self._now() - seconds)
                if not came:
                    del self._requests[key]
            self._cleanup_at = max(_CLEANUP_SIZE, 2 * len(self._requests))


def _drop_expired(requests: deque[float], start: float) -> None:
    while requests and requests[0] <= start:
        requests.popleft()


class RateLimiter:
    """The budgets of all merchants and addresses. `limits`: what differs from DEFAULTS; "off" for no limit."""

    def __init__(
        self, limits: Mapping[Quota, str] | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        """Raises ValueError for a limit that is not spelled like `100/10seconds`."""
        wanted = {**DEFAULTS, **(limits or {})}
        self._limits: dict[Quota, RateLimitItem] = {
            name: parse(text) for name, text in wanted.items() if text != OFF
        }
        self._windows = SlidingWindows(now)
        self._merchant_by_key: dict[bytes, str] = {}

    def consume(self, request: web.Request, quota: Quota, merchant: str | None) -> None:
        """One request of that merchant. Raises Problem rate_limited with Retry-After when the budget is used up."""
        stand = self._hit(quota, merchant or _PLATFORM)
        if stand is not None:
            request[QUOTA_STATE] = stand[1]
            if not stand[0]:
                raise _rate_limited(stand[1])

    def remember_key(self, bearer: str | None, merchant: str | None) -> None:
        """That key was good, and whose it is. Its hash is remembered, not the key."""
        if bearer is not None:
            if len(self._merchant_by_key) >= _CLEANUP_SIZE:
                del self._merchant_by_key[next(iter(self._merchant_by_key))]
            self._merchant_by_key[_hash(bearer)] = merchant or _PLATFORM

    def reject_if_exhausted(self, request: web.Request, quota: Quota, bearer: str | None) -> None:
        """A refusal must cost us nothing, not even a look at the key: so it is by what we know of the very same key.

        Raises Problem rate_limited.
        """
        limit, whose = self._limits.get(quota), self._merchant_by_key.get(_hash(bearer)) if bearer else None
        if limit is None or whose is None:
            return
        left, reset = self._windows.peek(f"{quota}/{whose}", limit)
        if not left:
            stand = QuotaState(quota, limit.amount, limit.get_expiry(), 0, max(1, ceil(reset)))
            request[QUOTA_STATE] = stand
            raise _rate_limited(stand)

    def record_failure(self, request: web.Request) -> None:
        """One more request of that address that proved nothing. Raises Problem rate_limited instead of a 401.

        A good key is served from any address: behind one proxy a stranger must not lock everybody out.
        """
        stand = self._hit("failures", _network(request.remote))
        if stand is not None and not stand[0]:
            raise _rate_limited(stand[1])

    def _hit(self, quota: Quota, owner: str) -> tuple[bool, QuotaState] | None:
        limit = self._limits.get(quota)
        if limit is None:
            return None
        room, left, reset = self._windows.acquire(f"{quota}/{owner}", limit)
        return room, QuotaState(quota, limit.amount, limit.get_expiry(), left, max(1, ceil(reset)))


def _hash(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode()).digest()


def quota_of(method: str) -> Quota:
    return "reads" if method in ("GET", "HEAD") else "writes"


def _rate_limited(stand: QuotaState) -> Problem:
    metrics.RATE_LIMITED.labels(stand.quota).inc()
    detail = f"At most {stand.limit} {stand.quota} in {stand.window} s; nothing was done."
    return Problem("rate_limited", detail, retry_after=stand.reset, headers=stand.headers())


def _network(address: str | None) -> str:
    """An IPv6 user has a whole /64 to call from."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
