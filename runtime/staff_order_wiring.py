"""The use cases of staff with one order, put together on the stores of a process."""

from api.context import OrderServices, StaffOrderServices
from runtime.stores import Stores
from services.commands import CommandExecutor
from services.order_names import OrderNames
from services.order_reader import OrderReader
from services.staff_orders.approval_decisions import ApprovalDecisions
from services.staff_orders.approval_gate import ApprovalGate
from services.staff_orders.previews import CommandPreviews
from services.staff_orders.staff_commands import StaffCommands
from services.staff_orders.staff_page import StaffPages
from services.staff_orders.undo_window import UndoWindow
from store.orders.labels import OrderLabels


def make_gate(stores: Stores, orders: OrderReader) -> ApprovalGate:
    """What every command of a person passes."""
    return ApprovalGate(orders, stores.policies, stores.approvals, stores.audit)


def make_undo_window(stores: Stores, orders: OrderReader, commands: CommandExecutor) -> UndoWindow:
    """How people give commands that wait before money leaves."""
    return UndoWindow(orders, commands, make_gate(stores, orders))


def make_staff_order_services(
    stores: Stores, orders: OrderServices, commands: CommandExecutor
) -> StaffOrderServices:
    """The use cases of staff with one order."""
    undo = make_undo_window(stores, orders.reader, commands)
    names = OrderNames(OrderLabels(stores.db), stores.vault)
    return StaffOrderServices(
        commands=StaffCommands(stores.vault),
        previews=CommandPreviews(orders.reader),
        undo=undo,
        approvals=ApprovalDecisions(undo.gate, undo, stores.vault, orders.timeline.names, names),
        pages=StaffPages(orders.reader, orders.timeline, orders.timeline.names, stores.letters),
    )
