"""How many requests a caller may send in a time, so that one that sends far too many does not slow the others down.

Each role of a merchant has quotas of its own, each customer's link a small one before that, and what needs no key one for
each network. Counted in the memory of this process: several API processes behind one address have a quota each.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from time import monotonic
from typing import Final, Literal, NamedTuple

from aiohttp import web
from limits import parse

from api.http import metrics
from api.http.client_address import Network, network_of
from api.http.endpoint import PublicQuota
from api.http.problems import Problem
from api.http.sliding_windows import SlidingWindows
from services.merchants.authentication import Caller

Quota = Literal[
    "reads",
    "writes",
    "links",
    "public",
    "senders",
    "webhooks",
    "failures",
    "unsubscribes",
    "unknown_codes",
    "sign_ins",
    "sign_in_networks",
    "lookups",
    "lookups_of_order",
    "channel_trials",
]
OFF: Final = "off"
# High enough for a merchant's sale day, low enough that the others are still served.
DEFAULTS: Final[Mapping[Quota, str]] = {
    "reads": "10000/10seconds",
    "writes": "3000/10seconds",
    "links": "120/minute",
    "public": "1200/minute",
    "senders": "10000/10seconds",
    "webhooks": "10000/10seconds",
    "failures": "1200/minute",
    "unsubscribes": "20/minute",
    "unknown_codes": "300/minute",
    "sign_ins": "20/15minutes",
    "sign_in_networks": "300/15minutes",
    "lookups": "30/10minutes",
    "lookups_of_order": "10/hour",
    "channel_trials": "20/hour",
}
_COUNTED: Final[Mapping[Quota, str]] = {
    "links": "requests by one link",
    "public": "requests without a key",
    "senders": "webhooks from one network",
    "unsubscribes": "requests by one link to unsubscribe",
    "unknown_codes": "unknown codes",
    "sign_ins": "attempts to sign in to one account",
    "sign_in_networks": "attempts to sign in from one network",
    "lookups": "searches for an order from one network",
    "lookups_of_order": "searches for one order",
    "channel_trials": "test messages",
}
_MAX_KEYS: Final = 4096  # whose owners are remembered
_PLATFORM: Final = "(platform)"  # the quota of the platform's admin, who belongs to no merchant


class QuotaState(NamedTuple):
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


class RateLimiter:
    """All quotas of one API process. Each has windows of its own, so that a flood of one kind forgets no count of another."""

    def __init__(
        self,
        limits: Mapping[Quota, str] | None = None,
        now: Callable[[], float] = monotonic,
        proxies: Sequence[Network] = (),
    ) -> None:
        """`limits`: what differs from DEFAULTS; "off" for no limit. `proxies`: whose `X-Forwarded-For` names the client.

        Raises ValueError for a limit that is not spelled like `100/10seconds`.
        """
        effective = {**DEFAULTS, **(limits or {})}
        self._windows: dict[Quota, SlidingWindows] = {
            name: SlidingWindows(parse(text), now) for name, text in effective.items() if text != OFF
        }
        self._proxies = proxies
        self._callers: dict[bytes, Caller] = {}

    def consume(self, request: web.Request, quota: Quota, owner: str) -> None:
        """Count one request of that owner. Raises Problem rate_limited with Retry-After when the quota is used up.

        owner: a name of ours or one that was verified, never text that a caller chooses.
        """
        windows = self._windows.get(quota)
        if windows is not None:
            room, remaining, reset = windows.acquire(owner)
            self._admit(request, _state(quota, windows, remaining, reset), room)

    def reject_if_exhausted(self, request: web.Request, quota: Quota, owner: str) -> None:
        """Raises Problem rate_limited if that quota is used up. Counts nothing."""
        windows = self._windows.get(quota)
        if windows is not None:
            remaining, reset = windows.peek(owner)
            if not remaining:
                self._admit(request, _state(quota, windows, 0, reset), False)

    def consume_public(self, request: web.Request, quota: PublicQuota, route: str) -> None:
        """Count one request without a key of that network, for that route: probes and pages do not share a quota.

        Raises Problem rate_limited.
        """
        self.consume(request, quota, f"{route}/{network_of(request, self._proxies)}")

    def consume_sign_in(self, request: web.Request, account: str) -> None:
        """Count one attempt to sign in, whether it succeeds or not: for its network, and for the account that is meant.

        account: a name of ours for it, also for one that does not exist. Raises Problem rate_limited.
        """
        self.consume_sign_in_elsewhere(request)
        self.consume(request, "sign_ins", account)

    def consume_sign_in_elsewhere(self, request: web.Request) -> None:
        """Count one attempt to sign in at a provider, where the account is named. Raises Problem rate_limited."""
        self.consume(request, "sign_in_networks", network_of(request, self._proxies))

    def consume_call(self, request: web.Request, quota: Quota, caller: Caller) -> None:
        """Count one request of a caller: of their link first, so that a customer never uses up what is the merchant's.

        Raises Problem rate_limited.
        """
        for name, owner in _owners(quota, caller):
            self.consume(request, name, owner)

    def known_caller(self, bearer: str | None) -> Caller | None:
        """Whose key this is, if it was good before."""
        return self._callers.get(_hash(bearer)) if bearer else None

    def reject_call_if_exhausted(self, request: web.Request, quota: Quota, known: Caller | None) -> None:
        """Raises Problem rate_limited if a quota of the key's holder is used up. Counts nothing.

        A refusal must be cheap, so the key is not looked up in the store: `known` is its holder when it was good before.
        """
        if known is not None:
            for name, owner in _owners(quota, known):
                self.reject_if_exhausted(request, name, owner)

    def remember_key(self, bearer: str | None, caller: Caller) -> None:
        """Remember whose key this is, once it was good. Its hash is kept, not the key."""
        if bearer is not None:
            if len(self._callers) >= _MAX_KEYS:
                del self._callers[next(iter(self._callers))]
            self._callers[_hash(bearer)] = caller

    def network(self, request: web.Request) -> str:
        """From which network the request comes, also behind proxies."""
        return network_of(request, self._proxies)

    def record_failure(self, request: web.Request) -> None:
        """Count one failed authentication of that network. Raises Problem rate_limited instead of a 401.

        A good key is served from any network: behind one proxy a stranger must not lock out all others.
        """
        windows = self._windows.get("failures")
        if windows is not None:
            room, remaining, reset = windows.acquire(network_of(request, self._proxies))
            if not room:
                raise _rate_limited(_state("failures", windows, remaining, reset))

    def _admit(self, request: web.Request, state: QuotaState, room: bool) -> None:
        """The answer shows the first quota that was counted, or the one that is used up."""
        if not room or QUOTA_STATE not in request:
            request[QUOTA_STATE] = state
        if not room:
            raise _rate_limited(state)


def _owners(quota: Quota, caller: Caller) -> list[tuple[Quota, str]]:
    """The quotas that a request of that caller counts for, in order."""
    merchant = caller.merchant or _PLATFORM
    whole: tuple[Quota, str] = quota, f"{merchant}/{caller.role}"
    return [whole] if caller.order is None else [("links", f"{merchant}/{caller.order}"), whole]


def _hash(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode()).digest()


def quota_of(method: str) -> Quota:
    return "reads" if method in ("GET", "HEAD") else "writes"


def _state(quota: Quota, windows: SlidingWindows, remaining: int, reset: float) -> QuotaState:
    return QuotaState(quota, windows.amount, windows.seconds, remaining, max(1, ceil(reset)))


def _rate_limited(state: QuotaState) -> Problem:
    metrics.RATE_LIMITED.labels(state.quota).inc()
    counted = _COUNTED.get(state.quota, state.quota)
    detail = f"At most {state.limit} {counted} in {state.window} s; nothing was done."
    return Problem("rate_limited", detail, retry_after=state.reset, headers=state.headers())
