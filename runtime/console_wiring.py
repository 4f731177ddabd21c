"""The use cases of the people who work with orders, put together on the stores of a process."""

from api.context import ConsoleServices
from runtime.stores import Stores
from services.console.people import People
from services.console.queue import AttentionQueue
from services.console.search_box import SearchBox
from services.key_names import KeyNames
from services.orders.search import OrderSearch
from store.orders.search_hits import SearchHits


def make_console_services(stores: Stores, key_names: KeyNames, search: OrderSearch) -> ConsoleServices:
    """`key_names`: of the keys that work on orders too."""
    people = People((key_names,))
    return ConsoleServices(
        queue=AttentionQueue(stores.attention, stores.attention_claims, stores.vault, stores.clocks, people),
        search=SearchBox(search, SearchHits(stores.db), stores.vault),
    )
