"""The records of the stand-in: objects by account, its clock, its balances."""

import json
import secrets
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from simulators.payments.stripe.call import Body, missing
from simulators.payments.stripe.delivery_queue import DeliveryQueue

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
  created INTEGER NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL, plan TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_listed ON objects(account, kind, seq);
CREATE INDEX IF NOT EXISTS objects_parent ON objects(parent, kind);
CREATE TABLE IF NOT EXISTS api_keys (
  secret TEXT PRIMARY KEY, account TEXT NOT NULL, state TEXT NOT NULL, connected TEXT NOT NULL, denied TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
  account TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, params TEXT NOT NULL, request TEXT NOT NULL,
  at INTEGER NOT NULL, status INTEGER, body TEXT, headers TEXT, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS steps (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, account TEXT NOT NULL, refund TEXT NOT NULL, step TEXT NOT NULL,
  reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS endpoints (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint INTEGER NOT NULL, status INTEGER);
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, left INTEGER NOT NULL, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS balances (
  account TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (account, currency));
CREATE TABLE IF NOT EXISTS clock (only INTEGER PRIMARY KEY CHECK (only = 1), ahead REAL NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
DELETE FROM answers WHERE status IS NULL;
"""


class StripeObject(NamedTuple):
    """A stored object.

    parent: the charge of a refund or a dispute, the payment intent of a charge.
    plan: what the stand-in knows about it and does not show.
    """

    id: str
    kind: str
    account: str
    created: int
    parent: str
    body: Body
    plan: Body


class StripeWorld(DeliveryQueue):
    """All worlds in one file. Its methods run inside a transaction of the caller."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA)

    def moment(self) -> float:
        """Seconds since 1970 by the stand-in's clock."""
        row = self._db.execute("SELECT ahead FROM clock").fetchone()
        return time.time() + float(row["ahead"])

    def now(self) -> int:
        """The same in whole seconds."""
        return int(self.moment())

    def move_clock(self, seconds: float) -> None:
        """Move the clock ahead of real time by so many seconds more."""
        self._db.execute("UPDATE clock SET ahead = ahead + ?", (seconds,))

    def add(self, new: StripeObject) -> StripeObject:
        """Store a new object."""
        row = (*new[:5], json.dumps(new.body), json.dumps(new.plan))
        columns = "id, kind, account, created, parent, body, plan"
        self._db.execute(f"INSERT INTO objects ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return new

    def change(self, old: StripeObject, **fields: object) -> StripeObject:
        """Store new values of fields of its body."""
        changed = old._replace(body={**old.body, **fields})
        self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(changed.body), old.id))
        return changed

    def set_plan(self, old: StripeObject, plan: Body) -> None:
        """Store what the stand-in knows about an object and does not show."""
        self._db.execute("UPDATE objects SET plan = ? WHERE id = ?", (json.dumps(plan), old.id))

    def add_step(self, due: float, refund: StripeObject, step: str, reason: str) -> None:
        """A later step of a refund."""
        sql = "INSERT INTO steps (due, account, refund, step, reason) VALUES (?, ?, ?, ?, ?)"
        self._db.execute(sql, (due, refund.account, refund.id, step, reason))

    def find(self, account: str, kind: str, name: str) -> StripeObject | None:
        """An object of that account."""
        sql = "SELECT * FROM objects WHERE id = ? AND kind = ? AND account = ?"
        row = self._db.execute(sql, (name, kind, account)).fetchone()
        return row and _object(row)

    def get(self, account: str, kind: str, name: str, param: str = "id") -> StripeObject:
        """The same. Raises StripeRefusal 404, which names the parameter that was wrong."""
        found = self.find(account, kind, name)
        if found is None:
            raise missing(kind, name, param)
        return found

    def children(self, parent: str, kind: str) -> list[StripeObject]:
        """The objects of that parent, oldest first."""
        sql = "SELECT * FROM objects WHERE parent = ? AND kind = ? ORDER BY seq"
        return [_object(row) for row in self._db.execute(sql, (parent, kind))]

    def listed(self, account: str, kind: str) -> list[StripeObject]:
        """All objects of that kind, newest first."""
        sql = "SELECT * FROM objects WHERE account = ? AND kind = ? ORDER BY seq DESC"
        return [_object(row) for row in self._db.execute(sql, (account, kind))]

    def balance(self, account: str, currency: str) -> int | None:
        """What is left for refunds; None where it was never set, which is always enough."""
        sql = "SELECT amount FROM balances WHERE account = ? AND currency = ?"
        row = self._db.execute(sql, (account, currency)).fetchone()
        return row and int(row["amount"])

    def add_to_balance(self, account: str, currency: str, amount: int) -> None:
        """Change a balance that was set."""
        sql = "UPDATE balances SET amount = amount + ? WHERE account = ? AND currency = ?"
        self._db.execute(sql, (amount, account, currency))


def _object(row: sqlite3.Row) -> StripeObject:
    return StripeObject(
        row["id"],
        row["kind"],
        row["account"],
        row["created"],
        row["parent"],
        json.loads(row["body"]),
        json.loads(row["plan"]),
    )


def new_id(prefix: str) -> str:
    """A new id with that prefix."""
    return f"{prefix}_{secrets.token_hex(12)}"
