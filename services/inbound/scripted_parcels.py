"""Plays scripted parcels of sandbox merchants: each step moves the clock and hands in what a carrier would send then."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.reasons import CommandResult
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.scripts import AFTER_THE_LAST, SCRIPTS, ScriptName, ScriptStep
from services.commands import CommandExecutor
from services.inbox import InboundDelivery, InboxService
from services.merchants.sandbox_clock import SandboxClock
from services.order_reader import FoundOrder, OrderReader

_CARRIER: Final = "UPS"
_SOURCE: Final = "generic"


class PlayedStep(Frozen):
    """What just happened to the parcel."""

    tracking_number: str
    """Its number, by which the script goes on."""
    status: ParcelStatus | None
    """What the carrier reported; null where only time passed, as the script has no more to report."""
    now: Instant
    """The merchant's time now."""
    left: int
    """How many reports are left."""


class ScriptRefused(Exception):
    """The order takes no further parcel."""

    def __init__(self, result: CommandResult) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True)
class ScriptedParcels:
    """Hands scans in as a verified webhook of the source `generic` would be, so all that follows is as with a carrier."""

    orders: OrderReader
    commands: CommandExecutor
    inbox: InboxService
    clock: SandboxClock

    async def play(self, actor: Actor, order: FoundOrder, script: ScriptName) -> PlayedStep:
        """The next step of that script for the order; its first one registers the parcel, with all that was not sent yet.

        Raises NotSandbox, WorkUnfinished, ScriptRefused, OrderBusy and JourneyUnavailable.
        """
        await self.clock.now(order.merchant)
        number = keys.scripted_parcel(order.id, script)
        parcel = await self._parcel(actor, order, number)
        steps, done = SCRIPTS[script], len(parcel.scans) if parcel else 0
        step = steps[done] if done < len(steps) else None
        at = await self._advance(order.merchant, step.wait if step else AFTER_THE_LAST)
        if step is not None:
            await self._report(order, number, (done, step, at))
            at = await self._advance(order.merchant, timedelta())
        return PlayedStep(
            tracking_number=number,
            status=step.status if step else None,
            now=at,
            left=max(0, len(steps) - done - 1),
        )

    async def _parcel(self, actor: Actor, order: FoundOrder, number: str) -> Parcel | None:
        parcels = (await self.orders.state(order)).state.parcels
        found = next((one for one in parcels if one.tracking_number == number), None)
        if found is None:
            context = await self.commands.context(order.merchant, actor, number)
            command = RegisterParcel(**context.envelope(), carrier=_CARRIER, tracking_number=number)
            result = await self.commands.execute(context, order, command)
            if result.verdict == "refused":
                raise ScriptRefused(result)
        return found

    async def _advance(self, merchant: str, wait: timedelta) -> datetime:
        return (await self.clock.advance(merchant, lambda now: now + wait)).now

    async def _report(self, order: FoundOrder, number: str, done: tuple[int, ScriptStep, datetime]) -> None:
        """The same step again is the same delivery, so it is applied once."""
        index, step, at = done
        scan = {"at": at.isoformat(), "status": step.status, "location": step.place}
        parcel = {"carrier": _CARRIER, "tracking_number": number, "scans": [scan]}
        body = json.dumps({"type": "tracking.updated", "data": {"parcels": [parcel]}}).encode()
        delivery = keys.scripted_delivery(number, index)
        await self.inbox.accept(InboundDelivery(order.merchant, _SOURCE, delivery, body, at))
