"""The carrier simulator asked: trackers in EasyPost's form, trackings in AfterShip's, with faults on demand."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import web

from simulators.carriers import payloads as forms
from simulators.carriers.schemas import LookupFault, ParcelScript
from simulators.carriers.trackers import ScriptStore

SANDBOX_NOW = "Sandbox-Now"  # what time it is for the caller; without it, the time the account was told last
Run = Callable[..., Awaitable[Any]]


class LookupRequest(NamedTuple):
    """Whose parcel is asked for, and what time it is."""

    account: str
    number: str
    carrier: str
    now: datetime | None


class LookupHandlers:
    """The two vendors' addresses on one set of scripts. A number without a script is taken in as one of an empty life."""

    def __init__(self, store: ScriptStore, run: Run) -> None:
        self._store, self._run = store, run

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v2/trackers", self.list_trackers),
            web.post("/v2/trackers", self.create_tracker),
            web.get("/tracking/{version}/trackings", self.list_trackings),
            web.post("/tracking/{version}/trackings", self.create_tracking),
        ]

    async def list_trackers(self, request: web.Request) -> web.StreamResponse:
        asked = (request.query.get("tracking_code", ""), request.query.get("carrier", ""))
        return await self._answer(request, _basic(request), *asked, _trackers)

    async def list_trackings(self, request: web.Request) -> web.StreamResponse:
        asked = (request.query.get("tracking_numbers", ""), request.query.get("slug", ""))
        return await self._answer(request, request.headers.get("as-api-key", ""), *asked, _trackings)

    async def create_tracker(self, request: web.Request) -> web.StreamResponse:
        named = (await request.json())["tracker"]
        asked = (str(named["tracking_code"]), str(named.get("carrier", "")))
        return await self._answer(request, _basic(request), *asked, forms.easypost, create=True)

    async def create_tracking(self, request: web.Request) -> web.StreamResponse:
        named = await request.json()
        asked = (str(named["tracking_number"]), str(named.get("slug", "")))
        return await self._answer(
            request, request.headers.get("as-api-key", ""), *asked, _created_tracking, create=True
        )

    async def _answer(
        self,
        request: web.Request,
        key: str,
        number: str,
        carrier: str,
        form: Callable[..., Any],
        *,
        create: bool = False,
    ) -> web.StreamResponse:
        account = await self._run(self._store.find_account, key)
        if account is None:
            return web.json_response({"error": {"code": "UNAUTHORIZED"}}, status=401)
        told = request.headers.get(SANDBOX_NOW)
        now = datetime.fromisoformat(told) if told else await self._run(self._store.account_time, account)
        look = LookupRequest(account, number, carrier, now)
        fault: LookupFault | None = (
            None if create else await self._run(self._store.take_fault, account, number)
        )
        answer = await self._misbehave(request, fault) if fault and fault.kind != "gone" else None
        if answer is None:
            script = None if fault else await self._run(self._store.find_script, *look)
            answer = await self._shown(look, script, form, create=create)
        await self._run(self._store.record_lookup, account, number, now, answer.status)
        return answer

    async def _shown(
        self, lookup: LookupRequest, script: ParcelScript | None, form: Callable[..., Any], *, create: bool
    ) -> web.Response:
        if create and script is None:
            script = ParcelScript(carrier=lookup.carrier, tracking_number=lookup.number)
            await self._run(self._store.put_scripts, lookup.account, (script,))
        return web.json_response(form(script, forms.visible_scans(script, lookup.now) if script else []))

    async def _misbehave(self, request: web.Request, fault: LookupFault) -> web.Response:
        match fault.kind:
            case "rate_limited":
                headers = {"Retry-After": str(fault.seconds)}
                return web.json_response({"error": {"code": "RATE_LIMITED"}}, status=429, headers=headers)
            case "unauthorized":
                return web.json_response({"error": {"code": "UNAUTHORIZED"}}, status=401)
            case "malformed":
                return web.Response(body=b'{"trackers": [{"tracking_code":', content_type="application/json")
            case "timeout":
                await asyncio.sleep(fault.seconds)
                if request.transport is not None:
                    request.transport.abort()
        return web.json_response({"error": {"code": "INTERNAL"}}, status=500)


def _basic(request: web.Request) -> str:
    """The user of Basic authentication is the key."""
    try:
        text = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text.partition(":")[0]


def _trackers(script: ParcelScript | None, scans: list[Any]) -> dict[str, Any]:
    return {"trackers": [forms.easypost(script, scans)] if script else [], "has_more": False}


def _trackings(script: ParcelScript | None, scans: list[Any]) -> dict[str, Any]:
    found = [forms.aftership(script, scans)] if script else []
    page = {"total": len(found), "next_cursor": "", "has_next_page": False}
    return {"meta": {"code": 200}, "data": {"pagination": page, "trackings": found}}


def _created_tracking(script: ParcelScript, scans: list[Any]) -> dict[str, Any]:
    return {"meta": {"code": 201}, "data": forms.aftership(script, scans)}
