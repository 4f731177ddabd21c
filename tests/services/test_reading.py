"""A large body is read beside the loop."""

import threading

from services.inbound.reading import LARGE_BODY, read_body


async def test_only_a_large_body_is_read_in_another_thread() -> None:
    here = threading.get_ident()
    assert await read_body(LARGE_BODY, threading.get_ident) == here
    assert await read_body(LARGE_BODY + 1, threading.get_ident) != here
