"""Commands: what people ask of an order. Each says all objections against it, and what it does when there are none."""

from domain.commands.answer_consent import RespondToDelayConsent
from domain.commands.ask_consent import RequestDelayConsent
from domain.commands.base import Command
from domain.commands.cancel_order import CancelOrder
from domain.commands.cancel_return import CancelReturn
from domain.commands.choose_for_lost import ResolveLostParcel
from domain.commands.drop_off import DropOffGoods
from domain.commands.open_return import OpenReturn
from domain.commands.override_order import OverrideOrder
from domain.commands.override_return import OverrideReturn
from domain.commands.receive import ReceiveGoods
from domain.commands.register_parcel import RegisterParcel
from domain.commands.report_not_received import ReportNotReceived

__all__ = [
    "RespondToDelayConsent", "RequestDelayConsent", "CancelOrder", "CancelReturn", "ResolveLostParcel", "Command", "DropOffGoods",
    "OpenReturn", "OverrideOrder", "OverrideReturn", "ReceiveGoods", "RegisterParcel", "ReportNotReceived",
]  # fmt: skip
