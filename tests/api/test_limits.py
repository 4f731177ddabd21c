"""Only a few requests at a time work on one order, and no request waits without end."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from api.http.service_problems import problem_of
from domain.model.terms import Policy
from services.per_order_limiter import OrderBusy, PerOrderLimiter
from services.policies.backtesting import BacktestRunning, PolicyBacktests
from store.orders.past_returns import PastReturnBatch, PastReturns


async def test_no_more_than_the_limit_hold_one_order_and_all_get_their_turn() -> None:
    limit, inside, most = PerOrderLimiter(max_concurrent=8, timeout=5), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with limit.slot("order/acme/o1"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(50)))
    assert (most, inside, len(limit)) == (8, 0, 0)


async def test_waiting_too_long_is_429_with_retry_after() -> None:
    limit = PerOrderLimiter(max_concurrent=1, timeout=0.05)
    async with limit.slot("o1"):
        with pytest.raises(OrderBusy) as caught:
            async with limit.slot("o1"):
                pytest.fail("two at once")
        problem = problem_of(caught.value)
        assert (problem.status, problem.headers["Retry-After"]) == (429, "1")
        assert len(limit) == 1
    async with limit.slot("o1"):
        pass
    assert len(limit) == 0


async def test_orders_do_not_wait_for_each_other() -> None:
    limit = PerOrderLimiter(max_concurrent=1, timeout=0)
    async with limit.slot("o1"), limit.slot("o2"):
        assert len(limit) == 2


async def test_failures_and_cancelled_waiters_leave_nothing_behind() -> None:
    limit = PerOrderLimiter(max_concurrent=1, timeout=60)
    with pytest.raises(KeyError):
        async with limit.slot("o1"):
            raise KeyError
    async with limit.slot("o1"):
        waiter = asyncio.ensure_future(limit.slot("o1").__aenter__())
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    assert len(limit) == 0


class SlowReturns:
    """Past returns that come when the test says so."""

    def __init__(self) -> None:
        self.come = asyncio.Event()

    async def newest(self, merchant: str, limit: int, batch: int) -> AsyncIterator[PastReturnBatch]:
        """None, and late."""
        await self.come.wait()
        yield PastReturnBatch(frozenset(), [])


async def test_a_merchant_tries_out_one_draft_at_a_time() -> None:
    slow = SlowReturns()
    backtests = PolicyBacktests(cast(PastReturns, slow))
    first = asyncio.create_task(backtests.run("acme", Policy()))
    await asyncio.sleep(0)
    with pytest.raises(BacktestRunning) as caught:
        await backtests.run("acme", Policy())
    problem = problem_of(caught.value)
    assert (problem.status, problem.headers["Retry-After"]) == (429, "2")
    given_up = asyncio.create_task(backtests.run("other", Policy()))
    await asyncio.sleep(0)
    assert given_up.cancel()
    slow.come.set()
    assert (await first).returns == 0
    for merchant in ("acme", "other"):
        assert (await backtests.run(merchant, Policy())).returns == 0, "the next one is let in"
