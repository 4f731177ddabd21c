"""Asking a carrier's tracker about one parcel: once, or again and again until there is news."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain import cadence, looking
from domain.before_orders import of_order
from domain.facts import ParcelReport
from domain.looking import LookAsk, Looked
from ports.carriers import Report
from ports.trackers import Account, Accounts, BadKey, NotKnown, NotNow, Parcels, Seen, Tracker

log = logging.getLogger(__name__)

_BAD_KEY = timedelta(hours=1)  # until a refused key is tried again
_NO_ANSWER = timedelta(minutes=15)  # until a source that did not answer is asked again


class Looker:
    """One look: account, its budget, the tracker. Everything that may come of it is an answer."""

    def __init__(self, accounts: Accounts, trackers: Mapping[str, Tracker]) -> None:
        self._accounts, self._trackers = accounts, trackers

    async def look(self, ask: LookAsk, now: datetime) -> Looked:
        """Ask once, if the account's minute has a call left. `now`: business time."""
        account = await self._accounts.account(ask.merchant)
        if account is None:
            return Looked(parcel=ask.parcel, answer="no_account", at=now)
        later = await self._accounts.take_turn(ask.merchant, now)
        if later is not None:
            return Looked(parcel=ask.parcel, answer="later", at=now, not_before=later)
        return await self._ask(account, ask, now)

    async def _ask(self, account: Account, ask: LookAsk, now: datetime) -> Looked:
        sighting = await self._trackers[account.source].look(account, ask, now)
        if not isinstance(sighting, NotNow):
            await self._accounts.note_refusal(ask.merchant, now if isinstance(sighting, BadKey) else None)
        match sighting:
            case Seen():
                return Looked(
                    parcel=ask.parcel, answer="seen", at=now, report=_told(ask, sighting.report, now)
                )
            case NotKnown():
                return Looked(parcel=ask.parcel, answer="not_known", at=now)
            case NotNow():
                log.info("a tracker gave no answer: source=%s why=%s", account.source, sighting.why)
                wait = _NO_ANSWER if sighting.after is None else sighting.after
            case BadKey():
                log.warning("a tracker refuses the key: merchant=%s source=%s", ask.merchant, account.source)
                wait = _BAD_KEY
            case _:
                assert_never(sighting)
        return Looked(parcel=ask.parcel, answer="later", at=now, not_before=now + wait)


class CarrierActivities:
    """What a journey may ask of trackers. Reads only, so both may run any number of times."""

    def __init__(self, looker: Looker, parcels: Parcels) -> None:
        self._looker, self._parcels = looker, parcels

    @activity.defn
    async def look(self, ask: LookAsk) -> Looked:
        """One look, at the time the ask names."""
        return await self._looker.look(ask, ask.not_before)

    @activity.defn
    async def watch(self, ask: LookAsk) -> Looked:
        """Look at the parcel's own pace until there is news, as one step whose every try is a look.

        Raises ApplicationError "NothingNew" with the time until the next look. What is news is decided on the parcel as
        it is in the store now: scans that came by webhook meanwhile are known, and end or hasten the watch.
        """
        info = activity.info()
        now = info.started_time
        if now < ask.not_before:
            raise _again(ask.not_before - now)
        parcel = await self._parcels.watched(ask.merchant, ask.order, ask.parcel)
        if parcel is None:
            return Looked(parcel=ask.parcel, answer="over", at=now)
        looked = await self._looker.look(ask.model_copy(update={"known": parcel.looks.known}), now)
        if looked.answer == "no_account" or looking.is_news(parcel, looked):
            return looked
        turn = f"{ask.merchant}/{ask.order}/{ask.parcel}/try {info.attempt}"
        at = cadence.after(parcel, now, turn)
        if looked.not_before is not None:  # when a minute begins, not all that wait for it come at once
            at = looked.not_before + (at - now) / 10
        raise _again(at - now)


def _told(ask: LookAsk, report: Report, now: datetime) -> ParcelReport:
    """Of the parcel we asked about, by the names its order knows it under, and of this order's time."""
    scans = of_order(report.scans, ask.placed_at, ask.zone)
    return ParcelReport(
        carrier=ask.carrier,
        tracking_number=ask.tracking_number,
        shipped_on=ask.shipped_on,
        scans=tuple(scans),
        estimate=report.estimate,
        now=now if ask.sandbox else None,
    )


def _again(wait: timedelta) -> ApplicationError:
    """Not a failure, only the way to say when to try again: no warning, no alarm."""
    return ApplicationError(
        "nothing new", type="NothingNew", next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN
    )
