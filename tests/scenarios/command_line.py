"""The command line as a user runs it."""

import asyncio
import os
import sys
from collections.abc import Mapping

from tests.patience import PATIENCE


async def smot(
    *words: str, env: Mapping[str, str] | None = None, seconds: float = PATIENCE, typed: str = ""
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error. `typed`: what it reads from standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runtime.cli.main", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.PIPE, env={**os.environ, **(env or {})},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(typed.encode()), seconds)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
