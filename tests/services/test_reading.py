"""Large bodies are read beside the event loop, one at a time."""

import asyncio
import threading

from services.inbound.reading import LARGE_BODY, read_body


async def test_only_a_large_body_is_read_in_a_thread() -> None:
    here = threading.get_ident()
    assert await read_body(LARGE_BODY, threading.get_ident) == here
    assert await read_body(LARGE_BODY + 1, threading.get_ident) != here


async def test_large_bodies_are_read_one_after_the_other() -> None:
    reads = (read_body(LARGE_BODY + 1, threading.get_ident) for _ in range(20))
    assert len(set(await asyncio.gather(*reads))) == 1
