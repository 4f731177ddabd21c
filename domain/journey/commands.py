"""The table of commands. A command's name is the name of its update in Temporal."""

from domain.journey.answer_planned import AnswerPlanned
from domain.journey.close_question import CloseQuestion
from domain.journey.plan_command import PlanCommand
from domain.model.command import Command
from domain.orders.commands.add_lines import AddLines
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.change_destination import ChangeDestination
from domain.orders.commands.give_feedback import GiveFeedback
from domain.orders.commands.override_order import OverrideOrder
from domain.orders.commands.remove_units import RemoveUnits
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from domain.orders.commands.send_reply import SendReply
from domain.orders.commands.write_to_shop import WriteToShop
from domain.payments.commands.answer_claw_back import AnswerClawBack
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.commands.decide_claw_back import DecideClawBack
from domain.payments.commands.record_payment import RecordPayment
from domain.payments.commands.state_dispute import StateDispute
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.decide_disposition import DecideDisposition
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.override_return import OverrideReturn
from domain.returns.commands.pay_exchange import PayExchange
from domain.returns.commands.receive import ReceiveGoods
from domain.returns.commands.record_risk_signals import RecordRiskSignals
from domain.returns.commands.report_arrival import ReportArrival
from domain.returns.commands.report_exchange import ReportExchange
from domain.returns.commands.report_sent import ReportSent
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.commands.report_handover import ReportHandover
from domain.tracking.commands.report_not_received import ReportNotReceived
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel

COMMANDS: dict[str, type[Command]] = {
    "register_parcel": RegisterParcel,
    "report_handover": ReportHandover,
    "report_not_received": ReportNotReceived,
    "resolve_lost_parcel": ResolveLostParcel,
    "cancel_order": CancelOrder,
    "request_delay_consent": RequestDelayConsent,
    "respond_to_delay_consent": RespondToDelayConsent,
    "override_order": OverrideOrder,
    "add_lines": AddLines,
    "remove_units": RemoveUnits,
    "change_destination": ChangeDestination,
    "record_payment": RecordPayment,
    "choose_refund": ChooseRefund,
    "answer_claw_back": AnswerClawBack,
    "decide_claw_back": DecideClawBack,
    "state_dispute": StateDispute,
    "assign_dispute": AssignDispute,
    "close_question": CloseQuestion,
    "plan_command": PlanCommand,
    "answer_planned": AnswerPlanned,
    "send_reply": SendReply,
    "give_feedback": GiveFeedback,
    "write_to_shop": WriteToShop,
    "open_return": OpenReturn,
    "cancel_return": CancelReturn,
    "drop_off_goods": DropOffGoods,
    "report_sent": ReportSent,
    "report_arrival": ReportArrival,
    "receive_goods": ReceiveGoods,
    "decide_disposition": DecideDisposition,
    "record_risk_signals": RecordRiskSignals,
    "override_return": OverrideReturn,
    "pay_exchange": PayExchange,
    "report_exchange": ReportExchange,
}
_NAMES = {command: name for name, command in COMMANDS.items()}


def name_of(command: Command) -> str:
    return _NAMES[type(command)]
