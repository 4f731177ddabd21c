"""What may be wrong with a database itself: what passes by waiting, and what a person has to put right."""

import sqlite3

import asyncpg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class CannotConnect(SQLAlchemyError):
    """No connection to the database. The text says in a sentence which and why, never with its password."""


class DatabaseTimeout(SQLAlchemyError):
    """The database has taken a question and says nothing, as one does that stands still."""


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TRANSIENT_CLASSES = ("08", "28", "53", "57", "58")  # connection, entry, resources, operators, the machine
_TRANSIENT_STATES = (
    "0A000",  # the tables changed under a prepared statement: the next one is prepared anew
    "25P03",  # we were idle in a transaction for too long
    "25006",  # read only: a standby that is about to take over
    "3D000",  # the database is not there
    "40001",  # somebody else was faster
    "40P01",  # a deadlock, of which we were the victim
    "55P03",  # a lock was not given in time
)
_TRANSIENT_IN_SQLITE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM,
}  # fmt: skip


def is_transient(problem: BaseException) -> bool:
    """Is it the database that does not answer, or cannot write? The same may go well later; all else is a defect."""
    if isinstance(problem, CannotConnect | DatabaseTimeout | PoolTimeout):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    if problem.connection_invalidated:
        return True
    cause = problem.orig
    if isinstance(problem, OperationalError) and isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode & 0xFF in _TRANSIENT_IN_SQLITE  # the rest of the number only says where
    state = str(getattr(cause, "sqlstate", None) or "")
    return state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES


def cannot_connect(url: URL, problem: BaseException) -> CannotConnect:
    """In words a person can act on."""
    where = f"the database {url.database} at {url.host}:{url.port or 5432}"
    return CannotConnect(f"{where} {_cause_of(url, problem)}")


def _cause_of(url: URL, problem: BaseException) -> str:
    match problem:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"does not let user {url.username} in: the name or its password is wrong"
        case asyncpg.InvalidCatalogNameError():
            return "is not there: create it, or correct its name"
        case asyncpg.TooManyConnectionsError():
            return "has no connection left for us"
        case asyncpg.CannotConnectNowError():
            return "is starting or stopping"
        case TimeoutError():
            return "does not answer"
        case ConnectionRefusedError():
            return "is not there: nobody listens"
        case _:
            return f"cannot be reached ({type(problem).__name__})"
