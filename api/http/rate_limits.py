"""How many requests a merchant may send in a time, so that one that sends far too many does not slow the others down.

Counted in the memory of this process: several API processes behind one address have a quota each.
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

from api.http import metrics
from api.http.problems import Problem

Quota = Literal["reads", "writes", "webhooks", "failures"]
OFF: Final = "off"
# High enough for a merchant's sale day, low enough that the others are still served. `failures`: 401s of one address.
DEFAULTS: Final[Mapping[Quota, str]] = {
    "reads": "10000/10seconds",
    "writes": "3000/10seconds",
    "webhooks": "10000/10seconds",
    "failures": "1200/minute",
}
_CLEANUP_SIZE: Final = 4096  # keys held before idle ones are dropped
_PLATFORM: Final = "(platform)"  # the quota of the platform's admin, who belongs to no merchant


@dataclass(frozen=True)
class QuotaState:
    """What is left of a quota: `remaining` of `limit` requests in `window` seconds, more in `reset` seconds."""

    quota: Quota
    limit: int
    window: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """RateLimit fields as the IETF draft spells them; the names of quotas are strings there."""
        return {
            "RateLimit-Policy": f'"{self.quota}";q={self.limit};w={self.window}',
            "RateLimit": f'"{self.quota}";r={self.remaining};t={self.reset}',
        }


QUOTA_STATE: Final = web.RequestKey("quota", QuotaState)


class SlidingWindows:
    """The arrival times of each key's requests in its window, oldest first: a moving window, exact to the request.

    The storage in memory of the `limits` library starts a thread for every request, so it is not used.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._requests: dict[str, tuple[float, deque[float]]] = {}
        self._cleanup_at = _CLEANUP_SIZE

    def __len__(self) -> int:
        return len(self._requests)

    def acquire(self, key: str, limit: RateLimitItem) -> tuple[bool, int, float]:
        """Whether there was room for one more, how many remain, and in how many seconds there is room for more."""
        seconds, now = float(limit.get_expiry()), self._now()
        if key not in self._requests:
            self._drop_idle()
            self._requests[key] = (seconds, deque())
        times = self._requests[key][1]
        _drop_expired(times, now - seconds)
        room = len(times) < limit.amount
        if room:
            times.append(now)
        return room, limit.amount - len(times), times[0] + seconds - now

    def peek(self, key: str, limit: RateLimitItem) -> tuple[int, float]:
        """How many remain, and in how many seconds there is room for more; counts nothing."""
        seconds, now = float(limit.get_expiry()), self._now()
        times = self._requests[key][1] if key in self._requests else deque[float]()
        _drop_expired(times, now - seconds)
        return limit.amount - len(times), (times[0] + seconds - now) if times else 0.0

    def _drop_idle(self) -> None:
        """Only once there are twice as many keys as were busy the last time: a flood of addresses must not cost a search each."""
        if len(self._requests) >= self._cleanup_at:
            for key, (seconds, times) in [*self._requests.items()]:
                _drop_expired(times, self._now() - seconds)
                if not times:
                    del self._requests[key]
            self._cleanup_at = max(_CLEANUP_SIZE, 2 * len(self._requests))


def _drop_expired(requests: deque[float], start: float) -> None:
    while requests and requests[0] <= start:
        requests.popleft()


class RateLimiter:
    """The quotas of all merchants and addresses. `limits`: what differs from DEFAULTS; "off" for no limit."""

    def __init__(
        self, limits: Mapping[Quota, str] | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        """Raises ValueError for a limit that is not spelled like `100/10seconds`."""
        effective = {**DEFAULTS, **(limits or {})}
        self._limits: dict[Quota, RateLimitItem] = {
            name: parse(text) for name, text in effective.items() if text != OFF
        }
        self._windows = SlidingWindows(now)
        self._merchant_by_key: dict[bytes, str] = {}

    def consume(self, request: web.Request, quota: Quota, merchant: str | None) -> None:
        """Count one request of that merchant. Raises Problem rate_limited with Retry-After when the quota is used up."""
        counted = self._count(quota, merchant or _PLATFORM)
        if counted is not None:
            room, request[QUOTA_STATE] = counted
            if not room:
                raise _rate_limited(counted[1])

    def remember_key(self, bearer: str | None, merchant: str | None) -> None:
        """Remember whose key this is, once it was good. Its hash is kept, not the key."""
        if bearer is not None:
            if len(self._merchant_by_key) >= _CLEANUP_SIZE:
                del self._merchant_by_key[next(iter(self._merchant_by_key))]
            self._merchant_by_key[_hash(bearer)] = merchant or _PLATFORM

    def reject_if_exhausted(self, request: web.Request, quota: Quota, bearer: str | None) -> None:
        """Raises Problem rate_limited if the quota of the key's merchant is used up. Counts nothing.

        A refusal must be cheap, so the key is not looked up in the store: a key that was good before is remembered.
        """
        limit, owner = self._limits.get(quota), self._merchant_by_key.get(_hash(bearer)) if bearer else None
        if limit is None or owner is None:
            return
        remaining, reset = self._windows.peek(f"{quota}/{owner}", limit)
        if not remaining:
            state = QuotaState(quota, limit.amount, limit.get_expiry(), 0, max(1, ceil(reset)))
            request[QUOTA_STATE] = state
            raise _rate_limited(state)

    def record_failure(self, request: web.Request) -> None:
        """Count one failed authentication of that address. Raises Problem rate_limited instead of a 401.

        A good key is served from any address: behind one proxy a stranger must not lock out all others.
        """
        counted = self._count("failures", _network(request.remote))
        if counted is not None and not counted[0]:
            raise _rate_limited(counted[1])

    def _count(self, quota: Quota, owner: str) -> tuple[bool, QuotaState] | None:
        limit = self._limits.get(quota)
        if limit is None:
            return None
        room, remaining, reset = self._windows.acquire(f"{quota}/{owner}", limit)
        return room, QuotaState(quota, limit.amount, limit.get_expiry(), remaining, max(1, ceil(reset)))


def _hash(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode()).digest()


def quota_of(method: str) -> Quota:
    return "reads" if method in ("GET", "HEAD") else "writes"


def _rate_limited(state: QuotaState) -> Problem:
    metrics.RATE_LIMITED.labels(state.quota).inc()
    detail = f"At most {state.limit} {state.quota} in {state.window} s; nothing was done."
    return Problem("rate_limited", detail, retry_after=state.reset, headers=state.headers())


def _network(address: str | None) -> str:
    """The address, or for IPv6 its /64: a user has all addresses of one."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
