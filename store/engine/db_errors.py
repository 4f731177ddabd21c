"""Errors of the database itself: those that pass with time, and those that a person has to correct."""

import sqlite3

import asyncpg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class CannotConnect(SQLAlchemyError):
    """No connection to the database. The text says to which database and why not, without its password."""


class DatabaseTimeout(SQLAlchemyError):
    """The database accepted a statement and does not answer, like a process that is stopped."""


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TRANSIENT_CLASSES = ("08", "28", "53", "57", "58")  # connection, authorization, resources, operator, system
_TRANSIENT_STATES = (
    "0A000",  # the tables changed since a statement was prepared: the driver prepares the next one again
    "25P03",  # this process was idle in a transaction for too long
    "25006",  # read only: a standby that is about to become the primary
    "3D000",  # no such database
    "40001",  # serialization failure: another transaction was faster
    "40P01",  # a deadlock that ended this transaction
    "55P03",  # no lock in time
)
_TRANSIENT_IN_SQLITE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM,
}  # fmt: skip


def is_transient(problem: BaseException) -> bool:
    """Whether the database does not answer or cannot write: the same may succeed later. All else is a defect."""
    if isinstance(problem, CannotConnect | DatabaseTimeout | PoolTimeout):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    if problem.connection_invalidated:
        return True
    cause = problem.orig
    if isinstance(problem, OperationalError) and isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode & 0xFF in _TRANSIENT_IN_SQLITE  # the higher bits only say where
    state = str(getattr(cause, "sqlstate", None) or "")
    return state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES


def cannot_connect(url: URL, problem: BaseException) -> CannotConnect:
    """The error, with a text from which an operator knows what to do."""
    where = f"the database {url.database} at {url.host}:{url.port or 5432}"
    return CannotConnect(f"{where} {_cause_of(url, problem)}")


def _cause_of(url: URL, problem: BaseException) -> str:
    match problem:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"does not let user {url.username} in: the name or its password is wrong"
        case asyncpg.InvalidCatalogNameError():
            return "is not there: create it, or correct its name"
        case asyncpg.TooManyConnectionsError():
            return "has no free connection"
        case asyncpg.CannotConnectNowError():
            return "is starting or stopping"
        case TimeoutError():
            return "does not answer"
        case ConnectionRefusedError():
            return "is not there: nothing listens at that address"
        case _:
            return f"cannot be reached ({type(problem).__name__})"
