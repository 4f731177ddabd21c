"""Commands: what people ask of an order. Each says all objections against it, and what it does when there are none."""

from domain.model.command import Command
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.override_return import OverrideReturn
from domain.returns.commands.receive import ReceiveGoods
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.commands.report_not_received import ReportNotReceived
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel

__all__ = [
    "CancelOrder",
    "CancelReturn",
    "Command",
    "DropOffGoods",
    "OpenReturn",
    "OverrideOrder",
    "OverrideReturn",
    "ReceiveGoods",
    "RegisterParcel",
    "ReportNotReceived",
    "RequestDelayConsent",
    "ResolveLostParcel",
    "RespondToDelayConsent",
]  # fmt: skip
