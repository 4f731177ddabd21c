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

from api import meters
from api.problems import Problem

Budget = Literal["reads", "writes", "webhooks", "failures"]
OFF: Final = "off"
# High enough that no honest merchant notices; a sale day of one is still shared out. `failures`: 401s of one address.
DEFAULTS: Final[Mapping[Budget, str]] = {
    "reads": "10000/10seconds",
    "writes": "3000/10seconds",
    "webhooks": "10000/10seconds",
    "failures": "1200/minute",
}
_CROWD: Final = 4096  # keys held before idle ones are looked for
_PLATFORM: Final = "(platform)"  # its admin belongs to no merchant


@dataclass(frozen=True)
class Stand:
    """What is left of a budget: `left` of `most` requests in `window` seconds, more in `reset` seconds."""

    budget: Budget
    most: int
    window: int
    left: int
    reset: int

    def headers(self) -> dict[str, str]:
        """RateLimit fields as the IETF draft spells them; the names of budgets are strings there."""
        return {
            "RateLimit-Policy": f'"{self.budget}";q={self.most};w={self.window}',
            "RateLimit": f'"{self.budget}";r={self.left};t={self.reset}',
        }


STAND: Final = web.RequestKey("stand", Stand)


class Windows:
    """When each key's requests of the last seconds came, oldest first.

    A moving window, exact to the request. The library's own storage in memory starts a thread for every request.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._came: dict[str, tuple[float, deque[float]]] = {}
        self._crowd = _CROWD

    def __len__(self) -> int:
        return len(self._came)

    def take(self, key: str, limit: RateLimitItem) -> tuple[bool, int, float]:
        """Whether there was room for one more, how many there may be still, and in how many seconds more."""
        seconds, now = float(limit.get_expiry()), self._now()
        if key not in self._came:
            self._forget_the_idle()
            self._came[key] = (seconds, deque())
        came = self._came[key][1]
        _let_go(came, now - seconds)
        room = len(came) < limit.amount
        if room:
            came.append(now)
        return room, limit.amount - len(came), came[0] + seconds - now

    def look(self, key: str, limit: RateLimitItem) -> tuple[int, float]:
        """How many there may be, and in how many seconds more; takes nothing."""
        seconds, now = float(limit.get_expiry()), self._now()
        came = self._came[key][1] if key in self._came else deque[float]()
        _let_go(came, now - seconds)
        return limit.amount - len(came), (came[0] + seconds - now) if came else 0.0

    def _forget_the_idle(self) -> None:
        """Not before there are twice as many as were busy the last time: a flood of addresses shall not pay for a look each."""
        if len(self._came) >= self._crowd:
            for key, (seconds, came) in [*self._came.items()]:
                _let_go(came, self._now() - seconds)
                if not came:
                    del self._came[key]
            self._crowd = max(_CROWD, 2 * len(self._came))


def _let_go(came: deque[float], start: float) -> None:
    while came and came[0] <= start:
        came.popleft()


class Rates:
    """The budgets of all merchants and addresses. `limits`: what differs from DEFAULTS; "off" for no limit."""

    def __init__(
        self, limits: Mapping[Budget, str] | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        """Raises ValueError for a limit that is not spelled like `100/10seconds`."""
        wanted = {**DEFAULTS, **(limits or {})}
        self._limits: dict[Budget, RateLimitItem] = {
            name: parse(text) for name, text in wanted.items() if text != OFF
        }
        self._windows = Windows(now)
        self._known: dict[bytes, str] = {}

    def spend(self, request: web.Request, budget: Budget, merchant: str | None) -> None:
        """One request of that merchant. Raises Problem rate_limited with Retry-After when the budget is used up."""
        stand = self._hit(budget, merchant or _PLATFORM)
        if stand is not None:
            request[STAND] = stand[1]
            if not stand[0]:
                raise _too_many(stand[1])

    def know(self, bearer: str | None, merchant: str | None) -> None:
        """That key was good, and whose it is. Its hash is remembered, not the key."""
        if bearer is not None:
            if len(self._known) >= _CROWD:
                del self._known[next(iter(self._known))]
            self._known[_hash(bearer)] = merchant or _PLATFORM

    def refuse_known(self, request: web.Request, budget: Budget, bearer: str | None) -> None:
        """A refusal must cost us nothing, not even a look at the key: so it is by what we know of the very same key.

        Raises Problem rate_limited.
        """
        limit, whose = self._limits.get(budget), self._known.get(_hash(bearer)) if bearer else None
        if limit is None or whose is None:
            return
        left, reset = self._windows.look(f"{budget}/{whose}", limit)
        if not left:
            stand = Stand(budget, limit.amount, limit.get_expiry(), 0, max(1, ceil(reset)))
            request[STAND] = stand
            raise _too_many(stand)

    def failed(self, request: web.Request) -> None:
        """One more request of that address that proved nothing. Raises Problem rate_limited instead of a 401.

        A good key is served from any address: behind one proxy a stranger must not lock everybody out.
        """
        stand = self._hit("failures", _network(request.remote))
        if stand is not None and not stand[0]:
            raise _too_many(stand[1])

    def _hit(self, budget: Budget, whose: str) -> tuple[bool, Stand] | None:
        limit = self._limits.get(budget)
        if limit is None:
            return None
        room, left, reset = self._windows.take(f"{budget}/{whose}", limit)
        return room, Stand(budget, limit.amount, limit.get_expiry(), left, max(1, ceil(reset)))


def _hash(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode()).digest()


def budget_of(method: str) -> Budget:
    return "reads" if method in ("GET", "HEAD") else "writes"


def _too_many(stand: Stand) -> Problem:
    meters.REFUSED.labels(stand.budget).inc()
    detail = f"At most {stand.most} {stand.budget} in {stand.window} s; nothing was done."
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
