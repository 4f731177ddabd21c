"""Forms with a file: read part by part, so that no more than the limit is ever kept."""

from typing import Final

from aiohttp import BodyPartReader, web

from api.http.problems import Problem
from pages.web.fields import MAX_FIELDS, Fields

MULTIPART: Final = "multipart/form-data"


async def read_multipart(request: web.Request, limit: int) -> Fields:
    """The fields and files. Raises Problem for a body that is too large, has too many parts or cannot be read."""
    values: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    left, parts = limit, MAX_FIELDS
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or not part.name or parts == 0:
                raise Problem("bad_request", "The form cannot be read.")
            content = await _content(part, left)
            left, parts = left - len(content), parts - 1
            if part.filename is not None:
                files[part.name] = content
            else:
                values.setdefault(part.name, []).append(content.decode())
    except (ValueError, RuntimeError, AssertionError):
        raise Problem("bad_request", "The form cannot be read.") from None
    return Fields(values, files)


async def _content(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise Problem("body_too_large", f"At most {limit} bytes.")
    return bytes(content)
