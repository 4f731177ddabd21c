"""The command line as a user runs it, in processes that begin with everything imported (tests/preloaded_smot.py)."""

import asyncio
import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.patience import PATIENCE, STARTUP


async def smot(
    *words: str, env: Mapping[str, str] | None = None, seconds: float = PATIENCE, typed: str = ""
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error. `typed`: what it reads from standard input."""
    with tempfile.TemporaryDirectory(prefix="smot-cli-") as folder:
        streams = Path(folder)
        (streams / "in").write_text(typed)
        request = {
            "words": words,
            "environment": {**os.environ, **(env or {})},
            "folder": os.getcwd(),
            "streams": folder,
        }
        code = await asyncio.wait_for(_answer(json.dumps(request)), seconds)
        return code, (streams / "out").read_text(), (streams / "err").read_text()


async def _answer(request: str) -> int:
    reader, writer = await asyncio.open_unix_connection(await _address())
    try:
        writer.write(f"{request}\n".encode())
        return int(await reader.readline())
    finally:
        writer.close()


async def _address() -> str:
    """Of the process that is forked, once it has imported all."""
    address, program = _preloaded()
    async with asyncio.timeout(STARTUP):
        while not address.exists():
            assert program.poll() is None, "it ended"
            await asyncio.sleep(0.05)
    return str(address)


@cache
def _preloaded() -> tuple[Path, "subprocess.Popen[bytes]"]:
    """It ends with this process, which holds its standard input."""
    folder = tempfile.TemporaryDirectory(prefix="smot-cli-")
    atexit.register(folder.cleanup)
    address = Path(folder.name) / "socket"
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.preloaded_smot", str(address)], stdin=subprocess.PIPE
    )
    return address, program
