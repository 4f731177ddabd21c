"""Which version of the Temporal server wrote our file. Temporal migrates nothing in it: not every version may go on with it."""

import re
import subprocess
from pathlib import Path

from runtime.errors import StartupError

# Files of the first were tried under the second, with old journeys that went on and new ones.
COMPATIBLE_UPGRADES = {("1.8.3", "1.9.1")}
_VERSION = re.compile(r"temporal version (\S+)")
_TIMEOUT = 20.0  # seconds for a program that only says its version


class TemporalVersionMismatch(StartupError):
    """The file was written by a server whose files this one is not known to read."""


def program_version(program: Path) -> str:
    """What the program says of itself, such as `1.9.1`. Raises StartupError."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_TIMEOUT, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise StartupError(f"{program} does not say its version: {problem}") from problem
    found = _VERSION.search(said)
    if found is None:
        raise StartupError(f"{program} is no Temporal server: asked for its version it says {said[:80]!r}")
    return found[1]


def version_file(db: Path) -> Path:
    return db.with_name(f"{db.name}.version")


def check_compatible(db: Path, version: str) -> str | None:
    """May a server of that version go on with the file? What a person should know about it. Raises TemporalVersionMismatch.

    A file without a stamp is from before there were stamps, when all were written by the version of our dependencies.
    """
    file = version_file(db)
    before = file.read_text().strip() if file.exists() and db.exists() else None
    if before is None or before == version:
        return None
    if (before, version) in COMPATIBLE_UPGRADES:
        return f"{db.name} was written by Temporal {before}; {version} goes on with it"
    raise TemporalVersionMismatch(
        f"{db} was written by Temporal {before} and this is {version}, which is not known to read it: "
        f"set SMOT_TEMPORAL_BINARY to a Temporal {before}, or start on another folder"
    )


def write_version(db: Path, version: str) -> None:
    """A server of that version has written to the file."""
    version_file(db).write_text(f"{version}\n")
