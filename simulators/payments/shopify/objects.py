"""The records of the stand-in: shops, their objects by global id, keys, faults and webhooks, in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS shops (
  domain TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
  points REAL NOT NULL, points_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
  number INTEGER PRIMARY KEY, gid TEXT NOT NULL UNIQUE, shop TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_of_parent ON objects(parent, kind);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects(shop, kind);
CREATE TABLE IF NOT EXISTS keys (
  shop TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL, refund TEXT, at TEXT NOT NULL,
  PRIMARY KEY (shop, key));
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, field TEXT NOT NULL, times INTEGER NOT NULL, seconds REAL NOT NULL,
  about TEXT NOT NULL, skip INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS webhooks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, shop TEXT NOT NULL, topic TEXT NOT NULL, event TEXT NOT NULL, body TEXT NOT NULL,
  at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mails (seq INTEGER PRIMARY KEY AUTOINCREMENT, shop TEXT NOT NULL, about TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), ahead REAL NOT NULL);
"""

_FIRST_NUMBER = 5_000_000_000_001  # ids of the size that Shopify gives

Body = dict[str, Any]


class Objects:
    """The objects of one shop. An object is JSON under its global id, `gid://shopify/Kind/number`."""

    def __init__(self, db: sqlite3.Connection, shop: Mapping[str, Any], now: datetime) -> None:
        self.db, self.shop, self.now = db, shop, now
        self.domain = str(shop["domain"])

    @property
    def at(self) -> str:
        """The time, as Shopify writes it."""
        return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def add(self, kind: str, parent: str | None, body: Body, number: int | None = None) -> Body:
        """Store a new object; its `id` is its global id."""
        if number is None:
            row = self.db.execute("SELECT MAX(number) AS last FROM objects").fetchone()
            number = max(_FIRST_NUMBER, (row["last"] or 0) + 1)
        gid = gid_of(kind, number)
        stored = {**body, "id": gid}
        self.db.execute(
            "INSERT INTO objects (number, gid, shop, kind, parent, body) VALUES (?, ?, ?, ?, ?, ?)",
            (number, gid, self.domain, kind, parent, json.dumps(stored)),
        )
        return stored

    def get(self, gid: object, kind: str) -> Body | None:
        """The shop's object of that kind."""
        row = self.db.execute(
            "SELECT body FROM objects WHERE gid = ? AND shop = ? AND kind = ?", (gid, self.domain, kind)
        ).fetchone()
        return None if row is None else json.loads(row["body"])

    def save(self, body: Body) -> None:
        """Store an object that was changed."""
        self.db.execute("UPDATE objects SET body = ? WHERE gid = ?", (json.dumps(body), body["id"]))

    def of(self, parent: str, kind: str) -> list[Body]:
        """The objects of that kind that belong to another one, in the order of their numbers."""
        rows = self.db.execute(
            "SELECT body FROM objects WHERE parent = ? AND kind = ? AND shop = ? ORDER BY number",
            (parent, kind, self.domain),
        )
        return [json.loads(row["body"]) for row in rows]

    def all(self, kind: str) -> Iterator[Body]:
        """All objects of that kind."""
        rows = self.db.execute(
            "SELECT body FROM objects WHERE shop = ? AND kind = ? ORDER BY number", (self.domain, kind)
        )
        return (json.loads(row["body"]) for row in rows.fetchall())

    def touch(self, order: Body) -> None:
        """The order was changed now."""
        order["updatedAt"] = self.at
        self.save(order)

    def mail(self, about: str) -> None:
        """The customer was sent a mail."""
        self.db.execute("INSERT INTO mails (shop, about) VALUES (?, ?)", (self.domain, about))


def gid_of(kind: str, number: int) -> str:
    """The global id."""
    return f"gid://shopify/{kind}/{number}"


def number_of(gid: str) -> int:
    """The number in a global id."""
    return int(gid.rpartition("/")[2])


def clock(db: sqlite3.Connection) -> datetime:
    """The stand-in's time: the machine's, and what it was moved ahead."""
    row = db.execute("SELECT ahead FROM clock WHERE one = 1").fetchone()
    return datetime.now(UTC) + timedelta(seconds=row["ahead"] if row else 0)
