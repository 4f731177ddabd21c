"""`pg_dump` and `pg_restore` of the installed PostgreSQL client, on the database of the settings.

The password goes to them by the environment: a command line can be read by every user of the machine.
"""

import asyncio
import os
import shutil
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from runtime.config.settings import Settings
from runtime.errors import CommandFailed

_COMMON = ("--no-owner", "--no-privileges")


async def dump(settings: Settings, file: Path) -> None:
    """Write the database as of one moment to a file that `pg_restore` reads. Raises CommandFailed."""
    await _run(settings, "pg_dump", *_COMMON, "--format=custom", f"--file={file}")


async def restore(settings: Settings, file: Path) -> None:
    """Fill the empty database, whole or not at all. Raises CommandFailed."""
    database = urlsplit(_url(settings)).path.strip("/")
    await _run(
        settings,
        "pg_restore",
        *_COMMON,
        "--single-transaction",
        "--exit-on-error",
        f"--dbname={database}",
        str(file),
    )


def _url(settings: Settings) -> str:
    assert settings.database is not None
    return settings.database.get_secret_value()


def _environment(settings: Settings) -> dict[str, str]:
    parts = urlsplit(_url(settings))
    options = parse_qs(parts.query)
    named = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.path.strip("/"),
        "PGSSLMODE": next(iter(options.get("sslmode") or options.get("ssl") or ()), None),
    }
    return {**os.environ, **{name: unquote(value) for name, value in named.items() if value}}


async def _run(settings: Settings, program: str, *options: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise CommandFailed(
            f"{program} is not installed: install the PostgreSQL client of the server's version, or run it where it is"
        )
    process = await asyncio.create_subprocess_exec(
        path,
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(settings),
        umask=0o077,
    )
    _, errors = await process.communicate()
    if process.returncode:
        lines = errors.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise CommandFailed(f"{program} ended with code {process.returncode}: {'; '.join(lines[:2])}")
