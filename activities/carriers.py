"""Activities: poll a carrier's tracker about one parcel, once or until there is new information."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.tracking import poll_results, poll_schedule
from domain.tracking.poll_results import PollResult
from domain.tracking.polling import PollRequest
from ports.trackers import (
    CarrierAccount,
    CarrierAccounts,
    Found,
    NotFound,
    PolledOrders,
    RetryLater,
    Tracker,
    TrackerReply,
    Unauthorized,
)

log = logging.getLogger(__name__)

_UNAUTHORIZED_RETRY_INTERVAL = timedelta(hours=1)  # after a refused key
_UNAVAILABLE_RETRY_INTERVAL = timedelta(minutes=15)  # after a tracker without a usable answer


class CarrierPoller:
    """Polls a tracker once: account, its budget, the tracker. Every outcome is a `PollResult`."""

    def __init__(self, accounts: CarrierAccounts, trackers: Mapping[str, Tracker]) -> None:
        self._accounts, self._trackers = accounts, trackers

    async def poll(self, request: PollRequest, now: datetime) -> PollResult:
        """Poll if the account has a call left in this minute. now: business time."""
        account = await self._accounts.account(request.merchant)
        if account is None:
            return PollResult(parcel=request.parcel, status="no_account", at=now)
        next_minute = await self._accounts.acquire_call(request.merchant, now)
        if next_minute is not None:
            return PollResult(parcel=request.parcel, status="retry_later", at=now, not_before=next_minute)
        reply = await self._trackers[account.source].poll(account, request, now)
        if not isinstance(reply, RetryLater):
            unauthorized_at = now if isinstance(reply, Unauthorized) else None
            await self._accounts.record_unauthorized(request.merchant, unauthorized_at)
        return _result(request, account, reply, now)


def _result(request: PollRequest, account: CarrierAccount, reply: TrackerReply, now: datetime) -> PollResult:
    match reply:
        case Found():
            return PollResult(parcel=request.parcel, status="found", at=now, update=reply.parcel.update)
        case NotFound():
            return PollResult(parcel=request.parcel, status="not_found", at=now)
        case RetryLater():
            log.info("a tracker gave no usable answer: source=%s reason=%s", account.source, reply.reason)
            wait = _UNAVAILABLE_RETRY_INTERVAL if reply.retry_after is None else reply.retry_after
        case Unauthorized():
            log.warning("a tracker refuses the key: merchant=%s source=%s", request.merchant, account.source)
            wait = _UNAUTHORIZED_RETRY_INTERVAL
        case _:
            assert_never(reply)
    return PollResult(parcel=request.parcel, status="retry_later", at=now, not_before=now + wait)


class CarrierActivities:
    """The polls that a journey may schedule. They only read, so each may run any number of times."""

    def __init__(self, poller: CarrierPoller, orders: PolledOrders) -> None:
        self._poller, self._orders = poller, orders

    @activity.defn
    async def poll_tracker(self, request: PollRequest) -> PollResult:
        """Poll once, at the time that the request names."""
        return await self._poller.poll(request, request.not_before)

    @activity.defn
    async def poll_until_update(self, request: PollRequest) -> PollResult:
        """Poll at the parcel's own intervals until there is new information; each attempt of this activity is one poll.

        Raises ApplicationError "NoUpdate" with the time until the next poll. The parcel is compared as the store has it now, so
        scans that arrived by webhook meanwhile are known: they end the polling or change its interval.
        """
        info = activity.info()
        now = info.started_time
        if now < request.not_before:
            raise _retry_after(request.not_before - now)
        state = await self._orders.find_active(request.merchant, request.order, request.parcel)
        parcel = state.parcel(request.parcel) if state else None
        if state is None or parcel is None:
            return PollResult(parcel=request.parcel, status="ended", at=now)
        current = request.model_copy(update={"found_before": parcel.polling_state.found_before})
        result = await self._poller.poll(current, now)
        if result.status == "no_account" or poll_results.is_new_information(state, parcel, result):
            return result
        seed = f"{request.merchant}/{request.order}/{request.parcel}/try {info.attempt}"
        at = poll_schedule.next_poll_after(parcel, now, seed)
        # Spread the polls: else all that wait for the same minute would poll at its beginning.
        if result.not_before is not None:
            at = result.not_before + (at - now) / 10
        raise _retry_after(at - now)


def _retry_after(wait: timedelta) -> ApplicationError:
    """Not a failure: it makes Temporal schedule the next attempt, without a warning in logs and metrics."""
    return ApplicationError(
        "no update", type="NoUpdate", next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN
    )
