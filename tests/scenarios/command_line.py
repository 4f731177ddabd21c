"""The command line as a user runs it, in processes that begin with everything imported (tests/preloaded_smot.py).

Where a test gives Python itself other variables, as for another version of the code, it is a process of its own.
"""

import asyncio
import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.patience import PATIENCE, STARTUP


async def smot(
    *words: str, env: Mapping[str, str] | None = None, seconds: float = PATIENCE, typed: str = ""
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error. `typed`: what it reads from standard input."""
    given = {**os.environ, **(env or {})}
    if any(name.startswith("PYTHON") for name in env or {}):
        return await _in_a_new_interpreter(words, given, seconds, typed)
    with tempfile.TemporaryDirectory(prefix="smot-cli-") as folder:
        streams = Path(folder)
        (streams / "in").write_text(typed)
        request = {
            "words": words,
            "environment": given,
            "folder": os.getcwd(),
            "streams": folder,
        }
        code = await asyncio.wait_for(_answer(json.dumps(request)), seconds)
        return code, (streams / "out").read_text(), (streams / "err").read_text()


async def _in_a_new_interpreter(
    words: Sequence[str], env: Mapping[str, str], seconds: float, typed: str
) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runtime.cli.main", *words, stdin=pipe, stdout=pipe, stderr=pipe, env=env
    )
    out, err = await asyncio.wait_for(process.communicate(typed.encode()), seconds)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


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
