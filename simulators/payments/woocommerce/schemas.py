"""What tests may set in the shop: its settings, keys, orders, and faults of the next refund requests."""

from typing import Annotated, Any, Literal

from pydantic import Field

from simulators.base import StrictRequest

Permission = Literal["read", "write", "read_write"]
FaultKind = Literal[
    "stop_before_check",
    "stop_after_save",
    "stop_after_gateway",
    "stop_after_mark",
    "stop_after_meta",
    "gateway_refuses",
    "gateway_timeout",
    "second_row",
    "not_created_400",
    "html_before_json",
    "html_and_500",
    "byte_order_mark",
    "blank_lines",
    "gzip_unmarked",
    "html_504_before",
    "html_504_after",
    "cut_body",
    "other_object",
    "empty_answer",
    "hang",
    "slow_gateway",
    "too_many_429",
    "down",
]


class ShopSettings(StrictRequest):
    """How the shop behaves.

    https: whether it believes that it is called under HTTPS; only then it accepts keys by Basic and in the query.
    decimals: of all amounts, whatever their currency.
    utc_offset_minutes: its local time.
    clock_shift_seconds: how far its clock is from the real one.
    locks_orders: whether two refunds of one order wait for each other. WooCommerce has no such lock.
    numbers_as_text: ids and quantities are written as text, as some plugins have it.
    page_cache: a cache in front of it repeats the first answer to each GET address.
    hold_webhooks: webhooks are sent when `POST /control/deliver` is called, not by themselves.
    check_pause_seconds: how long it works between the check of a refund and its row.
    down: whether its web server answers 503 to every call.
    """

    https: bool = True
    down: bool = False
    decimals: Annotated[int, Field(ge=0, le=6)] = 2
    utc_offset_minutes: int = 60
    clock_shift_seconds: float = 0
    locks_orders: bool = False
    numbers_as_text: bool = False
    page_cache: bool = False
    hold_webhooks: bool = False
    check_pause_seconds: float = 0


class ApiKey(StrictRequest):
    """A key of the shop. user_exists: a key dies with its WordPress user."""

    consumer_key: str
    consumer_secret: str
    permissions: Permission = "read_write"
    user_exists: bool = True


class ShopFault(StrictRequest):
    """A fault of the next `times` requests that make a refund or a note, of one order if given. seconds: for `hang`.

    For a note the faults are those of the answer, and `stop_before_check`: the shop's program dies before it is written.

    - stop_before_check … stop_after_meta: the shop's program dies there, and the caller gets no answer.
    - gateway_refuses: the payment gateway says no; the row is deleted.
    - gateway_timeout: the gateway pays, and its answer is lost on the way to the shop; the row is deleted all the same.
    - second_row: the gateway's plugin writes another row for the same refund.
    - not_created_400: made, and answered as if it were not.
    - slow_gateway: the gateway pays `seconds` late; meanwhile the row is there and says that nothing was paid.
    - html_504_before, too_many_429: not made. down: 504 for every request about the order, once its other
      faults are used up, until `POST /control/disarm`.
    - Every other one: made, and answered in a way that clients stumble over.
    """

    kind: FaultKind
    times: Annotated[int, Field(gt=0, le=1000)] = 1
    order: int | None = None
    of: Literal["refunds", "notes"] = "refunds"
    seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0


class ShopDisarm(StrictRequest):
    """Forget the faults that are still armed: those of one order, or all."""

    order: int | None = None


class CheckedOut(StrictRequest):
    """An order as the REST interface writes it; what is left out gets a plain value."""

    order: dict[str, Any]
