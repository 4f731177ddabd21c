"""Checks of this machine: programs, data folder, disk space, ports, keys and settings."""

import platform
import shutil
import stat
import sys
from pathlib import Path

from adapters.messages.preflight import preflight
from adapters.openid.signatures import joserfc_is_installed
from ports.messages import RenderError
from runtime.config.data_folder import ensure_data_folder, lock_owner
from runtime.config.deployment import is_cluster
from runtime.config.ports import PortTaken, choose_port
from runtime.config.secrets import BadMasterKey, master_keys
from runtime.config.settings import Settings
from runtime.config.settings_errors import describe_unknown_settings
from runtime.doctor.finding import Finding, error, ok, warning
from runtime.errors import StartupError
from runtime.message_templates import make_renderer
from runtime.processes.embedded_temporal import TemporalNotFound, find_temporal
from runtime.processes.temporal_version import check_compatible, program_version

_MIN_PYTHON = (3, 11)
_LOW_SPACE, _NO_SPACE = 2 * 1024**3, 200 * 1024**2  # bytes free


def python() -> Finding:
    """The version of Python is supported."""
    version = platform.python_version()
    if sys.version_info >= _MIN_PYTHON:
        return ok("python", version)
    return error("python", version, "install Python 3.11 or newer")


def unknown_settings() -> Finding:
    """Every `SMOT_…` variable is a setting."""
    unknown = describe_unknown_settings()
    if unknown:
        return warning("settings", unknown, "correct or remove them")
    return ok("settings", "every SMOT_ variable is known")


def temporal_program(settings: Settings) -> Finding:
    """The Temporal server of `smot up` is installed, and its version may open the file in the data folder."""
    try:
        program = find_temporal(settings.temporal_binary)
        version = program_version(program)
        notice = check_compatible(settings.data / "temporal.db", version)
    except TemporalNotFound as problem:
        return error("temporal program", str(problem), "run `make setup` again")
    except StartupError as problem:
        return error("temporal program", str(problem), "the orders themselves are in smot's own database")
    if notice:
        return warning("temporal program", notice, "keep a copy of the folder until everything works")
    return ok("temporal program", f"{version} at {program}")


def folder(settings: Settings) -> Finding:
    """The data folder can be written to, and only by its owner."""
    data = settings.data
    if not data.exists():
        return warning("folder", f"{data} does not exist yet", "`smot up` creates it")
    try:
        ensure_data_folder(data)
    except StartupError as problem:
        return error("folder", str(problem), "allow the user who runs smot to write there")
    if stat.S_IMODE(data.stat().st_mode) & 0o077:
        return warning("folder", f"{data} can be opened by others", f"chmod 700 {data}")
    return ok("folder", f"{data.absolute()}")


def space(settings: Settings) -> Finding:
    """The disk of the data folder has free space."""
    data = settings.data.absolute()
    existing = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    message = f"{free / 1024**3:.1f} GB free"
    if free < _NO_SPACE:
        return error("space", message, "free some: smot accepts nothing on a full disk")
    if free < _LOW_SPACE:
        return warning("space", message, "free some before the disk is full")
    return ok("space", message)


def instance(settings: Settings) -> Finding:
    """Whether `smot up` runs on the data folder."""
    pid = running_instance(settings)
    return ok("instance", f"running as process {pid}" if pid else "not running")


def running_instance(settings: Settings) -> str | None:
    """The process id of the `smot up` that runs on the data folder, if one does."""
    return lock_owner(settings.data / "temporal.db")


def ports(settings: Settings) -> list[Finding]:
    """The configured ports are free, or used by the running instance."""
    if running_instance(settings):
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
    configured = ", ".join(str(port) for port in wanted.values() if port)
    return taken or [ok("ports", f"free: {configured}" if configured else "any free ports will be taken")]


def master_key_of(settings: Settings) -> Finding:
    """The master key can be read, by its owner only. Without it, no sealed name or address can be opened."""
    if settings.master_key is None:
        if is_cluster(settings):
            return error("master key", "SMOT_MASTER_KEY is not set", "set the same key for all processes")
        file = settings.secrets_file
        if not file.exists():
            return ok("master key", "will be created at the first start")
        return _key_file(settings, file)
    try:
        master_keys(settings)
    except BadMasterKey as problem:
        return error("master key", str(problem), "restore it from its backup")
    return ok("master key", "from SMOT_MASTER_KEY")


def _key_file(settings: Settings, file: Path) -> Finding:
    try:
        master_keys(settings)
    except (BadMasterKey, OSError) as problem:
        return error("master key", str(problem), "restore it from a backup; without it names stay sealed")
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return warning("master key", f"{file} can be read by others", f"chmod 600 {file}")
    return ok("master key", f"{file}; keep a copy apart from the database's backups")


def openid() -> Finding:
    """Whether staff can sign in at a provider. Nothing is wrong without."""
    if joserfc_is_installed():
        return ok("openid", "staff can sign in at an OpenID provider")
    return ok("openid", "staff sign in with passwords; install the extra `oidc` for an OpenID provider")


def message_templates(settings: Settings) -> Finding:
    """Each kind of notice can be rendered in each language, so that none fails when it is due."""
    try:
        renderer = make_renderer(settings.message_templates)
        if settings.message_templates is None:
            preflight(renderer)
    except (StartupError, RenderError) as problem:
        return error("templates", str(problem), "correct or remove that file")
    return ok("templates", f"every kind of notice can be rendered in {', '.join(renderer.locales)}")
