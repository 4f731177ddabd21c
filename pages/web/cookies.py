"""Cookies of the console: scripts cannot read them, forms of other sites do not send them, and HTTPS keeps them to itself."""

from dataclasses import dataclass

from aiohttp import web

from pages.web.visit import Visit


@dataclass(frozen=True)
class ConsoleCookie:
    """A cookie by its name, for addresses below a path."""

    name: str
    path: str

    def of(self, visit: Visit) -> str:
        """What the browser sent; empty for none."""
        return visit.request.cookies.get(self.name, "")

    def give(self, visit: Visit, answer: web.StreamResponse, value: str, seconds: float) -> None:
        """Have the browser keep the value for so long."""
        answer.set_cookie(
            self.name,
            value,
            path=self.path,
            max_age=int(seconds),
            httponly=True,
            samesite="Lax",
            secure=is_https(visit),
        )

    def delete(self, visit: Visit, answer: web.StreamResponse) -> None:
        """Take it away from the browser."""
        answer.del_cookie(self.name, path=self.path, httponly=True, samesite="Lax", secure=is_https(visit))


def is_https(visit: Visit) -> bool:
    """Whether the browser came by HTTPS. Behind a proxy its header says so.

    Who invents that header only keeps an own cookie from an insecure address.
    """
    forwarded = visit.request.headers.get("X-Forwarded-Proto", "")
    return visit.request.secure or forwarded.partition(",")[0].strip().lower() == "https"
