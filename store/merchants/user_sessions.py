"""Sessions of users: an opaque token of which only the hash is kept, listed, and ended at any time."""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, delete, select, update

from domain.staff.accounts import SESSION_LIFE, SessionLevel, session_is_good
from store.engine.columns import real_now
from store.engine.database import Database
from store.merchants.users import hashed
from store.tables.all import UserRow, UserSessionRow

PREFIX = "sess_"
_TOKEN = re.compile(r"(sess_[0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_USE_PRECISION = timedelta(minutes=1)
_MAX_LISTED = 100


@dataclass(frozen=True)
class NewSession:
    """A session that was just opened. Its token is known only now."""

    row: UserSessionRow
    token: str = field(repr=False)


class UserSessions:
    """The table of sessions."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def create(self, user: UserRow, level: SessionLevel, device: str) -> NewSession:
        """Open a session."""
        made = _made(user.merchant, user.id, level, device)
        async with self._db.write() as session:
            session.add(made.row)
        return made

    async def replace(self, merchant: str, old: str, level: SessionLevel) -> NewSession | None:
        """Another session in place of that one, which ends; None when it has ended before."""
        async with self._db.write() as session:
            row = await session.get(UserSessionRow, old, with_for_update=True)
            if row is None or row.merchant != merchant or row.ended_at is not None:
                return None
            made = _made(row.merchant, row.user, level, row.device)
            row.ended_at = real_now()
            session.add(made.row)
        return made

    async def find(self, token: str) -> tuple[UserSessionRow, UserRow] | None:
        """The session that is open under that token, with its user. Its use is written, to the minute."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        async with self._db.read_one() as session:
            row = await session.get(UserSessionRow, match[1])
            user = await session.get(UserRow, row.user) if row is not None else None
        same = hmac.compare_digest(row.hash if row is not None else "", hashed(match[2]))
        if not same or row is None or user is None or not user.active or not is_open(row):
            return None
        await self._write_use(row)
        return row, user

    async def _write_use(self, row: UserSessionRow) -> None:
        now = real_now()
        if now - row.used_at < _USE_PRECISION:
            return
        same = (col(UserSessionRow.id) == row.id, col(UserSessionRow.ended_at).is_(None))
        async with self._db.write() as session:
            await session.exec(update(UserSessionRow).where(*same).values(used_at=now))

    async def of_user(self, merchant: str, user: str) -> list[UserSessionRow]:
        """The open ones, the newest first."""
        found = (
            select(UserSessionRow)
            .where(
                UserSessionRow.merchant == merchant,
                UserSessionRow.user == user,
                col(UserSessionRow.ended_at).is_(None),
                UserSessionRow.created_at > real_now() - SESSION_LIFE,
            )
            .order_by(col(UserSessionRow.created_at).desc(), col(UserSessionRow.id).desc())
            .limit(_MAX_LISTED)
        )
        async with self._db.read_one() as session:
            return [row for row in (await session.exec(found)).all() if is_open(row)]

    async def end(self, merchant: str, user: str, *, only: str | None = None, keep: str = "") -> int:
        """End the user's sessions, or the `only` one; all but the one to `keep`. Returns how many were open."""
        mine = [
            col(UserSessionRow.merchant) == merchant,
            col(UserSessionRow.user) == user,
            col(UserSessionRow.ended_at).is_(None),
            col(UserSessionRow.id) != keep,
        ]
        if only is not None:
            mine.append(col(UserSessionRow.id) == only)
        async with self._db.write() as session:
            ended = await session.exec(update(UserSessionRow).where(*mine).values(ended_at=real_now()))
        return int(ended.rowcount)

    async def prune(self, before: datetime) -> None:
        """Delete sessions that were opened before that time."""
        async with self._db.write() as session:
            await session.exec(delete(UserSessionRow).where(col(UserSessionRow.created_at) < before))


def is_open(row: UserSessionRow) -> bool:
    """Whether the session opens something at this moment."""
    level: SessionLevel = "full" if row.level == "full" else "password"
    return row.ended_at is None and session_is_good(level, row.created_at, row.used_at, real_now())


def _made(merchant: str, user: str, level: SessionLevel, device: str) -> NewSession:
    session, secret, now = PREFIX + secrets.token_hex(8), secrets.token_urlsafe(32), real_now()
    row = UserSessionRow(
        id=session,
        hash=hashed(secret),
        merchant=merchant,
        user=user,
        level=level,
        device=device,
        created_at=now,
        used_at=now,
    )
    return NewSession(row, f"{session}_{secret}")
