"""How long the search box and the list of orders take: every meaning of a text, over all orders of one merchant."""

import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import SQLModel

from domain.model.search_terms import SearchTerm, email_term, name_terms, number_term, phone_terms
from services.console.search_box import SearchBox
from services.drop_off_codes import DropOffCodes
from services.orders.search import OrderSearch
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.merchants import Merchants, NewMerchant
from store.migrations import upgrade
from store.orders.search import OrderFilters, OrderIndex
from store.orders.search_hits import SearchHits
from store.privacy.vault import Vault
from store.tables.all import OrderRow, OrderTermRow, ParcelRow, PaymentRow, ReturnRow
from tests.bench.environment import store_url
from tests.bench.figures import Figure
from tests.builders import an_order
from tests.keys import deployment_keys

GOAL = 0.1  # seconds for 100,000 orders, at the 95th percentile
_BATCH = 1000
_MERCHANT = "acme"
_FIRST = ("Hannah", "Jürgen", "Aoife", "Wei", "Zdzisława", "Ivan", "Priya", "Tom")
_LAST = ("Lindqvist", "Müller", "Okafor", "Zhang", "Testowa", "Petrov", "Nair", "Brandt")
Find = Callable[[str], Awaitable[Sequence[object]]]
_KEYS = deployment_keys(b"a master key of the bench, 32 bytes or more")


async def measure(folder: Path, *, database: str | None = None, orders: int = 100_000) -> list[Figure]:
    """Seconds at the 95th percentile, by what is typed."""
    folder.mkdir(parents=True, exist_ok=True)
    url = store_url(folder, database)
    await upgrade(url)
    db = Database(url)
    try:
        await Merchants(db, _KEYS).create(NewMerchant(id=_MERCHANT, name="Acme", sandbox=False))
        await _fill(db, orders)
        codes = DropOffCodes(_KEYS.derived("codes"))
        vault = Vault(db, _KEYS)
        search = OrderSearch(None, OrderIndex(db), vault, codes.hash)  # type: ignore[arg-type] - it reads no journey
        box = SearchBox(search, SearchHits(db), vault)
        kind = "PostgreSQL" if database else "SQLite"
        goal = GOAL if orders >= 100_000 else None
        ways: dict[str, Find] = {"search": _in_box(box), "list": _in_list(search, OrderIndex(db))}
        return [
            Figure(f"{way} by {name}, {orders:,}, {kind}", await _p95(find, texts), "s", goal, at_most=True)
            for way, find in ways.items()
            for name, texts in _typed(orders).items()
        ]
    finally:
        await db.close()


def _in_box(box: SearchBox) -> Find:
    return lambda text: box.find(_MERCHANT, text, with_people=True)


def _in_list(search: OrderSearch, index: OrderIndex) -> Find:
    """The first page of the list, without reading what each order looks like."""

    async def find(text: str) -> Sequence[OrderRow]:
        matches = tuple([match for _, match in await search.meanings(_MERCHANT, text)])
        return (await index.page(_MERCHANT, OrderFilters(any_of=(matches,)), limit=50)).items

    return find


async def _p95(find: Find, texts: list[str]) -> float:
    times = []
    await find(texts[0])  # a process has compiled its statements after the first of each
    for text in texts:
        began = time.perf_counter()
        found = await find(text)
        times.append(time.perf_counter() - began)
        assert found, text
    return statistics.quantiles(times, n=20)[-1]


def _typed(orders: int) -> dict[str, list[str]]:
    some = [number * (orders // 40) for number in range(40)]
    return {
        "order number": [f"#{number}" for number in some],
        "e-mail address": [f"user{number}@example.org" for number in some],
        "phone": [f"07700 {number:06d}" for number in some],
        "a frequent name": [_LAST[number % len(_LAST)] for number in range(40)],
        "a whole name": [_person(number) for number in range(40)],
        "tracking number": [f"1Z 999 {number:08d}" for number in some],
        "payment": [f"pay_{number:08d}" for number in some],
        "return number": [f"R-{number:08d}" for number in some],
    }


async def _fill(db: Database, orders: int) -> None:
    vault = Vault(db, _KEYS)
    name = await vault.seal(_MERCHANT, "cus_bench", "Hannah Lindqvist")
    body = an_order(merchant=_MERCHANT).model_dump(mode="json")
    body["customer"]["name"] = name.model_dump(mode="json")
    text = json.dumps(body)
    for begin in range(0, orders, _BATCH):
        numbers = range(begin, min(begin + _BATCH, orders))
        terms = [await vault.blind(_MERCHANT, _terms(number)) for number in numbers]
        async with db.write() as session:
            for rows in _rows(list(numbers), text, [[one.term for one in some] for some in terms]):
                await session.exec(insert(type(rows[0])), params=[row.model_dump() for row in rows])  # type: ignore[call-overload]


def _terms(number: int) -> list[SearchTerm]:
    person = _person(number)
    phone = f"+447700{number:06d}"
    return [
        number_term(f"#{number}"),
        email_term(f"user{number}@example.org"),
        *phone_terms(phone),
        *name_terms(person),
    ]


def _person(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number // 3 % len(_LAST)]}"


def _rows(numbers: list[int], body: str, terms: list[list[str]]) -> Iterator[list[SQLModel]]:
    placed = real_now() - timedelta(days=400)
    at = {number: placed + timedelta(seconds=number) for number in numbers}
    yield [
        OrderRow(
            id=f"ord_{n:08d}", merchant=_MERCHANT, order_id=f"#{n}", body_hash="", body=body, customer="cus_bench",
            policy=1, intent="started", stage="delivered", placed_at=at[n], created_at=at[n],
        )
        for n in numbers
    ]  # fmt: skip
    yield [
        OrderTermRow(merchant=_MERCHANT, term=term, created_at=at[n], order=f"ord_{n:08d}", personal=True)
        for n, some in zip(numbers, terms, strict=True)
        for term in dict.fromkeys(some)
    ]
    yield [
        ParcelRow(
            order=f"ord_{n:08d}", parcel="p1", merchant=_MERCHANT, tracking_number=f"1Z999{n:08d}",
            normalized_number=f"1Z999{n:08d}", carrier="UPS", registered_at=at[n],
        )
        for n in numbers
    ]  # fmt: skip
    yield [PaymentRow(merchant=_MERCHANT, payment=f"pay_{n:08d}", order=f"ord_{n:08d}") for n in numbers]
    yield [
        ReturnRow(
            id=f"ret_{n:08d}", merchant=_MERCHANT, order=f"ord_{n:08d}", number=f"R-{n:08d}", status="authorized",
            goods="expected", money="none", opened_at=at[n],
        )
        for n in numbers
    ]  # fmt: skip
