"""One call of an exchange to the shop: reserve the new goods, give them back, or have them sent."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat
from domain import exchange_keys
from domain.model.exchange import ExchangeOutcome, ExchangeRequest, ExchangeResult
from ports.fulfilment import Fulfilment
from ports.stock import ExchangeOrder, NoShopSystem, ShopUnavailable, Stock


class ExchangeActivities:
    """The calls of a journey to the shop. Each may run any number of times; its key makes the effect happen once."""

    def __init__(self, stock: Stock, fulfilment: Fulfilment) -> None:
        self._stock, self._fulfilment = stock, fulfilment

    @activity.defn
    async def call_shop(self, request: ExchangeRequest) -> ExchangeResult:
        """Raises ApplicationError "ShopUnavailable" (retryable) while the shop does not answer."""
        async with heartbeat():
            try:
                return await self._call(request)
            except NoShopSystem as error:  # until the merchant connects one again no retry helps
                raise ApplicationError(str(error), type="NoShopSystem", non_retryable=True) from error
            except ShopUnavailable as error:
                raise ApplicationError(str(error), type="ShopUnavailable") from error

    async def _call(self, request: ExchangeRequest) -> ExchangeResult:
        order, step = _order(request), request.step
        match step.kind:
            case "reserve":
                answer = await self._stock.reserve(order, step.key, step.goods, request.until)
                return _result(request, answer.outcome).model_copy(update={"reserved_until": answer.until})
            case "release":
                await self._stock.release(order, step.key, step.reservation, step.confirmation)
                return _result(request, "released")
            case "send":
                return await self._send(request, order)

    async def _send(self, request: ExchangeRequest, order: ExchangeOrder) -> ExchangeResult:
        """Take the goods out of the stock first, so that none are requested that others have bought."""
        step = request.step
        if not await self._stock.confirm(
            order, exchange_keys.confirmation(step.key), step.reservation, step.goods
        ):
            return _result(request, "out_of_stock")
        answer = await self._fulfilment.send(order, step.key, step.goods)
        found = _result(request, "accepted" if answer.accepted else "rejected")
        return found.model_copy(update={"reference": answer.reference, "reason": answer.reason})


def _order(request: ExchangeRequest) -> ExchangeOrder:
    return ExchangeOrder(
        merchant=request.merchant,
        order=request.order,
        order_id=request.order_id,
        return_id=request.return_id,
        number=request.number,
        now=request.now,
    )


def _result(request: ExchangeRequest, outcome: ExchangeOutcome) -> ExchangeResult:
    return ExchangeResult(return_id=request.return_id, key=request.step.key, outcome=outcome)
