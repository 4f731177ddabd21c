"""This machine: programs, folder, room, ports, keys and settings."""

import fcntl
import os
import platform
import shutil
import stat
import sys
from pathlib import Path

from runtime.config.data_folder import ensure_data_folder
from runtime.config.deployment import is_cluster
from runtime.config.ports import PortTaken, choose_port
from runtime.config.secrets import BadMasterKey, master_key
from runtime.config.settings import Settings
from runtime.config.settings_errors import describe_unknown_settings
from runtime.doctor.finding import Finding, error, ok, warning
from runtime.errors import StartupError
from runtime.message_templates import make_renderer
from runtime.processes.embedded_temporal import TemporalNotFound, find_temporal
from runtime.processes.temporal_version import check_compatible, program_version

_OLDEST_PYTHON = (3, 11)
_LOW_SPACE, _NO_SPACE = 2 * 1024**3, 200 * 1024**2  # bytes free


def python() -> Finding:
    version = platform.python_version()
    if sys.version_info >= _OLDEST_PYTHON:
        return ok("python", version)
    return error("python", version, "3.11 or newer is needed")


def unknown_settings() -> Finding:
    odd = describe_unknown_settings()
    return (
        warning("settings", odd, "correct or remove them")
        if odd
        else ok("settings", "every SMOT_ variable is known")
    )


def temporal_program(settings: Settings) -> Finding:
    """Is there a server that may go on with our file?"""
    try:
        program = find_temporal(settings.temporal_binary)
        version = program_version(program)
        told = check_compatible(settings.data / "temporal.db", version)
    except TemporalNotFound as problem:
        return error("temporal program", str(problem), "run `make setup` again")
    except StartupError as problem:
        return error("temporal program", str(problem), "the orders themselves are in our own database")
    if told:
        return warning("temporal program", told, "keep a copy of the folder until all is well")
    return ok("temporal program", f"{version} at {program}")


def folder(settings: Settings) -> Finding:
    data = settings.data
    if not data.exists():
        return warning("folder", f"{data} is not there yet", "`smot up` makes it")
    try:
        ensure_data_folder(data)
    except StartupError as problem:
        return error("folder", str(problem), "give the user who runs smot the right to write")
    if stat.S_IMODE(data.stat().st_mode) & 0o077:
        return warning("folder", f"{data} can be opened by others", f"chmod 700 {data}")
    return ok("folder", f"{data.absolute()}")


def space(settings: Settings) -> Finding:
    place = next(one for one in (settings.data.absolute(), *settings.data.absolute().parents) if one.exists())
    free = shutil.disk_usage(place).free
    says = f"{free / 1024**3:.1f} GB free"
    if free < _NO_SPACE:
        return error("space", says, "make room: nothing can be accepted on a full disk")
    return warning("space", says, "make room before it is full") if free < _LOW_SPACE else ok("space", says)


def instance(settings: Settings) -> Finding:
    holder = holder_of(settings)
    return ok("instance", f"running as process {holder}" if holder else "not running")


def holder_of(settings: Settings) -> str | None:
    """The process id of the `smot up` that has the folder, if one has."""
    file = settings.data / "temporal.db.lock"
    if not os.access(file, os.R_OK):
        return None
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read(20) or "unknown"
    return None


def ports(settings: Settings) -> list[Finding]:
    """Those that are set must be free, unless we are what listens there."""
    if holder_of(settings):
        return [ok("ports", "in use by the running instance")]
    wanted = {
        "SMOT_PORT": settings.port,
        "SMOT_TEMPORAL_PORT": settings.temporal_port,
        "SMOT_TEMPORAL_UI_PORT": settings.temporal_ui_port or 0,
        "SMOT_PSP_PORT": 0 if settings.psp else settings.psp_port,
        "SMOT_SIMULATOR_PORT": 0 if settings.simulator else settings.simulator_port,
    }
    taken = []
    for setting, port in wanted.items():
        try:
            choose_port(port or None, setting)
        except PortTaken:
            taken.append(error("ports", f"port {port} is taken", f"free it, or change {setting}"))
    free = ", ".join(str(port) for port in wanted.values() if port)
    return taken or [ok("ports", f"free: {free or 'any will be taken'}")]


def master_key_of(settings: Settings) -> Finding:
    """Whoever loses it loses all names and addresses; whoever reads it can read them."""
    if settings.master_key is None:
        if is_cluster(settings):
            return error("master key", "SMOT_MASTER_KEY is not set", "give all processes the same one")
        file = settings.secrets_file
        if not file.exists():
            return ok("master key", "made at the first start")
        return _key_file(settings, file)
    try:
        master_key(settings)
    except BadMasterKey as problem:
        return error("master key", str(problem), "restore it from where it is kept")
    return ok("master key", "from SMOT_MASTER_KEY")


def _key_file(settings: Settings, file: Path) -> Finding:
    try:
        master_key(settings)
    except (BadMasterKey, OSError) as problem:
        return error("master key", str(problem), "restore it from a backup; without it names stay sealed")
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return warning("master key", f"{file} can be read by others", f"chmod 600 {file}")
    return ok("master key", f"{file}; keep a copy away from the database's backups")


def message_templates(settings: Settings) -> Finding:
    """Every kind of notice is written once in every language: what fails here would fail at a customer."""
    try:
        made = make_renderer(settings.message_templates)
    except StartupError as problem:
        return error("templates", str(problem), "mend that file, or take it away")
    return ok("templates", f"every kind of notice can be written in {', '.join(made.locales)}")
