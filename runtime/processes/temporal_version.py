"""The version of the Temporal server that wrote our SQLite file, kept in a file beside it.

Temporal does not migrate such a file, so only versions that were tested may open the file of another one.
"""

import re
import subprocess
from pathlib import Path

from runtime.config.private_file import replace_file
from runtime.errors import StartupError

# (before, after): files of the first were tested under the second, with journeys that continued and with new ones.
COMPATIBLE_UPGRADES = {("1.8.3", "1.9.1")}
_VERSION = re.compile(r"temporal version (\S+)")
_TIMEOUT = 20.0  # seconds for `temporal --version`


class TemporalVersionMismatch(StartupError):
    """The file was written by a version whose files this version was not tested with."""


def program_version(program: Path) -> str:
    """The version that the program prints, such as `1.9.1`. Raises StartupError."""
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_TIMEOUT, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise StartupError(f"{program} does not print its version: {problem}") from problem
    found = _VERSION.search(output)
    if found is None:
        raise StartupError(f"{program} is no Temporal server: `--version` prints {output[:80]!r}")
    return found[1]


def version_file(db: Path) -> Path:
    """The file beside the database that holds the version."""
    return db.with_name(f"{db.name}.version")


def check_compatible(db: Path, version: str) -> str | None:
    """Check that a server of that version may open the file. Returns a notice for the operator, None when there is none.

    Raises TemporalVersionMismatch. A database without a version file is new, or was not opened by `smot up` yet.
    """
    file = version_file(db)
    before = file.read_text().strip() if file.exists() and db.exists() else None
    if before is None or before == version:
        return None
    if (before, version) in COMPATIBLE_UPGRADES:
        return f"{db.name} was written by Temporal {before}; {version} continues with it"
    raise TemporalVersionMismatch(
        f"{db} was written by Temporal {before} and this is {version}, which was not tested with such files: "
        f"set SMOT_TEMPORAL_BINARY to a Temporal {before}, or start on another folder"
    )


def write_version(db: Path, version: str) -> None:
    """Record that a server of that version has written to the database."""
    replace_file(version_file(db), f"{version}\n")
