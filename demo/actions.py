"""Actions of the demo's parties as plain data: planned by plan.py, carried out by runner.py."""

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
    """The storefront registers a parcel."""

    body: Json


@dataclass(frozen=True)
class PostCarrierWebhook:
    """The carrier sends a webhook, `copies` times with the same delivery id.

    `delivery`: that id. EasyPost has it in the body, Standard Webhooks in a header.
    """

    source: Source
    delivery: str
    body: Json
    copies: int = 1


@dataclass(frozen=True)
class PostReturn:
    """A customer or an agent opens a return. Customers get a quote first; an agent's body has a `reason` to override.

    - `ref`: the plan's name for the return.
    - `expect`: the verdict that the API must give.
    - `refusal_code`: the reason code that the API must give, when a refusal is expected.
    """

    ref: str
    by: Literal["customer", "agent"]
    body: Json
    expect: Expected = "accepted"
    refusal_code: str = ""


@dataclass(frozen=True)
class PostDropOffScan:
    """A partner scans the code at a location. `twice`: the same scan is sent again, as after a lost connection."""

    ref: str
    location_id: str
    nonce: str
    twice: bool = False


@dataclass(frozen=True)
class PostReceipt:
    """The warehouse receives goods; an empty body means everything that is missing."""

    ref: str
    body: Json


@dataclass(frozen=True)
class PostReturnCancellation:
    """The customer cancels the return."""

    ref: str


@dataclass(frozen=True)
class PostReturnOverride:
    """An agent overrides a return."""

    ref: str
    by: Literal["agent", "senior_agent"]
    body: Json


@dataclass(frozen=True)
class PostOrderOverride:
    """An agent overrides an order."""

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
    """Everything that happens to one order.

    - `scenario`, `returns`: names of its delivery scenario and of its return scenario.
    - `timelines`: per parcel `recorded` or `generated`, as samples/README.md defines.
    - `due`: when its promise is broken.
    - `rests_by`: from then on nothing about it may be open.
    """

    order_id: str
    scenario: str
    returns: str
    timelines: tuple[str, ...]
    due: datetime
    steps: tuple[Step, ...]
    rests_by: datetime
