"""The headers of every page."""

from collections.abc import Sequence
from typing import Final


def policy(frame_ancestors: str = "'none'", picture_origins: Sequence[str] = ()) -> str:
    """The content security policy: everything from this server, no inline script or style.

    picture_origins: the servers of the pictures of the shop's goods on this page.
    """
    pictures = f"img-src 'self' {' '.join(picture_origins)}; " if picture_origins else ""
    return (
        f"default-src 'self'; {pictures}form-action 'self'; base-uri 'none'; object-src 'none'; "
        f"frame-ancestors {frame_ancestors}"
    )


# With the policy no-referrer a browser sends `Origin: null` with forms, and own forms could not be told from foreign ones.
# With same-origin no address, and so no token, reaches another server.
PAGE_HEADERS: Final = {
    "Content-Security-Policy": policy(),
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}
