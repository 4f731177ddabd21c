"""The command line as a person uses it."""

import asyncio
import os
import sys
from collections.abc import Mapping


async def smot(
    *words: str, env: Mapping[str, str] | None = None, seconds: float = 90.0
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runtime.cli", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), seconds)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
