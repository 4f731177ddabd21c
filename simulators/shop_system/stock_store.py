"""The records of simulated shops: stock, reservations, requests to send, and the answers kept by key."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulators.shop_system.schemas import (
    Article,
    CallFault,
    ConfirmRequest,
    Goods,
    ReleaseRequest,
    ReserveRequest,
    SendRequest,
    Setup,
)
from simulators.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shops (name TEXT PRIMARY KEY, secret TEXT NOT NULL, hold_hours INTEGER);
CREATE TABLE IF NOT EXISTS articles (
  shop TEXT NOT NULL, sku TEXT NOT NULL, body TEXT NOT NULL, stock INTEGER NOT NULL CHECK (stock >= 0),
  PRIMARY KEY (shop, sku));
CREATE TABLE IF NOT EXISTS held (
  shop TEXT NOT NULL, reservation TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL, until TEXT NOT NULL,
  PRIMARY KEY (shop, reservation, sku));
CREATE TABLE IF NOT EXISTS confirmed (
  shop TEXT NOT NULL, key TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (shop, key, sku));
CREATE TABLE IF NOT EXISTS sendings (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, shop TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
  shop TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (shop, key));
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, shop TEXT NOT NULL, call TEXT NOT NULL, kind TEXT NOT NULL, times INTEGER NOT NULL);
"""


class OtherRequest(Exception):
    """The key was used for another body."""


class StockStore(SqliteFile):
    """Each method is one transaction. Stock that is held or taken out is not available."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA)

    def set_up(self, shop: str, setup: Setup) -> None:
        row = (shop, setup.secret, setup.hold_hours)
        self._db.execute("INSERT OR REPLACE INTO shops VALUES (?, ?, ?)", row)

    def secret(self, shop: str) -> str | None:
        found = self._db.execute("SELECT secret FROM shops WHERE name = ?", (shop,)).fetchone()
        return found["secret"] if found else None

    def put_articles(self, shop: str, articles: list[Article]) -> None:
        with self._transaction():
            for one in articles:
                row = (shop, one.sku, one.model_dump_json(exclude={"stock"}), one.stock)
                self._db.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?)", row)

    def stock(self, shop: str) -> dict[str, int]:
        """What is available of each article."""
        rows = self._db.execute("SELECT sku, stock FROM articles WHERE shop = ?", (shop,))
        return {row["sku"]: row["stock"] for row in rows}

    def articles(self, shop: str, skus: list[str]) -> list[dict[str, Any]]:
        rows = self._db.execute("SELECT * FROM articles WHERE shop = ?", (shop,)).fetchall()
        return [{**json.loads(row["body"]), "available": row["stock"]} for row in rows if row["sku"] in skus]

    def arm(self, shop: str, fault: CallFault) -> None:
        row = (shop, fault.call, fault.kind, fault.times)
        self._db.execute("INSERT INTO faults (shop, call, kind, times) VALUES (?, ?, ?, ?)", row)

    def fault(self, shop: str, call: str) -> str | None:
        """The next fault of that call, which is used once by this."""
        with self._transaction():
            query = "SELECT * FROM faults WHERE shop = ? AND call = ? AND times > 0 ORDER BY seq LIMIT 1"
            found = self._db.execute(query, (shop, call)).fetchone()
            if found is None:
                return None
            self._db.execute("UPDATE faults SET times = times - 1 WHERE seq = ?", (found["seq"],))
            return str(found["kind"])

    def sendings(self, shop: str) -> list[dict[str, Any]]:
        """The requests to send that were accepted, oldest first."""
        rows = self._db.execute("SELECT * FROM sendings WHERE shop = ? ORDER BY seq", (shop,))
        return [{"key": row["key"], **json.loads(row["body"])} for row in rows]

    def reserve(self, shop: str, request: ReserveRequest) -> dict[str, Any]:
        """All of the goods or none; the same key has the same answer."""
        return self._once(shop, request, lambda: self._reserve(shop, request))

    def _reserve(self, shop: str, request: ReserveRequest) -> dict[str, Any]:
        self._end_reservations(shop, request.now)
        stock, wanted = self.stock(shop), _sums(request.goods)
        if any(sku not in stock for sku in wanted):
            return {"outcome": "unknown_product"}
        if any(stock[sku] < quantity for sku, quantity in wanted.items()):
            return {"outcome": "out_of_stock"}
        until = min(request.until, self._longest(shop, request.now) or request.until)
        for sku, quantity in wanted.items():
            self._add(shop, sku, -quantity)
            row = (shop, request.key, sku, quantity, until.isoformat())
            self._db.execute("INSERT INTO held VALUES (?, ?, ?, ?, ?)", row)
        return {"outcome": "reserved", "reserved_until": until.isoformat()}

    def _longest(self, shop: str, now: datetime) -> datetime | None:
        row = self._db.execute("SELECT hold_hours FROM shops WHERE name = ?", (shop,)).fetchone()
        return None if row["hold_hours"] is None else now + timedelta(hours=row["hold_hours"])

    def confirm(self, shop: str, request: ConfirmRequest) -> dict[str, Any]:
        return self._once(shop, request, lambda: self._confirm(shop, request))

    def _confirm(self, shop: str, request: ConfirmRequest) -> dict[str, Any]:
        self._end_reservations(shop, request.now)
        wanted = _sums(request.goods)
        if any(self._held(shop, request.reservation, sku) < quantity for sku, quantity in wanted.items()):
            return {"outcome": "expired"}
        for sku, quantity in wanted.items():
            query = "UPDATE held SET quantity = quantity - ? WHERE shop = ? AND reservation = ? AND sku = ?"
            self._db.execute(query, (quantity, shop, request.reservation, sku))
            self._db.execute("INSERT INTO confirmed VALUES (?, ?, ?, ?)", (shop, request.key, sku, quantity))
        return {"outcome": "confirmed"}

    def release(self, shop: str, request: ReleaseRequest) -> dict[str, Any]:
        return self._once(shop, request, lambda: self._release(shop, request))

    def _release(self, shop: str, request: ReleaseRequest) -> dict[str, Any]:
        if request.confirmation is not None:
            table, name, key = "confirmed", "key", request.confirmation
        else:
            table, name, key = "held", "reservation", request.reservation
        where = f"FROM {table} WHERE shop = ? AND {name} = ?"
        for row in self._db.execute(f"SELECT * {where}", (shop, key)).fetchall():
            self._add(shop, row["sku"], row["quantity"])
        self._db.execute(f"DELETE {where}", (shop, key))
        return {"outcome": "released"}

    def send(self, shop: str, request: SendRequest, refused: bool) -> dict[str, Any]:
        return self._once(shop, request, lambda: self._send(shop, request, refused))

    def _send(self, shop: str, request: SendRequest, refused: bool) -> dict[str, Any]:
        if refused:
            return {"outcome": "rejected", "reason": "cannot_be_packed"}
        row = (shop, request.key, request.model_dump_json(by_alias=True, exclude={"key"}))
        written = self._db.execute("INSERT INTO sendings (shop, key, body) VALUES (?, ?, ?)", row)
        return {"outcome": "accepted", "reference": f"ful-{written.lastrowid}"}

    def _once(self, shop: str, request: Any, act: Any) -> dict[str, Any]:
        """The first answer to that key. Only the time may differ in a repeated call. Raises OtherRequest."""
        text = request.model_dump_json(exclude={"now"})
        with self._transaction():
            query = "SELECT * FROM answers WHERE shop = ? AND key = ?"
            known = self._db.execute(query, (shop, request.key)).fetchone()
            if known is not None and known["request"] != text:
                raise OtherRequest
            if known is not None:
                answer: dict[str, Any] = json.loads(known["body"])
                return answer
            fresh: dict[str, Any] = act()
            row = (shop, request.key, text, json.dumps(fresh))
            self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", row)
            return fresh

    def _end_reservations(self, shop: str, now: datetime) -> None:
        """Give back what reservations hold that are over at that time, which is smot's own."""
        for row in self._db.execute("SELECT * FROM held WHERE shop = ?", (shop,)).fetchall():
            if datetime.fromisoformat(row["until"]) <= now:
                self._add(shop, row["sku"], row["quantity"])
                query = "DELETE FROM held WHERE shop = ? AND reservation = ? AND sku = ?"
                self._db.execute(query, (shop, row["reservation"], row["sku"]))

    def _held(self, shop: str, reservation: str, sku: str) -> int:
        query = "SELECT quantity FROM held WHERE shop = ? AND reservation = ? AND sku = ?"
        found = self._db.execute(query, (shop, reservation, sku)).fetchone()
        return found["quantity"] if found else 0

    def _add(self, shop: str, sku: str, quantity: int) -> None:
        query = "UPDATE articles SET stock = stock + ? WHERE shop = ? AND sku = ?"
        self._db.execute(query, (quantity, shop, sku))


def _sums(goods: list[Goods]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in goods:
        sums[one.sku] = sums.get(one.sku, 0) + one.quantity
    return sums
