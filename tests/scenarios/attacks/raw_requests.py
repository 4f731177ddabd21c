"""Requests byte by byte: clients refuse to send most of what attackers send."""

import asyncio
import json
from typing import Any

from tests.patience import PATIENCE


async def raw_answer(
    port: int, method: str, path: str, headers: list[bytes], body: bytes = b""
) -> tuple[int, Any]:
    """The status, and the JSON of the answer or None."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    common = [f"{method} {path} HTTP/1.1".encode(), b"Host: smot", b"Connection: close"]
    writer.write(b"\r\n".join([*common, *headers, b"Content-Length: %d" % len(body), b"", body]))
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    head, _, text = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(text) if b"json" in head and text else None
