"""Which smot runs: its version, and the commit it was built from."""

import functools
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[2]
UNKNOWN = "unknown"
_GIT_TIMEOUT = 5.0  # seconds


class SmotVersion(NamedTuple):
    """`commit`: the first twelve digits; "unknown" where neither the build nor git says it."""

    version: str
    commit: str

    @property
    def text(self) -> str:
        return f"{self.version} ({self.commit})"


@functools.cache
def smot_version() -> SmotVersion:
    """Read once: an image has the commit in the file COMMIT, a checkout in git."""
    return SmotVersion(version("smot"), commit_of(_ROOT))


def commit_of(root: Path) -> str:
    """The commit of what is in that folder."""
    file = root / "COMMIT"
    if file.exists():
        return file.read_text().strip()[:12] or UNKNOWN
    if not (root / ".git").exists():
        return UNKNOWN
    command = ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return done.stdout.strip() or UNKNOWN
