"""Shopify's bodies as far as they are read: unknown fields are ignored, the fields listed here must have their type."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.clock import StatedInstant

Id = Annotated[int, Field(strict=True, ge=1, lt=2**63)]


def _text_with_offset(value: object) -> object:
    """A time is text with an offset, as Shopify documents it. Pydantic would read a bare number as seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("not a time")
    return value


Time = Annotated[StatedInstant, BeforeValidator(_text_with_offset)]


class _ShopifyModel(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _StrictShopifyModel(_ShopifyModel):
    model_config = ConfigDict(extra="ignore", strict=True)


Amount = Annotated[str, Field(strict=True, max_length=24)]
Text = Annotated[str, Field(strict=True, max_length=10_000)]


class Discount(_StrictShopifyModel):
    amount: Amount


class Tax(_StrictShopifyModel):
    price: Amount


class _ShopMoney(_StrictShopifyModel):
    amount: Amount


class MoneySet(_StrictShopifyModel):
    shop_money: _ShopMoney


class Line(_StrictShopifyModel):
    id: Id
    title: Text
    sku: Text | None = None
    quantity: Annotated[int, Field(ge=0, le=100_000)]
    price: Amount
    total_discount: Amount = "0"
    discount_allocations: list[Discount] = []
    tax_lines: list[Tax] = []
    requires_shipping: bool = True
    gift_card: bool = False


class ShippingLine(_StrictShopifyModel):
    price: Amount
    discounted_price: Amount | None = None
    discount_allocations: list[Discount] = []
    tax_lines: list[Tax] = []


class Address(_StrictShopifyModel):
    name: Text | None = None
    country_code: Text | None = None
    province_code: Text | None = None
    zip: Text | None = None


class ShopifyCustomer(_StrictShopifyModel):
    id: Id
    email: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None


class Transaction(_StrictShopifyModel):
    id: Id
    kind: Text
    status: Text
    amount: Amount
    currency: Text
    gateway: Text | None = None


class FulfillmentLine(_StrictShopifyModel):
    id: Id
    quantity: Annotated[int, Field(ge=0, le=100_000)]


class Fulfillment(_ShopifyModel):
    id: Id
    order_id: Id
    created_at: Time
    updated_at: Time | None = None
    status: Text | None = None
    shipment_status: Text | None = None
    tracking_company: Text | None = None
    tracking_number: Text | None = None
    tracking_numbers: Annotated[list[Text], Field(max_length=50)] = []
    line_items: Annotated[list[FulfillmentLine], Field(max_length=500)] = []


class RefundLine(_StrictShopifyModel):
    line_item_id: Id
    quantity: Annotated[int, Field(ge=0, le=100_000)]
    restock_type: Text | None = None


class ShopifyRefund(_ShopifyModel):
    id: Id
    order_id: Id
    created_at: Time
    refund_line_items: Annotated[list[RefundLine], Field(max_length=200)] = []
    transactions: Annotated[list[Transaction], Field(max_length=20)] = []


class ShopifyOrder(_ShopifyModel):
    id: Id
    name: Text
    created_at: Time
    cancelled_at: Time | None = None
    currency: Text
    financial_status: Text | None = None
    taxes_included: Annotated[bool, Field(strict=True)] = False
    total_price: Amount
    total_tax: Amount | None = None
    total_discounts: Amount | None = None
    total_tip_received: Amount | None = None
    original_total_duties_set: MoneySet | None = None
    original_total_additional_fees_set: MoneySet | None = None
    email: Text | None = None
    contact_email: Text | None = None
    customer: ShopifyCustomer | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    line_items: Annotated[list[Line], Field(max_length=500)]
    shipping_lines: Annotated[list[ShippingLine], Field(max_length=50)] = []
    payment_gateway_names: Annotated[list[Text], Field(max_length=20)] = []
    gateway: Text | None = None
    transactions: Annotated[list[Transaction], Field(max_length=50)] = []
    fulfillments: Annotated[list[Fulfillment], Field(max_length=50)] = []
    refunds: Annotated[list[ShopifyRefund], Field(max_length=200)] = []
