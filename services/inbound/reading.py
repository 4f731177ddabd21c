"""Reading of bodies. Large ones are read in a thread, one by one, so that the process serves other merchants meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
LARGE_BODY: Final = 32 * 1024  # bytes; a message about one parcel or order has a few thousand
# One thread: of several, each takes as much of the interpreter's time as all that the process serves.
_READER: Final = ThreadPoolExecutor(1, "large-bodies")


async def read_body(size: int, read: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What `read` makes of a body of that many bytes."""
    if size <= LARGE_BODY:
        return read(*arguments, **named)
    return await asyncio.get_running_loop().run_in_executor(_READER, partial(read, *arguments, **named))
