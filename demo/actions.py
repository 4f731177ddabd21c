"""What the demo's players do: plain data, made by the plan and carried out by the play."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Source = Literal["easypost", "generic"]
Expected = Literal["accepted", "needs_agent", "refused"]


@dataclass(frozen=True)
class PostOrder:
    """The storefront captures `payments` at the provider and then places the order."""

    body: Json
    payments: tuple[Json, ...]


@dataclass(frozen=True)
class PostParcel:
    """The storefront hands units to a carrier."""

    body: Json


@dataclass(frozen=True)
class PostCarrierWebhook:
    """The carrier calls the webhook, `copies` times with the same delivery id.

    `delivery`: that id; for EasyPost it is inside the body, for Standard Webhooks in a header.
    """

    source: Source
    delivery: str
    body: Json
    copies: int = 1


@dataclass(frozen=True)
class PostReturn:
    """Somebody opens a return. Customers ask for a quote first; `reason` is an agent's reason to overrule.

    `refused_for`: the reason code that must come back when it is expected to be refused.
    """

    ref: str
    by: Literal["customer", "agent"]
    body: Json
    expect: Expected = "accepted"
    refusal_code: str = ""


@dataclass(frozen=True)
class PostDropOffScan:
    """A partner scans the code at a point; `twice` scans again with the same nonce, as bad lines make people do."""

    ref: str
    location_id: str
    nonce: str
    twice: bool = False


@dataclass(frozen=True)
class PostReceipt:
    """The warehouse takes goods in; an empty body means all that is missing."""

    ref: str
    body: Json


@dataclass(frozen=True)
class PostReturnCancellation:
    """The customer cancels the return."""

    ref: str


@dataclass(frozen=True)
class PostReturnOverride:
    """An agent's override of a return."""

    ref: str
    by: Literal["agent", "senior_agent"]
    body: Json


@dataclass(frozen=True)
class PostOrderOverride:
    """An agent's override of an order."""

    by: Literal["agent", "senior_agent"]
    body: Json


@dataclass(frozen=True)
class PostOrderCancellation:
    """The storefront cancels the order for its customer."""


DemoAction = (
    PostOrder
    | PostParcel
    | PostCarrierWebhook
    | PostReturn
    | PostDropOffScan
    | PostReceipt
    | PostReturnCancellation
    | PostReturnOverride
    | PostOrderOverride
    | PostOrderCancellation
)


@dataclass(frozen=True)
class Step:
    """One action at an instant of the sandbox clock."""

    at: datetime
    action: DemoAction


@dataclass(frozen=True)
class OrderPlan:
    """One order's part of the play. `rests_by`: from then on nothing about it may be open.

    `timelines`: per parcel `recorded` or `generated`, as samples/README.md defines.
    """

    order_id: str
    scenario: str
    returns: str
    timelines: tuple[str, ...]
    due: datetime
    steps: tuple[Step, ...]
    rests_by: datetime
