"""What WooCommerce answers about orders and refunds, read as far as money needs it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict

from adapters.woocommerce.amounts import from_text
from adapters.woocommerce.client import WooAnswer
from domain import payment_keys
from domain.money import Money
from ports.payments import Declined

META_KEY: Final = "_smot_refund"
_CANNOT_CREATE: Final = "woocommerce_rest_cannot_create_order_refund"
_REFUSALS: Final = {
    ("woocommerce_rest_invalid_order_id", 404): "unknown_payment",
    ("woocommerce_rest_invalid_order_refund", 400): "amount_invalid",
}
_TEXTS: Final = {
    "Invalid refund amount.": "amount_too_large",
    "The payment gateway for this order does not exist.": "gateway_missing",
    "The payment gateway for this order does not support automatic refunds.": "gateway_without_refunds",
}


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _utc(value: object) -> object:
    """The fields that end in `_gmt` are UTC and do not say so."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def _list(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
At = Annotated[datetime | None, BeforeValidator(_utc)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Meta(_Read):
    """A value that a program has attached."""

    key: Text = ""
    value: Any = None


class RefundRow(_Read):
    """A refund as the shop has it.

    refunded_payment: whether the payment gateway said that it paid. False while it runs, for ever if the shop's program died
      meanwhile, and for refunds that staff only recorded.
    """

    id: Text
    amount: Text
    reason: Text = ""
    refunded_payment: bool
    date_created_gmt: At = None
    meta_data: Annotated[list[Meta], BeforeValidator(_list)] = []

    @property
    def key(self) -> str:
        """Our key, from the reason, which is saved before the gateway pays, or from the metadata, saved after that."""
        noted = payment_keys.refund_in_note(self.reason)
        attached = next((meta.value for meta in self.meta_data if meta.key == META_KEY), None)
        return noted.key if noted else attached if isinstance(attached, str) else ""


class ShortRow(_Read):
    """A refund within its order; total: negative."""

    id: Text
    total: Text


class OrderMoney(_Read):
    """An order as far as its money goes."""

    id: Text
    currency: str
    total: Text
    refunds: Annotated[list[ShortRow], BeforeValidator(_list)] = []
    meta_data: Annotated[list[Meta], BeforeValidator(_list)] = []

    def left(self) -> Money:
        """What the rows of its refunds leave. Raises UnreadableAmount."""
        paid = from_text(self.total, self.currency)
        back = sum(abs(from_text(row.total, self.currency).minor) for row in self.refunds)
        return Money(minor=max(0, paid.minor - back), currency=self.currency)

    def unanswered(self, key: str) -> bool:
        """Whether the gateway once gave the shop no answer about the refund of that key."""
        return any(meta.key == payment_keys.unanswered_refund(key) for meta in self.meta_data)


class Refusal(_Read):
    """A refusal; `data` is a bare number or has a status."""

    code: str
    message: str = ""
    data: Any = None

    @property
    def number(self) -> int:
        """The number that says what kind of refusal it is; 0 where there is none."""
        status = self.data.get("status") if isinstance(self.data, dict) else self.data
        return status if isinstance(status, int) else 0


class GatewayUnclear(Exception):
    """The shop's payment gateway did not pay, as it says in words of its own, or gave no answer: money may have moved.

    The shop deletes its row either way, and its text is the gateway's, in any language.
    """


def declined(answer: WooAnswer) -> Declined | None:
    """The clean refusal in an answer to a refund request; None for any other answer. Raises GatewayUnclear.

    A 400 `…_refund_not_created` is none: it may follow a refund that was made.
    """
    if not answer.code:
        return None
    refusal = Refusal.model_validate(answer.content)
    if refusal.code == _CANNOT_CREATE and refusal.number == 500:
        if refusal.message not in _TEXTS:
            raise GatewayUnclear
        return Declined(code=_TEXTS[refusal.message])
    known = _REFUSALS.get((refusal.code, refusal.number))
    return Declined(code=known) if known else None
