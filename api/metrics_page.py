"""`GET /metrics`, for Prometheus. It needs the platform admin's key, unless a setting opens it to all.

A loopback address proves nothing: behind a proxy on the same machine every caller has one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from time import monotonic

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.http.auth import Authenticator, bearer_of, identify
from api.http.middleware import ROUTE
from api.http.problems import Problem
from api.http.rate_limits import RateLimiter
from domain.actors import Role
from services.gauges import Gauge, GaugesUnavailable
from services.metrics import REGISTRY

PATH = "/metrics"
_CACHE_SECONDS = 5.0  # seconds that the store's figures are reused
_READ_TIMEOUT = 5.0
_HEADERS = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}

ReadGauges = Callable[[], Awaitable[Iterable[Gauge]]]


class MetricsPage:
    """The store's gauges and this process's own counters as one page."""

    def __init__(self, keys: Authenticator, rates: RateLimiter, read: ReadGauges, open_to_all: bool) -> None:
        self._keys, self._rates, self._read, self._open = keys, rates, read, open_to_all
        self._cached: tuple[float, list[Gauge]] | None = None
        self._reading = asyncio.Lock()

    def publish(self, app: web.Application) -> None:
        app.router.add_get(PATH, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        request[ROUTE] = f"GET {PATH}"
        self._rates.consume_public(request, "public", f"GET {PATH}")
        if not self._open:
            await self._admit(request)
        gauges, store_up = await self._gauges()
        registry = CollectorRegistry()
        registry.register(_StoreGauges(gauges, store_up))
        page = generate_latest(registry) + generate_latest(REGISTRY)
        return web.Response(body=page, headers=_HEADERS)

    async def _admit(self, request: web.Request) -> None:
        try:
            caller = await identify(bearer_of(request), self._keys, {Role.ADMIN})
        except Problem as problem:
            if problem.status == 401:
                self._rates.record_failure(request)
            raise
        if caller.merchant is not None:
            raise Problem("forbidden", "It needs the platform admin's key.")

    async def _gauges(self) -> tuple[list[Gauge], bool]:
        """The store's figures, and whether it answered: while it does not, the page still has the process's own counters."""
        async with self._reading:
            if self._cached is None or monotonic() - self._cached[0] > _CACHE_SECONDS:
                try:
                    async with asyncio.timeout(_READ_TIMEOUT):
                        self._cached = monotonic(), [*await self._read()]
                except (TimeoutError, GaugesUnavailable):
                    self._cached = None
                    return [], False
            return self._cached[1], True


class _StoreGauges(Collector):
    def __init__(self, gauges: Iterable[Gauge], store_up: bool) -> None:
        self._gauges, self._store_up = gauges, store_up

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("smot_store_up", "The store gave its figures for this page.", self._store_up)
        for one in self._gauges:
            family = GaugeMetricFamily(one.name, one.help, labels=one.labels)
            for labels, value in one.values.items():
                family.add_metric(labels, value)
            yield family
