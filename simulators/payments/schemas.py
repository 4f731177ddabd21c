"""What the sandbox payment provider reads and writes: its own vocabulary, unrelated to ours."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Amount = Annotated[int, Field(gt=0, le=10**15)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
FaultKind = Literal[
    "decline", "timeout_before", "timeout_after_success", "error_500_before", "error_500_after", "hang"
]


class ProviderRequest(BaseModel):
    """A request's body: exact types and no unknown fields, as a provider of money would insist on."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Capture(ProviderRequest):
    """A payment that a shopper has made. `amount` in minor units; `account`: whose money it is."""

    payment: Id | None = None
    account: str = ""
    amount: Amount
    currency: Currency


class CreateRefund(ProviderRequest):
    """Pay back some of a payment of that account. `metadata.leg` can be searched for."""

    payment: Id
    account: str = ""
    amount: Amount
    currency: Currency
    metadata: dict[str, str] = {}


class RefundFault(ProviderRequest):
    """A misbehaviour for the next `times` refund requests (of one payment, if given). `seconds`: for `hang`.

    decline: a clean no, kept under the key. timeout_before, error_500_before: nothing happened.
    timeout_after_success, error_500_after: it happened, the caller is not told. hang: it happened, told late.
    """

    kind: FaultKind
    times: Annotated[int, Field(gt=0, le=1000)] = 1
    payment: Id | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0


class ProviderResponse(BaseModel):
    """What the caller is told, unless a fault gets in between."""

    status: int
    body: dict[str, object]
    replayed: bool = False


def error_response(status: int, code: str, message: str) -> ProviderResponse:
    """A failure with a stable code."""
    return ProviderResponse(status=status, body={"code": code, "message": message})
