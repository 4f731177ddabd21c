"""What the Admin API answers, as far as it is read. A part that is not of its form makes the outcome unknown."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AliasGenerator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from adapters.shopify.amounts import from_decimal
from domain import payment_keys
from domain.money import Money
from ports.payments import ProviderRefund, ProviderState

Text = Annotated[str, StringConstraints(max_length=5000)]
Gid = Annotated[str, StringConstraints(pattern=r"^gid://shopify/[A-Za-z]{1,60}/[0-9]{1,19}$")]


class AdminPart(BaseModel):
    """A part of an answer: Shopify's names are in camel case."""

    model_config = ConfigDict(
        frozen=True, alias_generator=AliasGenerator(alias=to_camel), populate_by_name=True
    )


class Amount(AdminPart):
    amount: Annotated[str, StringConstraints(max_length=24)]
    currency_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

    def money(self) -> Money:
        """Raises AmountNotExact."""
        return from_decimal(self.amount, self.currency_code)


class MoneyBag(AdminPart):
    """One amount in the shop's currency and in the buyer's."""

    shop_money: Amount
    presentment_money: Amount


class _AdminNode(AdminPart):
    id: Gid


class PaidTransaction(AdminPart):
    """A payment or a refund of one."""

    id: Gid
    kind: Text
    status: Text
    gateway: Text | None = None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    error_code: Text | None = None
    amount_set: MoneyBag
    parent_transaction: _AdminNode | None = None
    manual_payment_gateway: bool = False

    @property
    def takes(self) -> bool:
        """Whether it took money from the customer."""
        return self.kind in ("SALE", "CAPTURE") and self.status == "SUCCESS"

    @property
    def gives(self) -> bool:
        """Whether it gave money back, or may still do so."""
        return self.kind == "REFUND" and state_of(self.status) != "failed"


class _Transactions(AdminPart):
    nodes: Annotated[Sequence[PaidTransaction], Field(max_length=100)]


class Named(AdminPart):
    """A refund as a list of them shows it."""

    id: Gid
    note: Text | None = None


class Refund(AdminPart):
    """A refund. It has one transaction for each payment that it pays back; none where it only takes units off."""

    id: Gid
    note: Text | None = None
    created_at: AwareDatetime | None = None
    order: _AdminNode
    transactions: _Transactions


class AdminDispute(AdminPart):
    """A dispute of the order, as its summary shows it."""

    initiated_as: Text
    status: Text

    @property
    def takes_money(self) -> bool:
        """Whether the customer's bank took the money, or may: a refund would be a second payment."""
        return self.initiated_as == "CHARGEBACK" and self.status in (
            "NEEDS_RESPONSE",
            "UNDER_REVIEW",
            "ACCEPTED",
            "LOST",
        )


class AdminOrder(AdminPart):
    id: Gid
    currency_code: Text
    presentment_currency_code: Text
    disputes: Sequence[AdminDispute] | None = None
    refunds: Annotated[Sequence[Named], Field(max_length=1000)]
    transactions: Annotated[Sequence[PaidTransaction], Field(max_length=1000)]


class UserError(AdminPart):
    """A refusal. refundCreate has no codes: the text is all there is."""

    code: Text | None = None
    field: Sequence[str] | None = None
    message: Text


class Created(AdminPart):
    refund: Refund | None
    user_errors: Sequence[UserError]


class _Refunds(AdminPart):
    nodes: Annotated[Sequence[Refund], Field(max_length=100)]


class RefundsOfReturn(AdminPart):
    """A return with its newest refunds."""

    id: Gid
    refunds: _Refunds


class Processed(AdminPart):
    """What `returnProcess` answers."""

    returned: RefundsOfReturn | None = Field(alias="return")
    user_errors: Sequence[UserError]


class _OrderPage(AdminPart):
    has_next_page: bool
    end_cursor: Text | None = None


class ChangedOrder(AdminPart):
    id: Gid
    refunds: Annotated[Sequence[Named], Field(max_length=1000)]


class ChangedOrders(AdminPart):
    nodes: Annotated[Sequence[ChangedOrder], Field(max_length=250)]
    page_info: _OrderPage


class Shop(AdminPart):
    name: Text
    myshopify_domain: Text
    currency_code: Text


class _Scope(AdminPart):
    handle: Text


class Installation(AdminPart):
    access_scopes: Sequence[_Scope]


_STATES: dict[str, ProviderState] = {"SUCCESS": "settled", "FAILURE": "failed", "ERROR": "failed"}


def state_of(status: str) -> ProviderState:
    """The state of a refund's transaction; a word that is not known leaves it open."""
    return _STATES.get(status.upper(), "accepted")


def number_of(gid: str) -> str:
    """The number in a global id."""
    return gid.rpartition("/")[2]


def gid(kind: Literal["Order", "OrderTransaction", "LineItem"], number: str) -> str:
    """The global id of a number."""
    return f"gid://shopify/{kind}/{number}"


def payment_name(order: str, transaction: str = "") -> str:
    """The id under which a Shopify payment is known here: the order's number, and the transaction's where it is known."""
    return "-".join(filter(None, ("shopify", order, transaction)))


def as_provider_refund(refund: Refund, one: PaidTransaction) -> ProviderRefund:
    """What a refund paid through one transaction, whose id is the reference: webhooks about it name nothing else.

    Where the refund is ours and the shop's amount differs by no more than the rounding of a conversion, the amount is what we
    asked for. Raises AmountNotExact.
    """
    noted = payment_keys.refund_in_note(refund.note or "")
    amount = one.amount_set.shop_money.money()
    if noted is not None and is_rounding(noted.amount, one.amount_set):
        amount = noted.amount
    parent = one.parent_transaction
    return ProviderRefund(
        reference=number_of(one.id),
        key=noted.key if noted is not None else "",
        payment=payment_name(number_of(refund.order.id), number_of(parent.id) if parent else ""),
        payment_alias=payment_name(number_of(refund.order.id)),
        amount=amount,
        state=state_of(one.status),
        raw_state=one.status,
        reason=one.error_code or "",
        at=one.processed_at or one.created_at,
    )


def is_rounding(asked: Money, made: MoneyBag) -> bool:
    """Whether the amounts differ by no more than two of the smallest steps that the conversion can make."""
    shop, buyer = made.shop_money.money(), made.presentment_money.money()
    if shop.currency != asked.currency or buyer.currency == shop.currency:
        return False
    step = max(1, -(-shop.minor // max(1, buyer.minor)))
    return abs(shop.minor - asked.minor) <= 2 * step
