"""A merchant's own stock and fulfilment systems, called by signed HTTP as outgoing webhooks are.

Each call is one `POST {url}/{call}` with a JSON body, signed as Standard Webhooks 1.0.0 says. `key` in the body names it: the
receiver answers a repeated key with the first answer. docs/your-own-shop.md describes every call.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from adapters.webhooks.transport import HttpWebhookTransport
from domain import exchange_keys
from domain.model.exchange import ExchangeGoods
from domain.model.exchange_quote import StockedArticle
from domain.model.order import Identifier, Label
from domain.money import Money
from ports.fulfilment import FulfilmentAnswer
from ports.stock import (
    ExchangeOrder,
    NoShopSystem,
    Reservation,
    ShopSystem,
    ShopSystems,
    ShopUnavailable,
    WantedArticle,
)
from ports.webhooks import WebhookMessage

_LIMIT = 256 * 1024  # bytes of an answer
_MOST_MINOR = 10**12  # of the price of one piece

AnswerT = TypeVar("AnswerT", bound="_Answer")


class _Answer(BaseModel):
    """An answer of a shop. What it says beyond these fields is its own affair."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Article(_Answer):
    sku: Identifier
    title: Label
    price: Money | None = None
    available: Annotated[int, Field(strict=True, ge=0, le=10**9)]


class _Articles(_Answer):
    articles: Annotated[tuple[_Article, ...], Field(max_length=200)]


class _Reservation(_Answer):
    outcome: Literal["reserved", "out_of_stock", "unknown_product"]
    reserved_until: AwareDatetime | None = None


class _Confirmation(_Answer):
    outcome: Literal["confirmed", "expired"]


class _Release(_Answer):
    outcome: Literal["released"]


class _Sending(_Answer):
    outcome: Literal["accepted", "rejected"]
    reference: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=200)] = ""


class HttpShopSystem:
    """The ports `Stock` and `Fulfilment`."""

    def __init__(self, systems: ShopSystems, transport: HttpWebhookTransport) -> None:
        self._systems, self._transport = systems, transport

    async def connected(self, merchant: str) -> bool:
        """See the port."""
        return await self._systems.system(merchant) is not None

    async def articles(
        self, merchant: str, order_id: str, currency: str, wanted: Sequence[WantedArticle]
    ) -> Sequence[StockedArticle]:
        """See the port. A price in another currency, or that cannot be counted, makes the answer unreadable."""
        asked = [
            {"sku": one.sku, "quantity": one.quantity, "for": {"line_id": one.line_id, "sku": one.sku_back}}
            for one in wanted
        ]
        body = {"order_id": order_id, "currency": currency, "articles": asked}
        key = exchange_keys.articles_question(merchant, json.dumps(body))
        answer = await self._call(merchant, "stock/articles", key, body, _Articles)
        if any(one.price and abs(one.price.minor) > _MOST_MINOR for one in answer.articles):
            raise ShopUnavailable("unreadable_answer")
        return [StockedArticle(**one.model_dump()) for one in answer.articles]

    async def reserve(
        self, order: ExchangeOrder, key: str, goods: Sequence[ExchangeGoods], until: datetime
    ) -> Reservation:
        """See the port. A reservation without an end of its own lasts as long as was asked for."""
        body = {**_about(order), "until": until.isoformat(), "goods": _goods(goods)}
        answer = await self._call(order.merchant, "stock/reservations", key, body, _Reservation)
        if answer.outcome != "reserved":
            return Reservation(answer.outcome)
        return Reservation("reserved", min(answer.reserved_until or until, until))

    async def confirm(
        self, order: ExchangeOrder, key: str, reservation: str, goods: Sequence[ExchangeGoods]
    ) -> bool:
        """See the port."""
        body = {**_about(order), "reservation": reservation, "goods": _goods(goods)}
        answer = await self._call(order.merchant, "stock/confirmations", key, body, _Confirmation)
        return answer.outcome == "confirmed"

    async def release(self, order: ExchangeOrder, key: str, reservation: str, confirmation: str = "") -> None:
        """See the port."""
        body = {**_about(order), "reservation": reservation, "confirmation": confirmation or None}
        await self._call(order.merchant, "stock/releases", key, body, _Release)

    async def send(self, order: ExchangeOrder, key: str, goods: Sequence[ExchangeGoods]) -> FulfilmentAnswer:
        """See the port."""
        body = {**_about(order), "goods": _goods(goods)}
        answer = await self._call(order.merchant, "fulfilments", key, body, _Sending)
        return FulfilmentAnswer(answer.outcome == "accepted", answer.reference, answer.reason)

    async def _call(
        self, merchant: str, call: str, key: str, body: Mapping[str, Any], kind: type[AnswerT]
    ) -> AnswerT:
        """The answer, which is 200 with a body of that kind; anything else is no clear answer. Raises ShopUnavailable."""
        system = await self._systems.system(merchant)
        if system is None:
            raise NoShopSystem("no_shop_system")
        answer = await self._transport.request(_message(system, call, key, body), _LIMIT)
        if answer.error or answer.status != 200:
            raise ShopUnavailable(answer.error or f"status_{answer.status}")
        try:
            return kind.model_validate_json(answer.body)
        except ValidationError:
            raise ShopUnavailable("unreadable_answer") from None


def _message(system: ShopSystem, call: str, key: str, body: Mapping[str, Any]) -> WebhookMessage:
    text = json.dumps({"key": key, **body})
    url = f"{system.url.rstrip('/')}/{call}"
    return WebhookMessage(
        url=url, id=exchange_keys.call_of_shop_system(call, key), body=text, secrets=(system.secret,)
    )


def _about(order: ExchangeOrder) -> dict[str, str]:
    return {
        "order": order.order,
        "order_id": order.order_id,
        "return": order.return_id,
        "number": order.number,
        "now": order.now.isoformat(),
    }


def _goods(goods: Sequence[ExchangeGoods]) -> list[dict[str, str | int]]:
    """Each with the order's line of it, once there is one: the shop names that line when it reports the parcel."""
    return [
        {"sku": one.sku, "quantity": one.quantity, **({"line_id": one.line_id} if one.line_id else {})}
        for one in goods
    ]
