"""The use cases of staff with one order, put together on the stores of a process."""

from api.context import DeskServices
from runtime.stores import Stores
from services.commands import CommandExecutor
from services.desk.previews import CommandPreviews
from services.desk.staff_commands import StaffCommands
from services.desk.undo_window import UndoWindow
from services.order_reader import OrderReader


def make_desk_services(stores: Stores, orders: OrderReader, commands: CommandExecutor) -> DeskServices:
    """The use cases of staff with one order."""
    return DeskServices(
        commands=StaffCommands(stores.vault),
        previews=CommandPreviews(orders),
        undo=UndoWindow(orders, commands),
    )
