"""`smot keys rotate-master`: a new master key takes the place of the old one while the deployment runs.

Every step may be cut off; the same command goes on from there. The functions raise DeploymentUnreachable and CommandFailed.
"""

import asyncio
import base64
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runtime.admin.connection import deployment
from runtime.config.private_file import replace_file
from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from runtime.errors import CommandFailed
from store.engine.database import Database
from store.privacy.encryption import DeploymentKeys, master_key_id
from store.privacy.processes import Processes
from store.privacy.rewrapping import rewrap, uses_of_master_keys
from store.privacy.root_key import activate
from store.tables.all import ProcessRow

PROCESS_TIMEOUT = 90.0  # seconds for all processes to have a new key; each looks every ten seconds
_POLL_INTERVAL = 0.5


class NewKeyNeeded(CommandFailed):
    """The new master key must be given to the processes by the operator first; the text says how."""


@dataclass(frozen=True)
class MasterKeyUse:
    """A master key: whether it seals now, whether this command has it, and how many rows of each table it seals."""

    key_id: str
    active: bool
    known: bool
    rows: Counter[str]


@dataclass(frozen=True)
class MasterKeyReport:
    """The master keys in use, and the processes that run with the keys that they have."""

    keys: list[MasterKeyUse]
    processes: list[ProcessRow]


async def report(settings: Settings) -> MasterKeyReport:
    """Which rows use which master key, and which process has which."""
    async with _opened(settings) as (db, keys):
        uses = await uses_of_master_keys(db)
        ids = [*keys.ring.ids, *(one for one in uses if one not in keys.ring.ids)]
        found = [
            MasterKeyUse(one, one == keys.active, one in keys.ring.ids, uses.get(one, Counter()))
            for one in ids
        ]
        return MasterKeyReport(found, await Processes(db).live())


async def rotate(settings: Settings, say: Callable[[str], None]) -> None:
    """Have a new master key seal everything. `say` is given a sentence at each step."""
    async with _opened(settings) as (db, keys):
        newest = await _newest(settings, db, keys, say)
        say(f"waiting until every process has the master key {newest}")
        await _until(db, lambda process: newest in process.known.split(","), f"does not have {newest} yet")
        if keys.active != newest:
            await activate(db, keys.ring, newest)
            keys.active = newest
        say(f"{newest} seals what is new")
        await _rewrap(db, keys, say)
        await _until(db, lambda process: process.active == newest, f"does not seal with {newest} yet")
        await _rewrap(db, keys, say)  # what a process wrote before it knew
        say(_ending(settings, newest, [one for one in keys.ring.ids if one != newest]))


async def forget(settings: Settings, key_id: str, say: Callable[[str], None]) -> None:
    """Take a master key out of the data folder that no row uses any more."""
    async with _opened(settings) as (db, keys):
        if (await uses_of_master_keys(db)).get(key_id) or key_id == keys.active:
            raise CommandFailed(
                f"rows are sealed with the master key {key_id}: run `smot keys rotate-master` first"
            )
        if key_id not in keys.ring.ids:
            raise CommandFailed(f"there is no master key {key_id} here")
    if settings.master_key is not None:
        raise CommandFailed("the master keys are in SMOT_MASTER_KEY: take that line out of it there")
    lines = settings.secrets_file.read_text().split()
    kept = [line for line in lines if master_key_id(base64.b64decode(line)) != key_id]
    replace_file(settings.secrets_file, "\n".join(kept) + "\n")
    say(f"{key_id} is forgotten; backups from before the rotation still need it")


async def _newest(settings: Settings, db: Database, keys: DeploymentKeys, say: Callable[[str], None]) -> str:
    """The key that takes over: the last one that is given, or a new one where that seals everything already."""
    newest = keys.ring.ids[-1]
    if newest != keys.active or set(await uses_of_master_keys(db)) - {newest}:
        return newest
    fresh = secrets.token_bytes(32)
    line = base64.b64encode(fresh).decode()
    if settings.master_key is not None:
        raise NewKeyNeeded(
            f"add this line to SMOT_MASTER_KEY of every process, after the one that is there, and run this again:\n{line}\n"
            "Processes that read it from a file in SMOT_SECRETS_DIR notice it by themselves; restart the others."
        )
    replace_file(settings.secrets_file, settings.secrets_file.read_text().strip() + f"\n{line}\n")
    keys.ring.reload()
    say(
        f"the new master key {keys.ring.ids[-1]} is in {settings.secrets_file}: copy it to where your keys are kept"
    )
    return keys.ring.ids[-1]


async def _rewrap(db: Database, keys: DeploymentKeys, say: Callable[[str], None]) -> None:
    done = 0
    async for rows in rewrap(db, keys):
        done += rows
        say(f"{done} rows are sealed again")


async def _until(db: Database, ready: Callable[[ProcessRow], bool], lacks: str) -> None:
    """Wait until that holds for every process that runs. Raises CommandFailed, which names the others."""
    deadline = asyncio.get_running_loop().time() + PROCESS_TIMEOUT
    while late := [one for one in await Processes(db).live() if not ready(one)]:
        if asyncio.get_running_loop().time() > deadline:
            names = ", ".join(f"{one.kind} {one.pid} on {one.host}" for one in late)
            raise CommandFailed(f"{names} {lacks}: give it the key, restart it, and run this again")
        await asyncio.sleep(_POLL_INTERVAL)


def _ending(settings: Settings, newest: str, old: list[str]) -> str:
    if not old:
        return f"every row is sealed with {newest}"
    where = "SMOT_MASTER_KEY" if settings.master_key is not None else f"{settings.secrets_file}"
    way = "" if settings.master_key is not None else " (`smot keys forget-master`)"
    return (
        f"every row is sealed with {newest}; take {', '.join(old)} out of {where}{way} when you need no backup any more "
        "that was made before"
    )


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Database, DeploymentKeys]]:
    async with deployment(settings, database_only=True) as running:
        yield running.db, await open_deployment_keys(running.settings, running.db)
