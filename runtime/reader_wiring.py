"""Connects the reader of orders, which the processes and some commands need."""

from runtime.stores import Stores
from services.journeys import Journeys
from services.order_reader import OrderReader


def make_order_reader(stores: Stores, journeys: Journeys) -> OrderReader:
    return OrderReader(
        orders=stores.orders,
        names=stores.named_orders,
        snapshots=stores.snapshots,
        versions=stores.versions,
        journeys=journeys,
        vault=stores.vault,
        clocks=stores.clocks,
    )
