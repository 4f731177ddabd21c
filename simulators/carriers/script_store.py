"""The records of the carrier simulator: accounts, scripts, pending webhooks, armed faults, look-ups."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from simulators.carriers.schemas import LookupFault, ParcelScript, Receiver, SimulatorAccount
from simulators.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, api_key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, now TEXT);
CREATE TABLE IF NOT EXISTS parcels (
  account TEXT NOT NULL, number TEXT NOT NULL, carrier TEXT NOT NULL, script TEXT NOT NULL,
  PRIMARY KEY (account, number, carrier));
CREATE TABLE IF NOT EXISTS pushes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, number TEXT NOT NULL, carrier TEXT NOT NULL,
  position INTEGER NOT NULL, due TEXT NOT NULL, sort_key REAL NOT NULL, delivered INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS pushes_due ON pushes(account, delivered, due);
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, times INTEGER NOT NULL,
  seconds INTEGER NOT NULL, number TEXT);
CREATE TABLE IF NOT EXISTS lookups (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, number TEXT NOT NULL, now TEXT, status INTEGER NOT NULL);
"""


class PendingWebhook(NamedTuple):
    """A webhook to send: the scan at `position` of the script."""

    seq: int
    script: ParcelScript
    position: int


class ScriptStore(SqliteFile):
    """Each method is one transaction."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, _SCHEMA)

    def put_account(self, name: str, account: SimulatorAccount) -> bool:
        """Create an account or change its webhooks; return False when another account has that key."""
        with self._transaction():
            if self.find_account(account.api_key) not in (None, name):
                return False
            self._db.execute(
                "INSERT INTO accounts (name, api_key, body) VALUES (:n, :k, :b)"
                " ON CONFLICT (name) DO UPDATE SET api_key = :k, body = :b",
                {"n": name, "k": account.api_key, "b": account.model_dump_json()},
            )
        return True

    def find_account(self, api_key: str) -> str | None:
        """The name of the account with that key."""
        row = self._db.execute("SELECT name FROM accounts WHERE api_key = ?", (api_key,)).fetchone()
        return str(row["name"]) if row else None

    def has_account(self, account: str) -> bool:
        """Whether an account of that name exists."""
        return self._db.execute("SELECT 1 FROM accounts WHERE name = ?", (account,)).fetchone() is not None

    def put_scripts(self, account: str, scripts: tuple[ParcelScript, ...]) -> int:
        """Save scripts, replacing those of the same parcels; return how many webhooks they will send."""
        count = 0
        with self._transaction():
            for script in scripts:
                parcel = (account, script.tracking_number, script.carrier)
                self._db.execute(
                    "DELETE FROM pushes WHERE account = ? AND number = ? AND carrier = ?", parcel
                )
                self._db.execute(
                    "INSERT OR REPLACE INTO parcels (account, number, carrier, script) VALUES (?, ?, ?, ?)",
                    (*parcel, script.model_dump_json()),
                )
                count += self._plan(parcel, script)
        return count

    def _plan(self, parcel: tuple[str, str, str], script: ParcelScript) -> int:
        """Plan the webhooks of a script. The random order of a shuffled parcel is seeded by its number: each run is the same."""
        rng, count = random.Random(script.tracking_number), 0
        for position, scan in enumerate(script.scans):
            silent = script.silent_from is not None and scan.at >= script.silent_from
            for _ in range(0 if scan.webhook.lost or silent else scan.webhook.times):
                row = (
                    *parcel,
                    position,
                    _text(scan.at + scan.webhook.delay),
                    rng.random() if script.shuffled else 0,
                )
                sql = "INSERT INTO pushes (account, number, carrier, position, due, sort_key) VALUES (?, ?, ?, ?, ?, ?)"
                self._db.execute(sql, row)
                count += 1
        return count

    def advance_clock(self, account: str, now: datetime) -> tuple[Receiver | None, list[PendingWebhook]]:
        """Set the account's time; return the receiver of its webhooks and those that are due, shuffled ones in random order."""
        with self._transaction():
            self._db.execute("UPDATE accounts SET now = ? WHERE name = ?", (_text(now), account))
        row = self._db.execute("SELECT body FROM accounts WHERE name = ?", (account,)).fetchone()
        receiver = SimulatorAccount.model_validate_json(row["body"]).webhooks
        due = self._db.execute(
            "SELECT seq, position, script FROM pushes JOIN parcels USING (account, number, carrier)"
            " WHERE account = ? AND delivered = 0 AND due <= ? ORDER BY sort_key, due, seq",
            (account, _text(now)),
        )
        webhooks = [
            PendingWebhook(row["seq"], ParcelScript.model_validate_json(row["script"]), row["position"])
            for row in due
        ]
        return receiver, webhooks

    def mark_delivered(self, webhook: PendingWebhook) -> None:
        """The receiver responded with 2xx."""
        self._db.execute("UPDATE pushes SET delivered = 1 WHERE seq = ?", (webhook.seq,))

    def find_script(
        self, account: str, number: str, carrier: str, now: datetime | None
    ) -> ParcelScript | None:
        """The script of that number and carrier (in upper or lower case), unless it is retired by then."""
        rows = self._db.execute(
            "SELECT script FROM parcels WHERE account = ? AND number = ?", (account, number)
        )
        for row in rows:
            script = ParcelScript.model_validate_json(row["script"])
            if _slug(script.carrier) == _slug(carrier):
                gone = script.retired_at is not None and now is not None and now >= script.retired_at
                return None if gone else script
        return None

    def account_time(self, account: str) -> datetime | None:
        """The time that was last set."""
        row = self._db.execute("SELECT now FROM accounts WHERE name = ?", (account,)).fetchone()
        return datetime.fromisoformat(row["now"]) if row and row["now"] else None

    def arm_fault(self, account: str, fault: LookupFault) -> None:
        """Let the next matching look-ups fail; the oldest armed fault is used first."""
        sql = "INSERT INTO faults (account, kind, times, seconds, number) VALUES (?, ?, ?, ?, ?)"
        self._db.execute(sql, (account, fault.kind, fault.times, fault.seconds, fault.tracking_number))

    def take_fault(self, account: str, number: str) -> LookupFault | None:
        """The next fault of that parcel, if one is armed; this uses one of its times."""
        with self._transaction():
            row = self._db.execute(
                "SELECT * FROM faults WHERE account = ? AND times > 0 AND (number IS NULL OR number = ?)"
                " ORDER BY seq LIMIT 1",
                (account, number),
            ).fetchone()
            if row is None:
                return None
            self._db.execute("UPDATE faults SET times = times - 1 WHERE seq = ?", (row["seq"],))
        return LookupFault(kind=row["kind"], times=row["times"] or 1, seconds=row["seconds"])

    def record_lookup(self, account: str, number: str, now: datetime | None, status: int) -> None:
        """Record a look-up with the status of its response."""
        sql = "INSERT INTO lookups (account, number, now, status) VALUES (?, ?, ?, ?)"
        self._db.execute(sql, (account, number, _text(now) if now else None, status))

    def list_lookups(self, account: str) -> list[dict[str, object]]:
        """All look-ups of the account, oldest first: number, business time and status of the response."""
        sql = "SELECT number AS tracking_number, now, status FROM lookups WHERE account = ? ORDER BY seq"
        return [dict(row) for row in self._db.execute(sql, (account,))]


def _text(at: datetime) -> str:
    """The time in UTC as text that sorts in the order of time."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _slug(carrier: str) -> str:
    return "-".join(carrier.casefold().split())
