"""Pictures of goods on a page: its policy names their servers and no other, and the page shows only those."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from domain.model.goods_picture import origin_of, picture_origins
from pages.web.page_headers import policy


class PicturedLine(Protocol):
    """A line of an order that may have a picture."""

    @property
    def line_id(self) -> str:
        """The shop's own id of the line."""

    @property
    def image_url(self) -> str | None:
        """The address of its picture."""


@dataclass(frozen=True)
class GoodsPictures:
    """What a page needs for them. addresses: by line; headers: of the answer."""

    addresses: Mapping[str, str]
    headers: Mapping[str, str]


def goods_pictures(lines: Iterable[PicturedLine]) -> GoodsPictures:
    """Of these lines. Without pictures the page has the policy of every page."""
    pictured = {line.line_id: line.image_url for line in lines if line.image_url}
    origins = picture_origins(pictured.values())
    if not origins:
        return GoodsPictures({}, {})
    shown = {line: address for line, address in pictured.items() if origin_of(address) in origins}
    return GoodsPictures(shown, {"Content-Security-Policy": policy(picture_origins=origins)})
