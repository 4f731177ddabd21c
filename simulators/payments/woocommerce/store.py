"""The records of the shop: orders, refunds, what its gateway paid, keys, webhooks, settings and armed faults."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from simulators.payments.woocommerce.schemas import ApiKey, ShopDisarm, ShopFault, ShopSettings
from simulators.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ids (id INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS orders (
  id INTEGER PRIMARY KEY, modified TEXT NOT NULL, trashed INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refunds (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_parent ON refunds(parent);
CREATE TABLE IF NOT EXISTS paid (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER NOT NULL, amount TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhooks (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (consumer_key TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS nonces (consumer_key TEXT, nonce TEXT, at REAL, PRIMARY KEY (consumer_key, nonce));
CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (seq INTEGER PRIMARY KEY AUTOINCREMENT, times INTEGER NOT NULL, body TEXT NOT NULL);
"""

Body = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


class WooStore(SqliteFile):
    """Each method is one step of the shop's program; nothing spans two of them, as in WooCommerce."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO sqlite_sequence (name, seq) VALUES ('ids', 800)")

    def _loaded(self, kind: type[M], query: str, *values: object) -> M | None:
        row = self._db.execute(query, values).fetchone()
        return None if row is None else kind.model_validate_json(row[0])

    # Settings, keys, faults

    def settings(self) -> ShopSettings:
        """The settings."""
        return self._loaded(ShopSettings, "SELECT body FROM settings") or ShopSettings()

    def set_settings(self, settings: ShopSettings) -> None:
        """Replace all settings."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (settings.model_dump_json(),))

    def now(self) -> datetime:
        """The shop's clock, to the second."""
        shift = timedelta(seconds=self.settings().clock_shift_seconds)
        return (datetime.now(UTC) + shift).replace(microsecond=0)

    def add_key(self, key: ApiKey) -> None:
        """Add or replace a key."""
        self._db.execute(
            "INSERT OR REPLACE INTO keys VALUES (?, ?)", (key.consumer_key, key.model_dump_json())
        )

    def key(self, consumer_key: str) -> ApiKey | None:
        """The key, if its user still exists."""
        found = self._loaded(ApiKey, "SELECT body FROM keys WHERE consumer_key = ?", consumer_key)
        return found if found is not None and found.user_exists else None

    def use_nonce(self, consumer_key: str, nonce: str, at: float) -> bool:
        """Whether the nonce is new for that key in the last 15 minutes."""
        self._db.execute("DELETE FROM nonces WHERE at < ?", (at - 900,))
        used = self._db.execute(
            "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (consumer_key, nonce, at)
        ).rowcount
        return used == 1

    def arm(self, fault: ShopFault) -> None:
        """Let the next matching refund requests fail."""
        row = (fault.times, fault.model_dump_json())
        self._db.execute("INSERT INTO faults (times, body) VALUES (?, ?)", row)

    def next_fault(self, order: int, of: str = "refunds") -> ShopFault | None:
        """The oldest armed fault for that order and kind of request, used once."""
        for row in self._db.execute("SELECT * FROM faults WHERE times > 0 ORDER BY seq").fetchall():
            fault = ShopFault.model_validate_json(row["body"])
            if fault.order in (None, order) and fault.of == of and fault.kind != "down":
                self._db.execute("UPDATE faults SET times = times - 1 WHERE seq = ?", (row["seq"],))
                return fault
        return None

    def is_down(self, path: str) -> bool:
        """Whether no request about the order in that path is answered."""
        rows = self._db.execute("SELECT body FROM faults WHERE times > 0").fetchall()
        armed = [ShopFault.model_validate_json(row["body"]) for row in rows]
        about = {one.kind for one in armed if one.order is None or f"/orders/{one.order}" in path}
        return about == {"down"}

    def disarm(self, disarm: ShopDisarm) -> None:
        """Forget armed faults."""
        sql = "UPDATE faults SET times = 0 WHERE ? IS NULL OR json_extract(body, '$.order') = ?"
        self._db.execute(sql, (disarm.order, disarm.order))

    # Orders and refunds

    def new_id(self) -> int:
        """The next id; orders, refunds, their items and webhooks share one sequence."""
        return int(self._db.execute("INSERT INTO ids DEFAULT VALUES").lastrowid or 0)

    def save_order(self, order: Body) -> Body:
        """Write the order; it is modified now."""
        at = self.now().isoformat()
        self._db.execute(
            "INSERT INTO orders (id, modified, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET modified = excluded.modified, body = excluded.body",
            (order["id"], at, json.dumps(order)),
        )
        return {**order, "modified": at}

    def order(self, order: int) -> Body | None:
        """The order, unless it is in the trash."""
        row = self._db.execute("SELECT * FROM orders WHERE id = ? AND NOT trashed", (order,)).fetchone()
        return None if row is None else {**json.loads(row["body"]), "modified": row["modified"]}

    def orders(self, modified_after: str) -> list[Body]:
        """Orders that were modified after that time, oldest id first."""
        rows = self._db.execute(
            "SELECT * FROM orders WHERE modified > ? AND NOT trashed ORDER BY id", (modified_after,)
        )
        return [{**json.loads(row["body"]), "modified": row["modified"]} for row in rows]

    def trash(self, order: int, *, trashed: bool) -> bool:
        """Put the order into the trash or take it out; whether that changed anything."""
        changed = self._db.execute(
            "UPDATE orders SET trashed = ? WHERE id = ? AND trashed <> ?", (trashed, order, trashed)
        )
        return changed.rowcount == 1

    def save_refund(self, refund: Body) -> None:
        """Write a refund's row."""
        row = (refund["id"], refund["parent"], json.dumps(refund))
        self._db.execute("INSERT OR REPLACE INTO refunds VALUES (?, ?, ?)", row)

    def refunds(self, order: int) -> list[Body]:
        """The order's refunds, newest first, as WooCommerce lists them."""
        rows = self._db.execute("SELECT body FROM refunds WHERE parent = ? ORDER BY id DESC", (order,))
        return [json.loads(row[0]) for row in rows]

    def delete_refund(self, refund: int) -> None:
        """Remove the row; money that moved stays moved."""
        self._db.execute("DELETE FROM refunds WHERE id = ?", (refund,))

    def save_note(self, note: Body, order: int) -> None:
        """Write a note of an order."""
        self._db.execute("INSERT INTO notes VALUES (?, ?, ?)", (note["id"], order, json.dumps(note)))

    def notes(self, order: int) -> list[Body]:
        """The order's notes, newest first; they are not paged."""
        rows = self._db.execute("SELECT body FROM notes WHERE parent = ? ORDER BY id DESC", (order,))
        return [json.loads(row[0]) for row in rows]

    def pay(self, order: int, amount: str, reason: str) -> None:
        """The gateway pays. It checks nothing and has no keys: it pays as often as it is asked."""
        self._db.execute(
            "INSERT INTO paid (parent, amount, reason) VALUES (?, ?, ?)", (order, amount, reason)
        )

    def paid(self, order: int) -> list[Body]:
        """Everything that the gateway paid for that order."""
        rows = self._db.execute("SELECT amount, reason FROM paid WHERE parent = ? ORDER BY seq", (order,))
        return [dict(row) for row in rows]

    # Webhooks

    def save_webhook(self, webhook: Body) -> None:
        """Write a webhook."""
        self._db.execute(
            "INSERT OR REPLACE INTO webhooks VALUES (?, ?)", (webhook["id"], json.dumps(webhook))
        )

    def webhook(self, webhook: int) -> Body | None:
        """One webhook, with its secret and its count of failures."""
        return next((one for one in self.webhooks() if one["id"] == webhook), None)

    def webhooks(self) -> list[Body]:
        """All webhooks, newest first."""
        rows = self._db.execute("SELECT body FROM webhooks ORDER BY id DESC")
        return [json.loads(row[0]) for row in rows]

    def delete_webhook(self, webhook: int) -> None:
        """Remove it."""
        self._db.execute("DELETE FROM webhooks WHERE id = ?", (webhook,))
