"""The use cases of staff with one order, put together on the stores of a process."""

from api.context import OrderServices, StaffOrderServices
from runtime.stores import Stores
from services.commands import CommandExecutor
from services.order_names import OrderNames
from services.staff_orders.approval_decisions import ApprovalDecisions
from services.staff_orders.approval_gate import ApprovalGate
from services.staff_orders.previews import CommandPreviews
from services.staff_orders.staff_commands import StaffCommands
from services.staff_orders.staff_page import StaffPages
from services.staff_orders.undo_window import UndoWindow
from store.orders.labels import OrderLabels


def make_staff_order_services(
    stores: Stores, orders: OrderServices, commands: CommandExecutor
) -> StaffOrderServices:
    """The use cases of staff with one order."""
    gate = ApprovalGate(orders.reader, stores.policies, stores.approvals, stores.audit)
    undo = UndoWindow(orders.reader, commands, gate)
    names = OrderNames(OrderLabels(stores.db), stores.vault)
    return StaffOrderServices(
        commands=StaffCommands(stores.vault),
        previews=CommandPreviews(orders.reader),
        undo=undo,
        approvals=ApprovalDecisions(gate, undo, stores.vault, orders.timeline.names, names),
        pages=StaffPages(orders.reader, orders.timeline, orders.timeline.names, stores.letters),
    )
