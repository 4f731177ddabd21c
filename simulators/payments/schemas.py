"""Requests and responses of the sandbox payment provider, in a vocabulary of its own."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from simulators.base import StrictRequest

Amount = Annotated[int, Field(gt=0, le=10**15)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_PAGE = 100
FaultKind = Literal[
    "decline",
    "accept",
    "timeout_before",
    "timeout_after_success",
    "error_500_before",
    "error_500_after",
    "hang",
]


class Capture(StrictRequest):
    """A payment that a shopper has made. `amount`: minor units. `account`: the merchant that it was paid to."""

    payment: Id | None = None
    account: str = ""
    amount: Amount
    currency: Currency


class CreateRefund(StrictRequest):
    """A refund of a part of a payment of that account. Refunds can be listed by `metadata["leg"]`."""

    payment: Id
    account: str = ""
    amount: Amount
    currency: Currency
    metadata: dict[str, str] = {}


class RefundListQuery(BaseModel):
    """The query of a list of refunds. `account`: of that merchant only. `since`: made or changed since then."""

    leg: str | None = None
    account: str | None = None
    since: AwareDatetime | None = None
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=_PAGE)] = _PAGE


class RefundChange(StrictRequest):
    """What becomes of a refund. `reason`: why it failed. `bank_reference`: by which the customer's bank finds it."""

    status: Literal["succeeded", "failed"]
    reason: str = ""
    bank_reference: str = ""


class RecordQuery(StrictRequest):
    """The payments and legs whose records are wanted."""

    payments: Annotated[list[Id], Field(max_length=100)] = []
    legs: Annotated[list[Id], Field(max_length=100)] = []


class RefundFault(StrictRequest):
    """A fault of the next `times` refund requests, of one payment if given. `seconds`: for `hang`.

    - accept: the refund is pending until a request changes it.
    - decline: refused, and the refusal is kept under the key.
    - timeout_before, error_500_before: nothing happens.
    - timeout_after_success, error_500_after: the refund happens, the caller gets no result.
    - hang: the refund happens, the caller gets the result late.
    """

    kind: FaultKind
    times: Annotated[int, Field(gt=0, le=1000)] = 1
    payment: Id | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0


class ProviderResponse(BaseModel):
    """The response to the caller, unless a fault replaces it."""

    status: int
    body: dict[str, object]
    replayed: bool = False


def error_response(status: int, code: str, message: str, **more: int) -> ProviderResponse:
    """An error with a stable code."""
    return ProviderResponse(status=status, body={"code": code, "message": message, **more})
