"""Reading of bodies. A large one is read in a thread, so that the process serves other merchants meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
LARGE_BODY: Final = 32 * 1024  # bytes; a message about one parcel or order has a few thousand


async def read_body(size: int, read: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What `read` makes of a body of that many bytes."""
    if size <= LARGE_BODY:
        return read(*arguments, **named)
    return await asyncio.to_thread(read, *arguments, **named)
