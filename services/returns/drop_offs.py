"""Drop-offs: a partner scans the customer's code and takes the goods."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from domain import keys
from domain.base import Frozen
from domain.clock import Instant
from domain.reasons import CommandResult
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.views import ReturnStatus, return_view
from services.commands import CommandContext, CommandExecutor
from services.returns.reader import FoundReturn, ReturnReader


@dataclass(frozen=True)
class ScannedCode:
    """A code that was scanned. `nonce`: names this scan at this `location_id`; a repeated scan has the same one."""

    code: str
    location_id: str
    nonce: str
    scanned_at: datetime | None = None


class DropOffReceipt(Frozen):
    """The customer's receipt for the goods that they handed in."""

    return_id: str
    """Our id of the return."""
    order_id: str
    """The shop's own order id."""
    number: str
    """The return's number, as the customer reads it."""
    location_id: str
    """The drop-off point's own id."""
    dropped_off_at: Instant
    """When the goods were handed in."""
    status: ReturnStatus
    """The return's status."""
    units: dict[str, int]
    """How many units of each line."""


@dataclass(frozen=True)
class DropOffService:
    """The use cases of a drop-off point."""

    reader: ReturnReader
    commands: CommandExecutor

    async def take(self, context: CommandContext, found: FoundReturn, scan: ScannedCode) -> CommandResult:
        """Take the goods. A repeated scan is the same command, so it has the same result.

        Raises OrderBusy and JourneyUnavailable.
        """
        command_id = keys.drop_off_scan(found.return_id, context.actor.name, scan.location_id, scan.nonce)
        same_scan = dataclasses.replace(context, command_id=command_id)
        command = DropOffGoods(
            **same_scan.envelope(),
            return_id=found.return_id,
            location_id=scan.location_id,
            nonce=scan.nonce,
            scanned_at=scan.scanned_at,
        )
        return await self.commands.execute(same_scan, found.order, command)

    async def receipt(self, found: FoundReturn) -> DropOffReceipt:
        """The receipt of goods that were taken."""
        state = (await self.reader.orders.state(found.order)).state
        case = state.case(found.return_id)
        assert case is not None
        assert case.dropped_off is not None
        view = return_view(state, case)
        return DropOffReceipt(
            return_id=case.return_id,
            order_id=found.order.order_id,
            number=case.number,
            location_id=case.dropped_off.location_id,
            dropped_off_at=case.dropped_off.at,
            status=view.status,
            units=view.units,
        )
