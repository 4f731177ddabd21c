"""Port: the shop's fulfilment. It is asked to send goods; what it sends comes back as parcels of the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.model.exchange import ExchangeGoods
from ports.stock import ExchangeOrder


@dataclass(frozen=True)
class FulfilmentAnswer:
    """Whether the goods will be sent. reference: the shop's own name of the request. reason: why not."""

    accepted: bool
    reference: str = ""
    reason: str = ""


class Fulfilment(Protocol):
    """Raises ShopUnavailable, and NoShopSystem for a merchant without one."""

    async def send(self, order: ExchangeOrder, key: str, goods: Sequence[ExchangeGoods]) -> FulfilmentAnswer:
        """Ask for these goods to be sent to the order's customer. The same key is the same request, and sends once."""
