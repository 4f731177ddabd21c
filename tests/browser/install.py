"""`python -m tests.browser.install`: get Chromium for the tests of pages, unless this machine has it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from tests.browser.chromium import BROWSER, program

_APT = ("apt-get", "--yes", "--no-install-recommends", "install", "chromium")
_TIMEOUT = 300  # seconds for one of the ways


def ways() -> Iterator[tuple[str, ...]]:
    """Commands that may install it. The system's package only as root, as in a container; its list may be missing or old."""
    yield sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        yield _APT
        yield "apt-get", "update"
        yield _APT


def main() -> None:
    for argv in ways():
        if program() is not None:
            return
        try:
            subprocess.run(argv, check=False, timeout=_TIMEOUT, capture_output=True)
        except (OSError, subprocess.TimeoutExpired) as problem:
            sys.stderr.write(f"{argv[0]}: {problem}\n")
    if program() is None:
        sys.stderr.write(
            f"no Chromium could be had: the tests of pages are skipped; {BROWSER} may name one\n"
        )


if __name__ == "__main__":
    main()
