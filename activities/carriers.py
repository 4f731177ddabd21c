"""Asking a carrier's tracker about one parcel: once, or again and again until there is news."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.tracking import poll_schedule, polling
from domain.tracking.polling import PollRequest, PollResult
from domain.tracking.pre_order_scans import normalize_scans
from domain.tracking.scans import ParcelUpdate
from ports.carriers import TrackingUpdate
from ports.trackers import (
    CarrierAccount,
    CarrierAccounts,
    Found,
    NotFound,
    PolledParcels,
    RetryLater,
    Tracker,
    Unauthorized,
)

log = logging.getLogger(__name__)

_UNAUTHORIZED_RETRY_INTERVAL = timedelta(hours=1)  # until a refused key is tried again
_UNAVAILABLE_RETRY_INTERVAL = timedelta(minutes=15)  # until a source that did not answer is asked again


class CarrierPoller:
    """One look: account, its budget, the tracker. Everything that may come of it is an answer."""

    def __init__(self, accounts: CarrierAccounts, trackers: Mapping[str, Tracker]) -> None:
        self._accounts, self._trackers = accounts, trackers

    async def poll(self, request: PollRequest, now: datetime) -> PollResult:
        """Ask once, if the account's minute has a call left. `now`: business time."""
        account = await self._accounts.account(request.merchant)
        if account is None:
            return PollResult(parcel=request.parcel, status="no_account", at=now)
        later = await self._accounts.acquire_call(request.merchant, now)
        if later is not None:
            return PollResult(parcel=request.parcel, status="retry_later", at=now, not_before=later)
        return await self._query_tracker(account, request, now)

    async def _query_tracker(
        self, account: CarrierAccount, request: PollRequest, now: datetime
    ) -> PollResult:
        sighting = await self._trackers[account.source].poll(account, request, now)
        if not isinstance(sighting, RetryLater):
            await self._accounts.record_unauthorized(
                request.merchant, now if isinstance(sighting, Unauthorized) else None
            )
        match sighting:
            case Found():
                return PollResult(
                    parcel=request.parcel,
                    status="found",
                    at=now,
                    update=_update_for(request, sighting.update, now),
                )
            case NotFound():
                return PollResult(parcel=request.parcel, status="not_found", at=now)
            case RetryLater():
                log.info("a tracker gave no answer: source=%s why=%s", account.source, sighting.reason)
                wait = _UNAVAILABLE_RETRY_INTERVAL if sighting.retry_after is None else sighting.retry_after
            case Unauthorized():
                log.warning(
                    "a tracker refuses the key: merchant=%s source=%s", request.merchant, account.source
                )
                wait = _UNAUTHORIZED_RETRY_INTERVAL
            case _:
                assert_never(sighting)
        return PollResult(parcel=request.parcel, status="retry_later", at=now, not_before=now + wait)


class CarrierActivities:
    """What a journey may ask of trackers. Reads only, so both may run any number of times."""

    def __init__(self, poller: CarrierPoller, parcels: PolledParcels) -> None:
        self._poller, self._parcels = poller, parcels

    @activity.defn
    async def poll_tracker(self, request: PollRequest) -> PollResult:
        """One look, at the time the ask names."""
        return await self._poller.poll(request, request.not_before)

    @activity.defn
    async def poll_until_update(self, request: PollRequest) -> PollResult:
        """Look at the parcel's own pace until there is news, as one step whose every try is a look.

        Raises ApplicationError "NoUpdate" with the time until the next look. What is news is decided on the parcel as
        it is in the store now: scans that came by webhook meanwhile are known, and end or hasten the watch.
        """
        info = activity.info()
        now = info.started_time
        if now < request.not_before:
            raise _retry_after(request.not_before - now)
        parcel = await self._parcels.find_active(request.merchant, request.order, request.parcel)
        if parcel is None:
            return PollResult(parcel=request.parcel, status="ended", at=now)
        looked = await self._poller.poll(
            request.model_copy(update={"found_before": parcel.polling_state.found_before}), now
        )
        if looked.status == "no_account" or polling.is_new_information(parcel, looked):
            return looked
        turn = f"{request.merchant}/{request.order}/{request.parcel}/try {info.attempt}"
        at = poll_schedule.next_poll_after(parcel, now, turn)
        if looked.not_before is not None:  # when a minute begins, not all that wait for it come at once
            at = looked.not_before + (at - now) / 10
        raise _retry_after(at - now)


def _update_for(request: PollRequest, update: TrackingUpdate, now: datetime) -> ParcelUpdate:
    """Of the parcel we asked about, by the names its order knows it under, and of this order's time."""
    scans = normalize_scans(update.scans, request.placed_at, request.zone)
    return ParcelUpdate(
        carrier=request.carrier,
        tracking_number=request.tracking_number,
        shipped_on=request.shipped_on,
        scans=tuple(scans),
        estimate=update.estimate,
        now=now if request.sandbox else None,
    )


def _retry_after(wait: timedelta) -> ApplicationError:
    """Not a failure, only the way to say when to try again: no warning, no alarm."""
    return ApplicationError(
        "no update", type="NoUpdate", next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN
    )
