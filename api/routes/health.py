"""Routes: whether the process is alive, and whether it can do its work."""

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, Response, endpoint
from domain.base import Frozen
from services.readiness import Readiness


class Liveness(Frozen):
    """This process answers."""

    ok: bool = True
    """Always true."""
    version: str
    """The version of smot that answers."""
    commit: str
    """The commit that it was built from, twelve digits; `unknown` where the build did not say it."""


@endpoint("GET", "/healthz", roles=PUBLIC, tags=("health",))
async def healthz(call: Call[Services]) -> Liveness:
    """The process answers, with the version that it runs."""
    operations = call.services.operations
    return Liveness(version=operations.version, commit=operations.commit)


@endpoint("GET", "/readyz", roles=PUBLIC, tags=("health",), other_statuses=(503,))
async def readyz(call: Call[Services]) -> Response[Readiness]:
    """Whether the store, its tables, Temporal and a worker are ready, each with what is wrong; 503 while one is not."""
    found = await call.services.operations.readiness.readiness()
    return Response(found, status=200 if found.ok else 503)
